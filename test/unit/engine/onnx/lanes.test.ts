/** Programs on threads of their own: the numbers of one thread, errors that name the program, and an end that leaves nothing waiting. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCurvatureOperator } from '../../../../server/src/curvature/operators/curvatureOperator';
import { createGradient } from '../../../../server/src/curvature/operators/gradient';
import { hessianProduct } from '../../../../server/src/curvature/operators/hessian';
import { PerSample } from '../../../../server/src/curvature/operators/perSample';
import { Random } from '../../../../server/src/curvature/random';
import type { Engine } from '../../../../server/src/engine/engine';
import { createOnnxEngine } from '../../../../server/src/engine/onnx/onnxEngine';
import { createReferenceEngine } from '../../../../server/src/engine/reference/referenceEngine';
import type { Graph } from '../../../../server/src/graph/node';
import * as op from '../../../../server/src/graph/operations';
import { classificationData, linearConvolutions, mlp, problemOf, regressionData } from '../../curvature/problems';

// Inside of the project, so that the thread finds the runtime.
const cache = join(process.cwd(), 'node_modules', '.cache', 'hessian-lens');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'lanes-'));
const lanePath = join(folder, 'laneThread.js');
let engine: Engine;
let alone: Engine;
beforeAll(async () => {
  await build({
    entryPoints: ['server/src/engine/onnx/lanes/laneThread.ts'],
    outfile: lanePath,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
  engine = await createOnnxEngine({ threads: 2, lanePath, worthALane: 0 });
  alone = await createOnnxEngine({ threads: 2 });
});
afterAll(() => {
  engine.dispose();
  alone.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const networks = {
  'a network of two layers': problemOf(mlp([5, 7, 3], 3), classificationData(96, 5, 3, 4)),
  'a network of convolutions': problemOf(linearConvolutions([2, 3, 2], 6, 2), regressionData(64, 12, 5)),
  'few samples, whose vectors are shared out': problemOf(mlp([5, 7, 3], 3), classificationData(20, 5, 3, 4)),
};

const near = (actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void => {
  const scale = Math.hypot(...Array.from(expected));
  expect(Math.hypot(...Array.from(expected, (x, i) => x - (actual[i] ?? NaN)))).toBeLessThan(tolerance * scale);
};

describe.each(Object.entries(networks))('%s', (name, problem) => {
  const memoryLimit = 2 ** 28;
  const vectors = Array.from({ length: 6 }, (_, i) => new Random(i).gaussianVector(problem.theta.length));

  test('products are those of float64, and the same each time', async () => {
    const truth = await createCurvatureOperator(problem, createReferenceEngine(), hessianProduct, {
      blockSize: 4,
      memoryLimit,
    });
    const operator = await createCurvatureOperator(problem, engine, hessianProduct, { blockSize: 4, memoryLimit });
    expect(operator.chunks).toHaveLength(name.startsWith('few') ? 1 : 2);
    const [expected, first, second] = [
      await truth.applyBlock(vectors),
      await operator.applyBlock(vectors),
      await operator.applyBlock(vectors),
    ];
    expected.forEach((product, i) => near(first[i] ?? [], product, 1e-5));
    expect(second).toEqual(first);
    truth.dispose();
    operator.dispose();
  });

  test('gradients and numbers of single samples are those of one thread', async () => {
    const [ours, theirs] = await Promise.all(
      [engine, alone].map(async (own) => {
        const gradient = await createGradient(problem, own, { batch: 1000 });
        const samples = new PerSample(problem, own, { memoryLimit, batch: 1000, blockSize: 4 });
        const found = [await gradient.evaluate(problem.theta), await samples.gradients()] as const;
        gradient.dispose();
        samples.dispose();
        return found;
      }),
    );
    near(ours?.[0].gradient ?? [], theirs?.[0].gradient ?? [NaN], 1e-5);
    near(ours?.[1].losses ?? [], theirs?.[1].losses ?? [NaN], 1e-5);
    ours?.[1].squares.forEach((row, t) => near(row, theirs?.[1].squares[t] ?? [NaN], 1e-4));
  });
});

const identityOf = (size: number): Graph => {
  const x = op.input('x', [size]);
  return { inputs: [x], outputs: [op.add(x, x)] };
};
const ones = (size: number): { shape: number[]; dtype: 'float'; data: Float32Array } => ({
  shape: [size],
  dtype: 'float',
  data: new Float32Array(size).fill(1),
});

test('the caller keeps what it handed over, also from run to run', async () => {
  const program = await engine.compile(identityOf(3), { isConcurrent: true });
  const value = ones(3);
  const results = await Promise.all([program.run([value]), program.run([value]), program.run([value])]);
  for (const [result] of results) expect([...(result?.data ?? [])]).toEqual([2, 2, 2]);
  expect([...value.data]).toEqual([1, 1, 1]);
  program.dispose();
});

test('a run that does not fit is refused, and the next one is served', async () => {
  const program = await engine.compile(identityOf(3), { isConcurrent: true });
  await expect(program.run([ones(4)])).rejects.toThrow(/input 'x' is float \[3\], got float \[4\]/);
  const [result] = await program.run([ones(3)]);
  expect(result?.data).toHaveLength(3);
  program.dispose();
});

test('a run of a program that was disposed of is an error, not a wait', async () => {
  const program = await engine.compile(identityOf(3), { isConcurrent: true });
  program.dispose();
  await expect(program.run([ones(3)])).rejects.toThrow('a program that is gone');
});

test('runs that are under way when the engine ends are told so', async () => {
  const own = await createOnnxEngine({ threads: 2, lanePath, worthALane: 0 });
  const program = await own.compile(identityOf(2 ** 20), { isConcurrent: true });
  const run = program.run([ones(2 ** 20)]);
  own.dispose();
  await expect(run).rejects.toThrow('a thread of onnxruntime ended');
  await expect(program.run([ones(2 ** 20)])).rejects.toThrow('a thread of onnxruntime ended');
});

test('runs of little work stay in the thread of the caller', async () => {
  const own = await createOnnxEngine({ threads: 2, lanePath });
  const program = await own.compile(identityOf(3), { isConcurrent: true });
  program.dispose();
  // A lane would tell of the program that is gone.
  await expect(program.run([ones(3)])).rejects.toThrow('Session already disposed');
  own.dispose();
});

test('a cancelled product ends with the reason', async () => {
  const problem = networks['a network of two layers'];
  const control = new AbortController();
  const operator = await createCurvatureOperator(problem, engine, hessianProduct, {
    blockSize: 1,
    memoryLimit: 2 ** 28,
    batch: 16,
    signal: control.signal,
  });
  const many = Array.from({ length: 20 }, (_, i) => new Random(i).gaussianVector(problem.theta.length));
  const product = operator.applyBlock(many);
  setImmediate(() => control.abort(new Error('no longer wanted')));
  await expect(product).rejects.toThrow('no longer wanted');
  operator.dispose();
});
