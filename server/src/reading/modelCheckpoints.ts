/** The checkpoints that a model may use: each compared with it, the best first. */
import type { Checkpoint } from '../checkpoint/checkpoint';
import type { NamedCheckpoint } from '../diagnosis/staticRule';
import type { CheckpointCandidate, CheckpointFit, FileReading, ModelReading } from '../protocol/reading';
import { fitOf, fitScore, type OpenedCheckpoint } from './checkpointFit';

export type WantedCheckpoint = Pick<CheckpointCandidate, 'file' | 'origin'>;

export interface OpenedCandidate extends WantedCheckpoint {
  readonly found: OpenedCheckpoint & { readonly modified: number; readonly size: number };
}

const rank = { chosen: 3, configured: 2, 'named by the training script': 1, 'found in the workspace': 0 } as const;

/** `opened` in the order: what was said to belong to the model, then what fits better, then what is newer. */
export function candidatesFor(model: ModelReading, opened: readonly OpenedCandidate[]): CheckpointCandidate[] {
  const keys = model.stateKeys.length;
  if (keys === 0) return [];
  const signature = JSON.stringify(model.stateKeys);
  const candidates = opened.map(({ file, origin, found }) => ({
    file,
    origin,
    fit: rememberedFit(found, model, signature),
    modified: found.modified,
    size: found.size,
  }));
  return candidates.sort(
    (a, b) =>
      rank[b.origin] - rank[a.origin] || fitScore(b.fit, keys) - fitScore(a.fit, keys) || b.modified - a.modified,
  );
}

/** Reading again at a keystroke changes neither most models nor any file. */
const fits = new WeakMap<Checkpoint, Map<string, CheckpointFit>>();
const MOST_REMEMBERED = 32;

function rememberedFit(opened: OpenedCheckpoint, model: ModelReading, signature: string): CheckpointFit {
  if (!opened.ok) return fitOf(opened, model);
  const known = fits.get(opened.checkpoint) ?? new Map<string, CheckpointFit>();
  fits.set(opened.checkpoint, known);
  const fit = known.get(signature) ?? fitOf(opened, model);
  if (known.size >= MOST_REMEMBERED) known.clear();
  known.set(signature, fit);
  return fit;
}

/** What findings are about: checkpoints that were said to belong to the model, or that its source names. */
export function namedAmong(
  model: ModelReading,
  candidates: readonly CheckpointCandidate[],
  opened: readonly OpenedCandidate[],
  links: FileReading['links'],
): NamedCheckpoint[] {
  return candidates.flatMap(({ file, origin, fit }): NamedCheckpoint[] => {
    const place = links.find(({ target }) => target === file)?.place;
    // A script's file may be of another model: only what was said to belong to this one is a finding.
    const certain = origin === 'chosen' || origin === 'configured';
    if (place === undefined && !certain) return [];
    const found = opened.find((each) => each.file === file)?.found;
    const warnings = found?.ok === true ? found.checkpoint.warnings : [];
    const shown = certain || fit.kind !== 'differs' ? fit : ({ kind: 'fits', unused: 0 } as const);
    return [{ file, fit: shown, warnings, place: place ?? model.place, model }];
  });
}
