/** Derivatives of the model's outputs of every sample, kept as rows: for few samples of models with few outputs. */
import { gradient, vjp } from '../../autodiff/gradient';
import { jvp } from '../../autodiff/jvp';
import { vmap } from '../../autodiff/vmap';
import type { ArrayValue, Engine } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import * as op from '../../graph/operations';
import { peakBytes } from '../cost';
import type { Problem } from '../problem';
import { ChunkedProgram } from './chunkedProgram';
import { planChunks } from './chunks';
import { joinFlat } from './flatVector';

export interface OutputJacobian {
  /** C rows of p: ∂f_c/∂θ. */
  readonly rows: readonly Float64Array[];
  /** C rows of C: ∂²ℓ/∂f². */
  readonly lossCurvature: readonly Float64Array[];
}

/** Outputs of one sample, C. */
export const outputCount = (problem: Problem): number => elementCount(problem.trace(1).output.shape);

/** One per sample. Throws `RangeError` where the model returns only its loss. */
export async function outputJacobians(
  problem: Problem,
  engine: Engine,
  options: { readonly memoryLimit: number; readonly signal?: AbortSignal },
): Promise<OutputJacobian[]> {
  const { output, loss } = problem.trace(1);
  if (output === loss) throw new RangeError('the model returns only its loss: there is no output to differentiate');
  const outputs = elementCount(output.shape);
  const program = new ChunkedProgram(problem, engine, (n) => jacobianGraph(problem, outputs, n));
  const perSample = peakBytes(jacobianGraph(problem, outputs, 1), engine.precision);
  const found: OutputJacobian[] = [];
  try {
    const { concurrency } = engine;
    const fitting = Math.max(1, options.memoryLimit / (concurrency * perSample));
    await program.runAll(
      planChunks(problem.sampleCount, fitting, concurrency),
      (chunk) => ({ chunk, extra: [identity(outputs)] }),
      (chunk, [jacobians, curvatures]) =>
        chunk.forEach((_, i) =>
          found.push({
            rows: rowsOf(jacobians, i * outputs, outputs, problem.theta.length),
            lossCurvature: rowsOf(curvatures, i * outputs, outputs, outputs),
          }),
        ),
      options.signal,
    );
  } finally {
    program.dispose();
  }
  return found;
}

/** Data and the unit vectors [C, C] → [n, C, p] and [n, C, C]. */
function jacobianGraph(problem: Problem, outputs: number, n: number): Graph {
  const { parameters, buffers, data, output, loss } = problem.trace(1);
  const unit = op.input('unit', [outputs]);
  const shaped = op.reshape(unit, output.shape);
  const pulled = vjp([output], [shaped], parameters);
  const flat = joinFlat(
    pulled.map((part, i) => part ?? op.full(0, parameters[i]?.shape ?? [])),
    problem.parameters,
  );
  const [slope] = gradient(loss, [output]);
  const [curved] = slope === undefined ? [null] : jvp([slope], new Map([[output, shaped]]));
  const inputs = [...parameters, ...buffers, ...data, unit];
  const curvature = curved === null || curved === undefined ? op.full(0, [outputs]) : op.reshape(curved, [outputs]);
  const mapped = vmap({ inputs, outputs: [flat, curvature] }, new Set<Node<'input'>>([unit]), outputs);
  return vmap(mapped, new Set(data), n);
}

const identity = (size: number): ArrayValue => ({
  shape: [size, size],
  dtype: 'float',
  data: Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
});

const rowsOf = (value: ArrayValue | undefined, first: number, count: number, width: number): Float64Array[] =>
  Array.from({ length: count }, (_, c) =>
    Float64Array.from(value?.data.subarray((first + c) * width, (first + c + 1) * width) ?? []),
  );
