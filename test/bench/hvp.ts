/**
 * Hessian-vector products of ResNet-20 for CIFAR, batch 128, evaluation mode: one product, a block of eight, and the
 * largest eigenvalue to 1e-3, against PyTorch's double backward (PyHessian's way) in a child process with as many
 * threads. The network was trained for some steps, so that its spectrum is a usual one. Both sides take turns, so that other load on the machine meets both; the least time of each counts.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lanczos } from '../../server/src/curvature/estimators/lanczos';
import { createCurvatureOperator } from '../../server/src/curvature/operators/curvatureOperator';
import { hessianProduct } from '../../server/src/curvature/operators/hessian';
import type { LossGraph, Problem } from '../../server/src/curvature/problem';
import { Random } from '../../server/src/curvature/random';
import type { ArrayValue, Engine } from '../../server/src/engine/engine';
import { createOnnxEngine } from '../../server/src/engine/onnx/onnxEngine';
import { elementCount } from '../../server/src/graph/node';
import { initialData, resnet20 } from './resnet20';

const BATCH = Number(process.env['HESSIAN_LENS_BATCH'] ?? 128);
const ROUNDS = 8;
const BLOCK = 8;

/** Initial parameters and data, with which PyTorch begins to train. */
interface Start {
  readonly theta: Float32Array;
  readonly image: Float32Array;
  readonly target: Int32Array;
}

const CLASSES = 10;
const PIXELS = 3072;

/** Images that a network can learn: a pattern for every class under as much noise. */
function createStart(): Start {
  const random = new Random(1);
  const normal = (): number => random.gaussian();
  const net = resnet20(1);
  const theta = net.parameters.flatMap((node) => [...initialData(net.roles.get(node) ?? 'weight', node.shape, normal)]);
  const patterns = Array.from({ length: CLASSES }, () => Float32Array.from({ length: PIXELS }, normal));
  const target = Int32Array.from({ length: BATCH }, () => Math.floor(random.uniform() * CLASSES));
  const image = Float32Array.from({ length: BATCH * PIXELS }, (_, i) => {
    const pattern = patterns[target[Math.floor(i / PIXELS)] ?? 0];
    return 0.5 * (pattern?.[i % PIXELS] ?? 0) + normal();
  });
  return { theta: Float32Array.from(theta), image, target };
}

/** The same network as a problem of ours, at the parameters and buffers that training left. */
function createProblem({ image, target }: Start, theta: Float32Array, running: Float32Array): Problem {
  const net = resnet20(1);
  let size = 0;
  const parameters = net.parameters.map((node, i) => {
    const block = { name: `p${i}`, shape: node.shape, offset: size, size: elementCount(node.shape), layer: '' };
    size += block.size;
    return block;
  });
  const value = (shape: readonly number[], data: Float32Array | Int32Array): ArrayValue => ({
    shape,
    dtype: data instanceof Int32Array ? 'int' : 'float',
    data,
  });
  const isBuffer = (role: string): boolean => role === 'mean' || role === 'variance';
  let read = 0;
  const buffers = [...net.roles].flatMap(([node, role]) => {
    if (!isBuffer(role)) return [];
    const start = read;
    read += elementCount(node.shape);
    return [value(node.shape, running.slice(start, read))];
  });
  const trace = (samples: number): LossGraph => {
    const traced = resnet20(samples);
    return {
      parameters: traced.parameters,
      buffers: [...traced.roles].flatMap(([node, role]) => (isBuffer(role) ? [node] : [])),
      data: [traced.image, traced.target],
      loss: traced.loss,
      output: traced.logits,
    };
  };
  return {
    parameters,
    theta: Float64Array.from(theta),
    sampleCount: BATCH,
    trace,
    buffers,
    batch: (indices) => [
      value(
        [indices.length, 3, 32, 32],
        Float32Array.from(indices.flatMap((i) => [...image.subarray(i * PIXELS, (i + 1) * PIXELS)])),
      ),
      value(
        [indices.length],
        Int32Array.from(indices, (i) => target[i] ?? 0),
      ),
    ],
    separable: true,
  };
}

/** PyTorch in a child process that answers each line with one. */
interface PyTorch {
  ask(command: string): Promise<string>;
  readonly folder: string;
  readonly version: string;
  end(): void;
}

async function startPyTorch(
  { theta, image, target }: Start,
  direction: Float32Array,
  threads: number,
): Promise<PyTorch> {
  const folder = mkdtempSync(join(tmpdir(), 'hvp-'));
  writeFileSync(join(folder, 'parameters'), theta);
  writeFileSync(join(folder, 'image'), image);
  writeFileSync(join(folder, 'target'), target);
  writeFileSync(join(folder, 'direction'), direction);
  const interpreter = process.env['HESSIAN_LENS_PYTHON'] ?? 'python3';
  const child = spawn(interpreter, ['test/bench/hvp.py', folder, String(BATCH), String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // As its users start it, without the worker's wishes for memory.
    env: { ...process.env, GLIBC_TUNABLES: '' },
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const line: IteratorResult<string, unknown> = await lines.next();
    if (line.done === true) throw new Error(`${interpreter} ended early: does it have PyTorch?`);
    return line.value;
  };
  const [, version = ''] = (await next()).split(' ');
  return {
    folder,
    version,
    ask: (command) => {
      child.stdin.write(`${command}\n`);
      return next();
    },
    end: () => {
      child.stdin.end();
      rmSync(folder, { recursive: true });
    },
  };
}

function readFloats({ folder }: PyTorch, name: string): Float32Array {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

async function timed<T>(run: () => Promise<T>): Promise<{ seconds: number; result: T }> {
  const start = performance.now();
  const result = await run();
  return { seconds: (performance.now() - start) / 1000, result };
}

const milliseconds = (seconds: number): string => `${(1000 * seconds).toFixed(0)} ms`;
const median = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN;

function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    difference += ((a[i] ?? NaN) - (b[i] ?? NaN)) ** 2;
    size += (b[i] ?? NaN) ** 2;
  }
  return Math.sqrt(difference / size);
}

const operatorOf = (problem: Problem, engine: Engine, blockSize: number): ReturnType<typeof createCurvatureOperator> =>
  createCurvatureOperator(problem, engine, hessianProduct, { blockSize, memoryLimit: 8 * 2 ** 30 });

/** The largest eigenvalue from nothing: compiling, setup and Lanczos. */
async function topEigenvalue(problem: Problem, engine: Engine): Promise<{ value: number; products: number }> {
  const operator = await operatorOf(problem, engine, 1);
  const result = await lanczos(operator, {
    top: 1,
    bottom: 0,
    tolerance: 1e-3,
    maxApplications: 100,
    maxBasis: 60,
    block: 1,
    random: new Random(0),
    sketch: 0,
  });
  operator.dispose();
  return { value: result.top[0]?.value ?? NaN, products: result.applications };
}

interface PowerIteration {
  readonly seconds: number;
  readonly value: number;
  readonly products: number;
}

/** Where PyHessian's rule stops, and where the value is within 1e-3 of the eigenvalue (the later of both). */
function powerIterations(answer: string): [PowerIteration, PowerIteration] {
  const numbers = answer.split(' ').map(Number);
  const at = (i: number): PowerIteration => ({
    seconds: numbers[i] ?? NaN,
    value: numbers[i + 1] ?? NaN,
    products: numbers[i + 2] ?? NaN,
  });
  return [at(0), at(3)];
}

function report(name: string, { seconds, value, products }: PowerIteration, ours: number): void {
  console.log(`  ${name}: ${value.toPrecision(6)} in ${seconds.toFixed(2)} s (${products} products)`);
  console.log(`    ${(seconds / ours).toFixed(2)} times as fast; goal ≥ 2`);
}

async function benchHessianVectorProducts(): Promise<void> {
  const threads = availableParallelism();
  const start = createStart();
  const engine = await createOnnxEngine({ threads });
  const size = start.theta.length;
  const random = new Random(2);
  const direction = Float32Array.from({ length: size }, () => random.gaussian());
  const pytorch = await startPyTorch(start, direction, threads);
  const problem = createProblem(start, readFloats(pytorch, 'parameters'), readFloats(pytorch, 'buffers'));
  console.log(
    `ResNet-20, ${size} parameters, batch ${BATCH}, ${threads} threads; ${engine.description}; PyTorch ${pytorch.version}`,
  );

  const vector = Float64Array.from(direction);
  const setUp = await timed(async () => {
    const operator = await operatorOf(problem, engine, 1);
    await operator.applyBlock([vector]);
    return operator;
  });
  const ours: number[] = [];
  const theirs: number[] = [];
  let product: readonly Float64Array[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    theirs.push(Number(await pytorch.ask('hvp')));
    const { seconds, result } = await timed(() => setUp.result.applyBlock([vector]));
    ours.push(seconds);
    product = result;
  }
  setUp.result.dispose();
  const truth = readFloats(pytorch, 'product');
  console.log(
    `products agree to ${relativeDifference(product[0] ?? [], truth).toExponential(1)} (float32 on both sides)`,
  );
  console.log(`setup and first product: ${milliseconds(setUp.seconds)}`);
  const [least, leastTheirs] = [Math.min(...ours), Math.min(...theirs)];
  console.log(
    `one product: ${milliseconds(least)} (median ${milliseconds(median(ours))}), PyTorch ${milliseconds(leastTheirs)} (median ${milliseconds(median(theirs))})`,
  );
  console.log(
    `  ratio ${(least / leastTheirs).toFixed(2)}, of medians ${(median(ours) / median(theirs)).toFixed(2)}; goal ≤ 1.5`,
  );

  const blocked = await operatorOf(problem, engine, BLOCK);
  const vectors = Array.from({ length: BLOCK }, () => Float64Array.from({ length: size }, () => random.gaussian()));
  await blocked.applyBlock(vectors);
  const blockTimes: number[] = [];
  for (let round = 0; round < ROUNDS / 2; round++)
    blockTimes.push((await timed(() => blocked.applyBlock(vectors))).seconds);
  blocked.dispose();
  console.log(`block of ${BLOCK}: ${milliseconds(Math.min(...blockTimes) / BLOCK)} per product`);

  const top = await timed(() => topEigenvalue(problem, engine));
  const [changed, arrived] = powerIterations(await pytorch.ask(`power ${top.result.value}`));
  console.log(
    `largest eigenvalue: ${top.result.value.toPrecision(6)} in ${top.seconds.toFixed(2)} s (${top.result.products} products)`,
  );
  report('power iteration until it is within 1e-3', arrived, top.seconds);
  report('power iteration until it changes by less than 1e-3, as PyHessian stops', changed, top.seconds);
  console.log(`memory at its peak: ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
  pytorch.end();
  engine.dispose();
}

await benchHessianVectorProducts();
