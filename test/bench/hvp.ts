/**
 * Hessian-vector products of ResNet-20 for CIFAR, batch 128, evaluation mode: one product, a block of eight, and the
 * largest eigenvalue to 1e-3, against PyTorch's double backward (PyHessian's way) in a child process with as many
 * threads. Both sides take turns, so that other load on the machine meets both; the least time of each counts.
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

interface Trial {
  readonly problem: Problem;
  readonly theta: Float64Array;
  readonly image: Float32Array;
  readonly target: Int32Array;
}

function createTrial(): Trial {
  const random = new Random(1);
  const net = resnet20(1);
  const normal = (): number => random.gaussian();
  let size = 0;
  const parameters = net.parameters.map((node, i) => {
    const block = { name: `p${i}`, shape: node.shape, offset: size, size: elementCount(node.shape), layer: '' };
    size += block.size;
    return block;
  });
  const theta = new Float64Array(size);
  net.parameters.forEach((node, i) => {
    theta.set(initialData(net.roles.get(node) ?? 'weight', node.shape, normal), parameters[i]?.offset);
  });
  const image = Float32Array.from({ length: BATCH * 3072 }, normal);
  const target = Int32Array.from({ length: BATCH }, () => Math.floor(random.uniform() * 10));
  const isBuffer = (role: string): boolean => role === 'mean' || role === 'variance';
  const buffers = [...net.roles].filter(([, role]) => isBuffer(role));
  const value = (shape: readonly number[], data: Float32Array | Int32Array): ArrayValue => ({
    shape,
    dtype: data instanceof Int32Array ? 'int' : 'float',
    data,
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
  const problem: Problem = {
    parameters,
    theta,
    sampleCount: BATCH,
    trace,
    buffers: buffers.map(([node, role]) => value(node.shape, initialData(role, node.shape, normal))),
    batch: (indices) => [
      value(
        [indices.length, 3, 32, 32],
        Float32Array.from(indices.flatMap((i) => [...image.subarray(i * 3072, (i + 1) * 3072)])),
      ),
      value(
        [indices.length],
        Int32Array.from(indices, (i) => target[i] ?? 0),
      ),
    ],
    separable: true,
  };
  return { problem, theta, image, target };
}

/** PyTorch in a child process that answers each line with one. */
interface PyTorch {
  ask(command: string): Promise<string>;
  readonly folder: string;
  readonly version: string;
  end(): void;
}

async function startPyTorch(
  { theta, image, target }: Trial,
  direction: Float32Array,
  threads: number,
): Promise<PyTorch> {
  const folder = mkdtempSync(join(tmpdir(), 'hvp-'));
  writeFileSync(join(folder, 'parameters'), Float32Array.from(theta));
  writeFileSync(join(folder, 'image'), image);
  writeFileSync(join(folder, 'target'), target);
  writeFileSync(join(folder, 'direction'), direction);
  const interpreter = process.env['HESSIAN_LENS_PYTHON'] ?? 'python3';
  const child = spawn(interpreter, ['test/bench/hvp.py', folder, String(BATCH), String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
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

const operatorOf = (trial: Trial, engine: Engine, blockSize: number): ReturnType<typeof createCurvatureOperator> =>
  createCurvatureOperator(trial.problem, engine, hessianProduct, { blockSize, memoryLimit: 8 * 2 ** 30 });

/** The largest eigenvalue from nothing: compiling, setup and Lanczos. */
async function topEigenvalue(trial: Trial, engine: Engine): Promise<{ value: number; products: number }> {
  const operator = await operatorOf(trial, engine, 1);
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

export async function benchHessianVectorProducts(): Promise<void> {
  const threads = availableParallelism();
  const trial = createTrial();
  const engine = await createOnnxEngine({ threads });
  const size = trial.theta.length;
  const random = new Random(2);
  const direction = Float32Array.from({ length: size }, () => random.gaussian());
  const pytorch = await startPyTorch(trial, direction, threads);
  console.log(
    `ResNet-20, ${size} parameters, batch ${BATCH}, ${threads} threads; ${engine.description}; PyTorch ${pytorch.version}`,
  );

  const vector = Float64Array.from(direction);
  const setUp = await timed(async () => {
    const operator = await operatorOf(trial, engine, 1);
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
  const bytes = readFileSync(join(pytorch.folder, 'product'));
  const truth = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
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

  const blocked = await operatorOf(trial, engine, BLOCK);
  const vectors = Array.from({ length: BLOCK }, () => Float64Array.from({ length: size }, () => random.gaussian()));
  await blocked.applyBlock(vectors);
  const blockTimes: number[] = [];
  for (let round = 0; round < ROUNDS / 2; round++)
    blockTimes.push((await timed(() => blocked.applyBlock(vectors))).seconds);
  blocked.dispose();
  console.log(`block of ${BLOCK}: ${milliseconds(Math.min(...blockTimes) / BLOCK)} per product`);

  const [power = NaN, powerValue = NaN, steps = NaN] = (await pytorch.ask('power')).split(' ').map(Number);
  const top = await timed(() => topEigenvalue(trial, engine));
  console.log(
    `largest eigenvalue: ${top.result.value.toPrecision(6)} in ${top.seconds.toFixed(2)} s (${top.result.products} products), ` +
      `power iteration ${powerValue.toPrecision(6)} in ${power.toFixed(2)} s (${steps} products)`,
  );
  console.log(`  ${(power / top.seconds).toFixed(2)} times as fast; goal ≥ 2`);
  pytorch.end();
  engine.dispose();
}
