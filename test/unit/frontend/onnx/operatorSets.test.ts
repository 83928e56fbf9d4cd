/**
 * The same weights written in other operator sets, by both exporters of PyTorch, with what they fold by default: the spectrum
 * is that of the source. Names and layouts of the parameters differ, so that what is compared does not depend on them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import type { LossSpec, TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount } from '../../../../server/src/graph/node';
import { input } from '../../../../server/src/graph/operations';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { diskSources } from '../../../../server/src/project/diskSources';
import { folder, lossFeeds, noSources, opened, recorded } from './fixtures';

const batch = 5;
const loss: LossSpec = { kind: 'name', name: 'cross_entropy' };
const TOLERANCE = 1e-6;
/** Steps of Lanczos from the gradient: the largest eigenvalue has converged. */
const STEPS = 24;
const networks = [
  'Perceptron',
  'Convolutional',
  'Residual',
  'Language',
  'Recurrent',
  'Gated',
  'Encoder',
  'Segmenter',
  'Depthwise',
  'Fresh',
  'Copies',
  'Bag',
  'Places',
  'Slopes',
];
/** Their inputs are numbers of rows. */
const OF_TOKENS = ['Language', 'Bag'];
/** Parameters for which the trace is added up column by column. */
const FEW = 500;

type Vector = Float64Array;

/** What a change of names, order and layout of the parameters leaves as it is. */
interface Invariants {
  readonly parameters: number;
  readonly loss: number;
  readonly gradientNorm: number;
  /** Coefficients of Lanczos from the gradient, diagonal and beside it. */
  readonly lanczos: readonly number[];
  readonly largest: number;
  readonly trace: number;
}

const dot = (a: Vector, b: Vector): number => a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);

interface Problem {
  readonly size: number;
  readonly loss: number;
  readonly gradient: Vector;
  readonly product: (v: Vector) => Vector;
}

async function problemOf(traced: TracedModel, checkpoint: string, x: Vector): Promise<Problem> {
  expect(traced.stopped).toBeNull();
  if (traced.loss === undefined) throw new RangeError('no loss');
  const { parameters } = traced;
  const feeds = await lossFeeds(traced, checkpoint, x);
  const nodes = parameters.map(({ node }) => node);
  const directions = parameters.map(({ name, shape }) => input(name, shape));
  const curved = hessianVectorProduct(traced.loss.node, nodes, directions);
  const flat = (parts: readonly ConstantData[]): Vector => Float64Array.from(parts.flatMap((part) => Array.from(part)));
  const [value, ...slopes] = evaluate([traced.loss.node, ...gradient(traced.loss.node, nodes)], feeds);
  const product = (v: Vector): Vector => {
    const own = new Map(feeds);
    let from = 0;
    for (const node of directions) {
      const count = elementCount(node.shape);
      own.set(node, v.slice(from, from + count));
      from += count;
    }
    return flat(evaluate(curved, own));
  };
  const slope = flat(slopes);
  return { size: slope.length, loss: value?.[0] ?? NaN, gradient: slope, product };
}

/** Diagonal and subdiagonal, with every vector made orthogonal to all before. */
function lanczos({ gradient: start, product }: Problem): { diagonal: number[]; beside: number[] } {
  const scaled = (v: Vector, factor: number): Vector => v.map((value) => value * factor);
  const basis = [scaled(start, 1 / Math.sqrt(dot(start, start)))];
  const [diagonal, beside]: [number[], number[]] = [[], []];
  for (const q of basis) {
    let next = product(q);
    diagonal.push(dot(next, q));
    for (const other of [...basis, ...basis]) {
      const share = dot(next, other);
      next = next.map((value, i) => value - share * (other[i] ?? 0));
    }
    const length = Math.sqrt(dot(next, next));
    if (diagonal.length === STEPS) break;
    beside.push(length);
    basis.push(scaled(next, 1 / length));
  }
  return { diagonal, beside };
}

/** The largest eigenvalue of a symmetric tridiagonal matrix, by bisection on the signs of its leading minors. */
function largestOf({ diagonal, beside }: { diagonal: readonly number[]; beside: readonly number[] }): number {
  const reach = Math.max(...diagonal.map(Math.abs)) + 2 * Math.max(...beside);
  let [low, high] = [-reach, reach];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    let pivot = 1;
    const above = diagonal.some((value, k) => {
      pivot = value - middle - (k === 0 ? 0 : (beside[k - 1] ?? 0) ** 2 / pivot);
      return pivot > 0;
    });
    if (above) low = middle;
    else high = middle;
  }
  return high;
}

async function invariantsOf(traced: TracedModel, checkpoint: string, x: Vector): Promise<Invariants> {
  const problem = await problemOf(traced, checkpoint, x);
  const found = lanczos(problem);
  const unit = (i: number): Vector => Float64Array.from({ length: problem.size }, (_, k) => Number(k === i));
  const columns = problem.size > FEW ? [] : Array.from({ length: problem.size }, (_, i) => i);
  return {
    parameters: problem.size,
    loss: problem.loss,
    gradientNorm: Math.sqrt(dot(problem.gradient, problem.gradient)),
    lanczos: [...found.diagonal.slice(0, 4), ...found.beside.slice(0, 4)],
    largest: largestOf(found),
    trace: columns.reduce((sum, i) => sum + (problem.product(unit(i))[i] ?? NaN), 0),
  };
}

describe('a network written in another operator set has the spectrum of its source', () => {
  const truth = new Map<string, Invariants>();
  beforeAll(async () => {
    const file = join(folder, 'networks.py');
    for (const name of networks) {
      const { x, xShape } = await recorded(name.toLowerCase());
      const source = traceModel({
        file,
        source: readFileSync(file, 'utf8'),
        sources: diskSources({ root: folder }),
        model: name,
        batch,
        loss,
        inputs: [
          OF_TOKENS.includes(name)
            ? { kind: 'expression', text: `torch.randint(0, 11, (${xShape.join(', ')}))` }
            : { kind: 'shape', sample: xShape.slice(1) },
        ],
      });
      truth.set(name.toLowerCase(), await invariantsOf(source, join(folder, `${name.toLowerCase()}.pt`), x));
    }
  });

  test.each(readdirSync(join(folder, 'opsets')))('%s', async (exported) => {
    const [name = ''] = exported.split('-');
    const { x } = await recorded(name);
    const expected = truth.get(name);
    if (expected === undefined) throw new RangeError(`no source of ${exported}`);
    await opened(join('opsets', exported), async (model, path) => {
      const found = await invariantsOf(
        model.trace({ file: path, source: '', sources: noSources, batch, loss }),
        path,
        x,
      );
      expect(found.parameters).toBe(expected.parameters);
      const close = (a: number, b: number): void => expect(Math.abs(a - b) / Math.abs(b)).toBeLessThan(TOLERANCE);
      close(found.loss, expected.loss);
      close(found.gradientNorm, expected.gradientNorm);
      close(found.largest, expected.largest);
      if (expected.parameters <= FEW) close(found.trace, expected.trace);
      found.lanczos.forEach((value, i) =>
        expect(Math.abs(value - (expected.lanczos[i] ?? NaN)) / expected.largest).toBeLessThan(TOLERANCE),
      );
    });
  });
});
