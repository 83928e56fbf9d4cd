/** The ways of E3 to choose weights that may go. */
import { redrawnDiagonal } from '../estimators/choiceError';
import { exactDiagonal, probedDiagonal, shrunkDiagonal, type ProbedDiagonal } from '../estimators/hessianDiagonal';
import { InverseFisher } from '../estimators/inverseFisher';
import {
  apoptosisScores,
  channelScores,
  damageScores,
  surgeonScores,
  withoutChannels,
  withoutLowest,
  type Channel,
} from '../estimators/pruning';
import { emptySketch } from '../estimators/sketch';
import { dot } from '../linearAlgebra/vector';
import { tensorsOf, type ParameterGroup, type Problem } from '../problem';
import { subsetOf } from '../subproblem';
import type { StudyContext } from './study';
import type { WeightTensor } from './weightTensors';

/** Draws of signs for the diagonal. */
export const MOST_PROBES = 64;
/** Samples behind the Fisher matrix, and operations that its inverse may cost: m² per weight. */
const FISHER_SAMPLES = 256;
const FISHER_OPERATIONS = 2e10;
const FEWEST_FISHER_SAMPLES = 16;
/** Damping of the Fisher matrix in parts of its mean diagonal. */
const FISHER_DAMPING = 0.01;

/** A way to choose weights. */
export interface Criterion {
  readonly name: string;
  /** θ without this share of its weights. */
  readonly pruned: (sparsity: number) => Float64Array;
  /** What the criterion itself predicts of the loss of a pruned θ: the sum of the scores of what is gone. */
  readonly scoreOf: (pruned: Float64Array) => number;
  /** θ without what another set of probes might choose; absent where no chance is in the choice. */
  readonly redrawn?: (draw: number, sparsity: number) => Float64Array;
}

/** The Hessian's diagonal, with ½hw² summed by tensor. */
export async function diagonalOf(context: StudyContext, tensors: readonly WeightTensor[]): Promise<ProbedDiagonal> {
  const { problem, ends, traces, options } = context;
  const groups = groupsOf(problem, tensors);
  const weights = problem.theta.map((w) => (w * w) / 2);
  const hessian = await context.hessian();
  if (ends?.rows !== undefined) return exactDiagonal(ends.rows, hessian.roundoff, { weights, groups });
  const sketch = traces?.sketch ?? ends?.sketch() ?? emptySketch;
  return probedDiagonal(await context.signProducts(), sketch, {
    weights,
    groups,
    tolerance: options.estimateTolerance,
    maxProbes: Math.min(options.probes, MOST_PROBES),
    onProbes: (probes) => context.progress((0.4 * probes) / MOST_PROBES),
  });
}

const groupsOf = ({ parameters }: Problem, tensors: readonly WeightTensor[]): ParameterGroup[] =>
  tensorsOf(parameters).filter((_, index) => tensors.some((tensor) => tensor.index === index));

export async function criteriaOf(
  context: StudyContext,
  tensors: readonly WeightTensor[],
  probed: ProbedDiagonal,
): Promise<{ readonly criteria: readonly Criterion[]; readonly remarks: readonly string[] }> {
  const { problem, point } = context;
  const { theta } = problem;
  const candidates = indicesOf(tensors);
  // A weight whose curvature is strongly negative matters as much as one where it is positive.
  const groups = groupsOf(problem, tensors);
  const entries = shrunkDiagonal(probed, groups);
  const diagonal = entries.map(Math.abs);
  const another = (draw: number): Float64Array =>
    redrawnDiagonal(entries, probed.noise, groups, context.random(`diagonal ${draw}`)).map(Math.abs);
  const weights = Float64Array.from(candidates, (i) => theta[i] as number);
  const chosen = (values: Float64Array): Float64Array => Float64Array.from(candidates, (i) => values[i] as number);
  const removal = theta.slice().fill(0);
  candidates.forEach((i) => (removal[i] = theta[i] as number));
  const [product = removal] = await (await context.hessian()).applyBlock([removal]);
  const single = (name: string, scores: Float64Array): Criterion => ({
    name,
    pruned: (sparsity) => withoutLowest(theta, candidates, scores, sparsity),
    scoreOf: (pruned) => scores.reduce((sum, score, k) => sum + (pruned[candidates[k] as number] === 0 ? score : 0), 0),
  });
  const drawn = (redrawn: (draw: number, sparsity: number) => Float64Array): Pick<Criterion, 'redrawn'> =>
    probed.probes === 0 ? {} : { redrawn };
  const surgeon = await surgeonOf(context, tensors);
  const channels = tensors.flatMap(channelsOf);
  const ofChannels = channelScores(theta, diagonal, channels);
  return {
    criteria: [
      single('magnitude', weights.map(Math.abs)),
      {
        ...single('OBD', damageScores(weights, chosen(diagonal))),
        ...drawn((draw, sparsity) =>
          withoutLowest(theta, candidates, damageScores(weights, chosen(another(draw))), sparsity),
        ),
      },
      ...('scores' in surgeon ? [single('OBS', surgeon.scores)] : []),
      single('OBA', apoptosisScores(weights, chosen(point.gradient), chosen(product))),
      {
        name: 'HAP',
        pruned: (sparsity) => withoutChannels(theta, channels, ofChannels, sparsity),
        scoreOf: (pruned) =>
          ofChannels.reduce((sum, score, c) => sum + (isGone(pruned, channels[c] as Channel) ? score : 0), 0),
        ...drawn((draw, sparsity) =>
          withoutChannels(theta, channels, channelScores(theta, another(draw), channels), sparsity),
        ),
      },
    ],
    remarks: [
      surgeon.remark,
      `OBD ranks by |h|, ${probed.probes === 0 ? 'which is exact' : `estimated with ${probed.probes} probes and drawn towards the mean of its tensor by what of its spread is noise`}.`,
      'HAP removes whole output channels of a weight, the others single weights; nothing is retrained.',
    ],
  };
}

const isGone = (theta: Float64Array, { start, end }: Channel): boolean =>
  theta.subarray(start, end).every((value) => value === 0);

function indicesOf(tensors: readonly WeightTensor[]): Uint32Array {
  const result = new Uint32Array(tensors.reduce((sum, { block }) => sum + block.size, 0));
  let next = 0;
  for (const { block } of tensors) for (let i = 0; i < block.size; i++) result[next++] = block.offset + i;
  return result;
}

/** Output channels, or tokens of an embedding. */
export function channelsOf({ block, channels }: WeightTensor): Channel[] {
  const width = block.size / channels;
  return Array.from({ length: channels }, (_, c) => ({
    start: block.offset + c * width,
    end: block.offset + (c + 1) * width,
  }));
}

/** Scores of OBS with one block of the empirical Fisher matrix per tensor, or why there are none. */
async function surgeonOf(
  context: StudyContext,
  tensors: readonly WeightTensor[],
): Promise<{ readonly scores: Float64Array; readonly remark: string } | { readonly remark: string }> {
  const { problem } = context;
  if (!problem.separable)
    return {
      remark: `OBS was left out: it needs gradients of single samples, and ${problem.inseparableBecause ?? 'samples see each other'}.`,
    };
  const size = tensors.reduce((sum, { block }) => sum + block.size, 0);
  const samples = Math.min(problem.sampleCount, FISHER_SAMPLES, Math.floor(Math.sqrt(FISHER_OPERATIONS / size)));
  if (samples < Math.min(FEWEST_FISHER_SAMPLES, problem.sampleCount))
    return { remark: `OBS was left out: with ${size} weights its inverse would cost too much.` };
  const part = Array.from({ length: samples }, (_, i) => Math.floor((i * problem.sampleCount) / samples));
  const gradients = await context.perSampleOf(subsetOf(problem, part)).gradientRows();
  const scores = tensors.map(({ block: { offset, size: width } }) => {
    const rows = gradients.map((row) => row.subarray(offset, offset + width));
    const squares = rows.reduce((sum, row) => sum + dot(row, row), 0);
    const damping = (FISHER_DAMPING * squares) / (samples * width);
    // Without any gradient the loss does not see the tensor.
    if (!(damping > 0)) return new Float64Array(width);
    return surgeonScores(problem.theta.subarray(offset, offset + width), new InverseFisher(rows, damping).diagonal());
  });
  const joined = new Float64Array(size);
  let next = 0;
  for (const score of scores) {
    joined.set(score, next);
    next += score.length;
  }
  return {
    scores: joined,
    remark: `OBS uses one block of the empirical Fisher matrix per tensor, of ${samples} samples, damped by ${FISHER_DAMPING} of its mean diagonal; remaining weights are not adapted.`,
  };
}
