/** One entry of a list, in a process of its own: reads the model, then computes its numbers in both precisions. */
import { createGradient } from '../../server/src/curvature/operators/gradient';
import { createCurvatureOperator } from '../../server/src/curvature/operators/curvatureOperator';
import { hessianProduct } from '../../server/src/curvature/operators/hessian';
import { dot, norm } from '../../server/src/curvature/linearAlgebra/vector';
import type { Engine, Precision } from '../../server/src/engine/engine';
import { createOnnxEngine } from '../../server/src/engine/onnx/onnxEngine';
import { createReferenceEngine } from '../../server/src/engine/reference/referenceEngine';
import type { OutputTree, TracedModel } from '../../server/src/frontend/model';
import { traceModel } from '../../server/src/frontend/torch/traceModel';
import { elementCount } from '../../server/src/graph/node';
import { diskSources } from '../../server/src/project/diskSources';
import type { EntryRequest, Numbers, NumbersOutcome, Outcome } from './messages';
import { filledProblem, type FilledProblem } from './problem';

const MEMORY_LIMIT = 16 * 2 ** 30;

const tell = (outcome: Outcome): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(outcome, () => resolve());
  });

function trace(request: EntryRequest, precision: Precision): TracedModel {
  return traceModel({
    file: request.file,
    source: request.source,
    sources: diskSources({ root: request.root }),
    ...(request.model === undefined ? {} : { model: request.model }),
    inputs: request.inputs.map((text) => ({ kind: 'expression', text })),
    mode: 'eval',
    noise: false,
    precision,
  });
}

function shapesOf(tree: OutputTree | undefined): (readonly number[])[] {
  if (tree === undefined || tree.kind === 'other') return [];
  if (tree.kind === 'tensor') return [tree.node.shape];
  return tree.kind === 'sequence' ? tree.items.flatMap(shapesOf) : tree.entries.flatMap(([, item]) => shapesOf(item));
}

const bufferCount = ({ buffers }: TracedModel): number =>
  buffers.reduce((sum, { shape }) => sum + elementCount(shape), 0);

const where = ({ stopped }: TracedModel): string | null =>
  stopped === null ? null : `${stopped.file}:${stopped.line}:${stopped.column}: ${stopped.reason}`;

async function numbersOf({ problem, direction }: FilledProblem, engine: Engine): Promise<Numbers> {
  const gradient = await createGradient(problem, engine, { batch: problem.sampleCount });
  const { loss, gradient: g } = await gradient.evaluate(problem.theta);
  gradient.dispose();
  const options = { blockSize: 1, memoryLimit: MEMORY_LIMIT };
  const operator = await createCurvatureOperator(problem, engine, hessianProduct, options);
  const [product = new Float64Array()] = await operator.applyBlock([direction]);
  operator.dispose();
  return { loss, gradientNorm: norm(g), slope: dot(g, direction), curvature: dot(product, direction) };
}

async function compute(request: EntryRequest, precision: Precision): Promise<NumbersOutcome> {
  const start = performance.now();
  const engine = precision === 'float64' ? createReferenceEngine() : await createOnnxEngine();
  const done = (numbers: NumbersOutcome['numbers']): NumbersOutcome => ({
    kind: 'numbers',
    precision,
    engine: engine.name,
    numbers,
    milliseconds: performance.now() - start,
  });
  try {
    const filled = filledProblem(trace(request, precision), request.inputs);
    return done(
      filled === undefined
        ? { failed: 'no trained parameters or no floating output' }
        : await numbersOf(filled, engine),
    );
  } catch (error) {
    return done({ failed: error instanceof Error ? error.message : String(error) });
  } finally {
    engine.dispose();
  }
}

async function run(request: EntryRequest): Promise<void> {
  const start = performance.now();
  const traced = trace(request, 'float32');
  await tell({
    kind: 'trace',
    stopped: where(traced),
    parameters: traced.totalParameters + (request.countsBuffers ? bufferCount(traced) : 0),
    keys: traced.stateKeys.map(({ key }) => key),
    output: shapesOf(traced.output),
    stochastic: traced.stochastic,
    milliseconds: performance.now() - start,
  });
  if (traced.stopped === null && request.oracle)
    for (const precision of ['float32', 'float64'] as const) await tell(await compute(request, precision));
  await tell({ kind: 'end', peakMiB: Math.round(process.resourceUsage().maxRSS / 1024) });
  process.disconnect();
}

process.once('message', (request) => void run(request as EntryRequest));
