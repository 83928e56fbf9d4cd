/** `hessianLens.*`: defaults, and whatever an editor sends made safe. */
import type { EditorSettings } from '../protocol/editor';

export const defaultSettings: EditorSettings = {
  codeLens: { curvature: true, stability: true, parameters: true },
  inlayHints: { shapes: true, parameters: true },
  diagnostics: { enabled: true, severity: {} },
  analysis: { engine: 'auto', precision: 'float32', samples: 512, top: 5, seed: 0, memoryLimit: 0 },
  stability: { safetyMargin: 0.5 },
  checkpoint: '',
  weights: '',
  data: '',
  loss: '',
  trainScript: '',
  latencies: '',
  sitePackages: [],
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `given` over `fallback`, key by key; a value of another type than the default's is left out. */
function merge<T>(fallback: T, given: unknown): T {
  if (isObject(fallback) && isObject(given)) {
    const keys = new Set([...Object.keys(fallback), ...(Object.keys(fallback).length === 0 ? Object.keys(given) : [])]);
    return Object.fromEntries(
      [...keys].map((key) => [key, key in fallback ? merge(fallback[key], given[key]) : given[key]]),
    ) as T;
  }
  return typeof given === typeof fallback && given !== null ? (given as T) : fallback;
}

const oneOf = <T extends string>(value: T, known: readonly T[], fallback: T): T =>
  known.includes(value) ? value : fallback;

const wholeNumber = (value: number, least: number, fallback: number): number =>
  Number.isSafeInteger(value) && value >= least ? value : fallback;

function knownSeverities(given: Readonly<Record<string, unknown>>): EditorSettings['diagnostics']['severity'] {
  const levels = ['error', 'warning', 'information', 'hint', 'off'] as const;
  return Object.fromEntries(
    Object.entries(given).flatMap(([code, level]) => {
      const known = levels.find((each) => each === level);
      return known === undefined ? [] : [[code, known]];
    }),
  );
}

const textsIn = (given: unknown): readonly string[] =>
  Array.isArray(given) ? given.flatMap((each: unknown) => (typeof each === 'string' && each !== '' ? [each] : [])) : [];

/** Settings that can be used, from whatever an editor's configuration holds. */
export function settingsFrom(given: unknown): EditorSettings {
  const merged = merge(defaultSettings, given);
  const { analysis, stability } = merged;
  const usual = defaultSettings.analysis;
  const { safetyMargin } = stability;
  return {
    ...merged,
    diagnostics: { ...merged.diagnostics, severity: knownSeverities(merged.diagnostics.severity) },
    analysis: {
      engine: oneOf(analysis.engine, ['auto', 'onnxruntime', 'tfjs', 'reference'], usual.engine),
      precision: oneOf(analysis.precision, ['float32', 'float64'], usual.precision),
      samples: wholeNumber(analysis.samples, 1, usual.samples),
      top: wholeNumber(analysis.top, 1, usual.top),
      seed: wholeNumber(analysis.seed, 0, usual.seed),
      memoryLimit: wholeNumber(analysis.memoryLimit, 0, usual.memoryLimit),
    },
    sitePackages: textsIn(merged.sitePackages),
    stability: {
      safetyMargin: safetyMargin > 0 && safetyMargin <= 1 ? safetyMargin : defaultSettings.stability.safetyMargin,
    },
  };
}
