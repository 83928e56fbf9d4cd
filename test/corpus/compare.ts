/** What an entry's process found against what PyTorch gave: agreement per quantity, undefined where there is nothing to compare. */
import type { Entry } from './list';
import type { NumbersOutcome, TraceOutcome } from './messages';

export const TOLERANCE = { float32: 1e-3, float64: 1e-8 } as const;

export interface Comparison {
  readonly parameters: boolean | undefined;
  readonly keys: boolean | undefined;
  readonly output: boolean | undefined;
}

/** TensorFlow.js numbers the layers of a process: the numbers depend on what else was made in it. */
const unnumbered = (keys: readonly string[]): string[] => {
  const seen = new Map<string, number>();
  return keys.map((key) =>
    key.replace(/^([^/]*_[A-Z]\w*?)\d+\//, (layer, stem: string) => {
      if (!seen.has(layer)) seen.set(layer, seen.size);
      return `${stem}${seen.get(layer) ?? 0}/`;
    }),
  );
};

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each, i) => each === b[i]);

/** `[2, 10]`, or one shape for each tensor: `[[2, 16, 65], []]`, where `[]` is no tensor. */
function shapesOf(output: unknown): (readonly number[])[] | undefined {
  if (!Array.isArray(output)) return undefined;
  if (output.every((size): size is number => typeof size === 'number')) return [output];
  return output.flatMap((each) => shapesOf(each) ?? []);
}

function sameShapes(found: TraceOutcome['output'], output: unknown): boolean | undefined {
  const expected = shapesOf(output);
  if (expected === undefined) return undefined;
  const text = (shapes: readonly (readonly number[])[]): string =>
    shapes
      .filter((shape) => shape.length > 0)
      .map((shape) => shape.join('x'))
      .join();
  return text(found) === text(expected);
}

export function compareTrace({ expected, framework }: Entry, found: TraceOutcome): Comparison {
  const { params, state_dict_keys: count, last_keys: last, output } = expected;
  const named = framework === 'tfjs' ? unnumbered : (keys: readonly string[]): readonly string[] => keys;
  const keys = named(found.keys);
  const first = expected.first_keys && named(expected.first_keys);
  const sameKeys =
    (count === undefined || keys.length === count) &&
    (first === undefined || sameList(keys.slice(0, first.length), first)) &&
    (last === undefined || sameList(last.length === 0 ? [] : keys.slice(-last.length), last));
  return {
    parameters: params === undefined ? undefined : found.parameters === params,
    keys: count === undefined && first === undefined ? undefined : sameKeys,
    output: sameShapes(found.output, output),
  };
}

/** Largest relative difference to the oracle; undefined where there is none or nothing was computed. */
export function errorOf({ oracle }: Entry, { numbers }: NumbersOutcome): number | undefined {
  if (oracle === undefined || 'failed' in numbers) return undefined;
  const { loss, gradientNorm, curvature, slope } = numbers;
  // g·v and vᵀHv are sums with cancellation: measured against what their terms can reach.
  const size = Math.max(Math.abs(oracle.g_dot_v ?? 0), (oracle.grad_norm ?? 0) * 1e-3);
  const pairs: readonly (readonly [number, number | null | undefined, number])[] = [
    [loss, oracle.loss, Math.abs(oracle.loss ?? 0)],
    [gradientNorm, oracle.grad_norm, oracle.grad_norm ?? 0],
    [slope, oracle.g_dot_v, size],
    [curvature, oracle.vHv, Math.abs(oracle.vHv ?? 0)],
  ];
  const errors = pairs.flatMap(([a, b, scale]) =>
    b === undefined || b === null ? [] : [Math.abs(a - b) / Math.max(scale, 1e-30)],
  );
  return errors.length === 0 ? undefined : Math.max(...errors.map((error) => (Number.isNaN(error) ? Infinity : error)));
}
