/** How the targets of a loss lie beside a model's output: what the code did with both before it compared them. */
import { elementCount } from '../../graph/node';
import type { Shape } from '../../graph/primitives';

/** Shape of the targets with the batch first, and whether the loss takes output and targets as rows of one long list. */
export interface TargetLayout {
  readonly shape: Shape;
  /** `rows`: scores [R, classes] and targets [R]; `flat`: targets reshaped to the output's leading axis only. */
  readonly arrange: 'asTheyAre' | 'rows' | 'flat';
  readonly classes: number;
}

/** Equal but for axes of size 1: [N, 1] labels for [N]. */
const sameButOnes = (a: Shape, b: Shape): boolean => {
  const [left, right] = [a, b].map((shape) => shape.filter((size) => size !== 1));
  return left?.join() === right?.join();
};

/**
 * Class indices for scores of `output`. Classes are the second axis, as `cross_entropy` has them, or the last axis, which
 * training code flattens: of a model of tokens [N, T, V] unless the data (`sample`: the shape of one sample's target) say
 * otherwise. A model that has flattened its tokens itself, [N·T, V], has its targets flattened too.
 */
export function classLayout(
  output: Shape,
  batch: number,
  tokenModel: boolean,
  sample: Shape | undefined,
): { readonly layout: TargetLayout; readonly fits: boolean } {
  const [first = 0, second = 0] = output;
  const last = output.at(-1) ?? 0;
  const secondAxis: TargetLayout =
    output.length === 1
      ? { shape: [], arrange: 'asTheyAre', classes: first }
      : { shape: [first, ...output.slice(2)], arrange: 'asTheyAre', classes: second };
  const lastAxis: TargetLayout = { shape: output.slice(0, -1), arrange: 'rows', classes: last };
  const layouts = output.length < 3 ? [secondAxis] : tokenModel ? [lastAxis, secondAxis] : [secondAxis, lastAxis];
  if (sample === undefined) {
    const usual = tokenModel && output.length === 3 ? lastAxis : secondAxis;
    return { layout: usual, fits: true };
  }
  if (output.length === 2 && first !== batch && first === batch * elementCount(sample))
    layouts.push({ shape: [batch, ...sample], arrange: 'flat', classes: second });
  const fitting = layouts.find(({ shape }) => sameButOnes(shape.slice(1), sample));
  return { layout: fitting ?? layouts[0] ?? secondAxis, fits: fitting !== undefined };
}

/** Numbers shaped like the output; as the data have them where the model has flattened its output. */
export function valueLayout(
  output: Shape,
  batch: number,
  sample: Shape | undefined,
): { readonly layout: TargetLayout; readonly fits: boolean } {
  const like: TargetLayout = { shape: output, arrange: 'asTheyAre', classes: 0 };
  if (sample === undefined || sameButOnes(output.slice(1), sample)) return { layout: like, fits: true };
  const shape = [batch, ...sample];
  const flattened = output[0] !== batch && elementCount(shape) === elementCount(output);
  return flattened ? { layout: { shape, arrange: 'flat', classes: 0 }, fits: true } : { layout: like, fits: false };
}
