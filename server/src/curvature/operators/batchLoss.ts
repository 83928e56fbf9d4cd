import { gradient } from '../../autodiff/gradient';
import { jvp } from '../../autodiff/jvp';
import type { Engine, Executable } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import * as op from '../../graph/operations';
import { simplify } from '../../graph/simplify/simplify';
import type { LossGraph, Problem } from '../problem';
import { asTensors } from '../problem';
import { planChunks } from './chunks';
import type { CurvatureProduct } from './chunkPrograms';
import { joinFlat, splitFlat } from './flatVector';
import { ggnProduct } from './ggn';
import type { LossAndGradient } from './gradient';
import { hessianProduct } from './hessian';

/** Nodes that a program computes, and what it takes beside parameters, buffers and data. */
interface Wanted {
  readonly outputs: readonly Node[];
  readonly extra?: readonly Node<'input'>[];
}

/** Curvature along a gradient. */
export interface GradientCurvature {
  /** ‖g‖² */
  readonly square: number;
  /** gᵀHg */
  readonly curvature: number;
}

/** The loss as training sees it: of any batch, at any θ, with programs that are compiled once per batch size. */
export interface BatchLoss {
  /** Mean loss of these samples and its gradient. */
  gradient(theta: Float64Array, samples: readonly number[]): Promise<LossAndGradient>;
  /** Gauss–Newton matrix of the mean loss of these samples at θ, times v. */
  gaussNewton(theta: Float64Array, samples: readonly number[], v: Float64Array): Promise<Float64Array>;
  /** ‖g‖² and gᵀHg, g the gradient and H the Hessian of the mean loss of these samples at θ; told as one product. */
  gradientCurvature(theta: Float64Array, samples: readonly number[]): Promise<GradientCurvature>;
  /** Hessian of the mean loss of these samples at θ, times v. */
  hessian(theta: Float64Array, samples: readonly number[], v: Float64Array): Promise<Float64Array>;
  /** Mean loss of all samples. */
  loss(theta: Float64Array): Promise<number>;
  dispose(): void;
}

/** Programs that stay compiled; of more the one used longest ago goes. */
const KEPT_PROGRAMS = 6;

/** `chunk`: most samples in one evaluation of the whole loss; `onProducts` is told of every product. */
export function createBatchLoss(
  problem: Problem,
  engine: Engine,
  options: {
    readonly chunk: number;
    readonly onProducts?: (vectors: number) => void;
    readonly signal?: AbortSignal;
  },
): BatchLoss {
  const programs = new RecentPrograms(KEPT_PROGRAMS);
  const run = async (
    name: string,
    build: (graph: LossGraph) => Wanted,
    theta: Float64Array,
    samples: readonly number[],
    extra: readonly Float64Array[] = [],
  ): ReturnType<Executable['run']> => {
    options.signal?.throwIfAborted();
    const program = await programs.get(`${name} ${samples.length}`, () =>
      engine.compile(simplify(graphOf(problem.trace(samples.length), build))),
    );
    const vectors = extra.map((data) => ({ shape: [data.length], dtype: 'float' as const, data }));
    return program.run([
      ...asTensors(problem.parameters, theta),
      ...problem.buffers,
      ...problem.batch(samples),
      ...vectors,
    ]);
  };
  const multiply = async (
    name: string,
    product: CurvatureProduct,
    theta: Float64Array,
    samples: readonly number[],
    v: Float64Array,
  ): Promise<Float64Array> => {
    const vector = op.input('vector', [v.length]);
    const build = (graph: LossGraph): Wanted => ({
      outputs: [joinFlat(product(graph, splitFlat(vector, problem.parameters)), problem.parameters)],
      extra: [vector],
    });
    const [image] = await run(name, build, theta, samples, [v]);
    options.onProducts?.(1);
    return Float64Array.from(image?.data ?? []);
  };
  const chunks = planChunks(problem.sampleCount, problem.separable ? options.chunk : problem.sampleCount);
  return {
    gradient: async (theta, samples) => {
      const build = (graph: LossGraph): Wanted => ({
        outputs: [graph.loss, joinFlat(gradient(graph.loss, graph.parameters), problem.parameters)],
      });
      const [loss, flat] = await run('gradient', build, theta, samples);
      return { loss: loss?.data[0] ?? NaN, gradient: Float64Array.from(flat?.data ?? []) };
    },
    gradientCurvature: async (theta, samples) => {
      const [found] = await run('gradientCurvature', alongGradient, theta, samples);
      options.onProducts?.(1);
      return { square: found?.data[0] ?? NaN, curvature: found?.data[1] ?? NaN };
    },
    gaussNewton: (theta, samples, v) => multiply('gaussNewton', ggnProduct, theta, samples, v),
    hessian: (theta, samples, v) => multiply('hessian', hessianProduct, theta, samples, v),
    loss: async (theta) => {
      let sum = 0;
      for (const chunk of chunks) {
        const [loss] = await run('loss', (graph) => ({ outputs: [graph.loss] }), theta, chunk);
        sum += (chunk.length / problem.sampleCount) * (loss?.data[0] ?? NaN);
      }
      return sum;
    },
    dispose: () => programs.dispose(),
  };
}

/** [‖g‖², gᵀHg] in one program: the passes through the model serve both. */
function alongGradient({ loss, parameters }: LossGraph): Wanted {
  const slopes = gradient(loss, parameters);
  const products = jvp(slopes, new Map(parameters.map((parameter, t) => [parameter, slopes[t] as Node])));
  const inner = (others: readonly (Node | null | undefined)[]): Node =>
    slopes
      .flatMap((slope, t) => {
        const other = others[t];
        return other
          ? [
              op.reshape(
                op.reduceSum(
                  op.mul(slope, other),
                  slope.shape.map((_, axis) => axis),
                ),
                [1],
              ),
            ]
          : [];
      })
      .reduce((sum, part) => op.add(sum, part), op.full(0, [1]));
  return { outputs: [op.concat([inner(slopes), inner(products)], 0)] };
}

/** Compiled programs by name, the latest used last. */
class RecentPrograms {
  private readonly programs = new Map<string, Executable>();

  constructor(private readonly most: number) {}

  async get(name: string, compile: () => Promise<Executable>): Promise<Executable> {
    const program = this.programs.get(name) ?? (await compile());
    this.programs.delete(name);
    this.programs.set(name, program);
    const [oldest] = this.programs;
    if (this.programs.size > this.most && oldest !== undefined) {
      this.programs.delete(oldest[0]);
      oldest[1].dispose();
    }
    return program;
  }

  dispose(): void {
    for (const program of this.programs.values()) program.dispose();
    this.programs.clear();
  }
}

function graphOf(graph: LossGraph, build: (graph: LossGraph) => Wanted): Graph {
  const { outputs, extra = [] } = build(graph);
  return { inputs: [...graph.parameters, ...graph.buffers, ...graph.data, ...extra], outputs };
}
