/**
 * Whole analyses through the command line against PyTorch's dense float64 Hessian, computed live.
 * The truth comes from hessian.py; our side reads the same source, checkpoint and data without running Python.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTorchPython, runProgram } from './python';

/** The part of the contract's JSON that is compared. */
interface AnalysisJson {
  loss: { value: number };
  gradient: { norm: number };
  spectrum: {
    top: { value: number }[];
    bottom: { value: number }[];
    trace: { value: number; interval: { low: number; high: number } };
  };
  layers: { trace: number }[];
  quantities: Record<string, { value: number }>;
}

interface Truth {
  model: string;
  loss: string | null;
  lossValue: number;
  gradientNorm: number;
  top: number[];
  bottom: number;
  trace: number;
  layerTraces: Record<string, number>;
  frobenius: number;
  asymmetry: number;
  trainSharpness: number | null;
  parameters: [string, number[]][];
  total: number;
}

const here = resolve(__dirname);
const cli = resolve(here, '../../dist/cli.js');
const python = findTorchPython();
const models = readdirSync(join(here, 'models')).filter((file) => file.endsWith('.py'));

const run = async (args: readonly string[]): Promise<unknown> =>
  JSON.parse(await runProgram(process.execPath, [cli, ...args]));

/** |ours − theirs| / max(|theirs|, floor). */
const relative = (ours: number, theirs: number, floor = 1e-300): number =>
  Math.abs(ours - theirs) / Math.max(Math.abs(theirs), floor);

describe.skipIf(python === undefined).each(models)('%s equals PyTorch', (file) => {
  const source = join(here, 'models', file);
  const folder = mkdtempSync(join(tmpdir(), `hessian-lens-${basename(file, '.py')}-`));
  let truth: Truth;

  beforeAll(async () => {
    await runProgram(python ?? 'python3', [join(here, 'hessian.py'), source, folder]);
    truth = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Truth;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const analyze = async (precision: 'float32' | 'float64'): Promise<AnalysisJson> =>
    (await run([
      ...['analyze', source, '--model', truth.model, '--checkpoint', join(folder, 'checkpoint.pt')],
      ...['--data', join(folder, 'data.npz'), ...(truth.loss === null ? [] : ['--loss', truth.loss])],
      ...['--top', '3', '--precision', precision, '--format', 'json'],
    ])) as AnalysisJson;

  it('names, shapes and order of the parameters', async () => {
    const traced = (await run([
      'trace',
      source,
      '--model',
      truth.model,
      '--data',
      join(folder, 'data.npz'),
      '--format',
      'json',
    ])) as {
      parameters: { name: string; shape: number[] }[];
      totalParameters: number;
    };
    expect(traced.parameters.map(({ name, shape }) => [name, shape])).toEqual(truth.parameters);
    expect(traced.totalParameters).toBe(truth.total);
  });

  it('numbers in float32, with the trace inside its interval', async () => {
    expect(truth.asymmetry).toBeLessThan(1e-10);
    const { loss, gradient, spectrum } = await analyze('float32');
    expect(relative(loss.value, truth.lossValue)).toBeLessThan(1e-4);
    expect(relative(gradient.norm, truth.gradientNorm)).toBeLessThan(1e-3);
    truth.top.forEach((value, i) => expect(relative(spectrum.top[i]?.value ?? NaN, value)).toBeLessThan(2e-3));
    expect(relative(spectrum.bottom[0]?.value ?? NaN, truth.bottom)).toBeLessThan(1e-2);
    expect(spectrum.trace.interval.low).toBeLessThanOrEqual(truth.trace);
    expect(spectrum.trace.interval.high).toBeGreaterThanOrEqual(truth.trace);
  });

  it('numbers in float64 to 1e-8', async () => {
    const { loss, gradient, spectrum, layers, quantities } = await analyze('float64');
    expect(relative(loss.value, truth.lossValue)).toBeLessThan(1e-8);
    expect(relative(gradient.norm, truth.gradientNorm)).toBeLessThan(1e-8);
    truth.top.forEach((value, i) => expect(relative(spectrum.top[i]?.value ?? NaN, value)).toBeLessThan(1e-8));
    expect(relative(spectrum.bottom[0]?.value ?? NaN, truth.bottom)).toBeLessThan(1e-8);
    expect(relative(spectrum.trace.value, truth.trace)).toBeLessThan(1e-8);
    // What an optimizer step meets: batch statistics, no dropout; found to the accuracy that stability needs.
    const sharpness = quantities['B1.sharpness']?.value ?? NaN;
    expect(relative(sharpness, truth.trainSharpness ?? truth.top[0] ?? NaN)).toBeLessThan(1e-3);
    const total = Object.values(truth.layerTraces).reduce((sum, value) => sum + value, 0);
    expect(
      relative(
        layers.reduce((sum, { trace }) => sum + trace, 0),
        total,
      ),
    ).toBeLessThan(1e-7);
  });
});
