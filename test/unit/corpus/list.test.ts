import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compareTrace, errorOf } from '../../corpus/compare';
import { parameterFill, vectorFill } from '../../corpus/fill';
import { readList, type Entry } from '../../corpus/list';
import type { NumbersOutcome, TraceOutcome } from '../../corpus/messages';
import { prepare } from '../../corpus/prepare';

const folder = mkdtempSync(join(tmpdir(), 'corpus-'));
afterAll(() => rmSync(folder, { recursive: true }));

function listed(content: unknown): Entry[] {
  const file = join(folder, 'list.json');
  writeFileSync(file, JSON.stringify(content));
  return readList(file);
}

const entry = (more: Record<string, unknown>): Entry => {
  const [first] = listed({ entries: [{ repo: 'a/b (a remark)', path: 'net.py', cls: 'Net', ...more }] });
  if (first === undefined) throw new Error('no entry');
  return first;
};

const found = (more: Partial<TraceOutcome>): TraceOutcome => ({
  kind: 'trace',
  stopped: null,
  parameters: 12,
  keys: ['a', 'b', 'c'],
  output: [[2, 10]],
  stochastic: false,
  milliseconds: 1,
  ...more,
});

describe('lists of models', () => {
  it('are entries of repositories, or library models by name', () => {
    expect(entry({ constructor: 'Net(3)', inputs: ['torch.randn(2,3)'] })).toMatchObject({
      id: 'a/b (a remark)/net.py',
      framework: 'pytorch',
      constructor_: 'Net(3)',
      inputs: ['torch.randn(2,3)'],
    });
    const [timm, zoo] = listed([
      { name: 'vit_tiny_patch16_224', library: 'timm', params: 5, output: 'torch.Size([2, 10])' },
      { name: 'fcn_resnet50', library: 'tv', params: 7, output: "<class 'collections.OrderedDict'>" },
    ]);
    expect(timm).toMatchObject({ importAs: 'timm', expected: { params: 5, output: [2, 10] } });
    expect(zoo?.constructor_).toBe('torchvision.models.segmentation.fcn_resnet50(weights=None)');
  });

  it('say what is wrong with them', () => {
    expect(() => listed({ entries: [{ repo: 'a/b' }] })).toThrow(/entries\[0\] needs "repo" and "path"/);
    expect(() => listed({ models: [] })).toThrow(/neither a list of entries/);
    expect(() => readList(join(folder, 'none.json'))).toThrow(/none\.json cannot be read as JSON/);
  });

  it('become a file with the statements of the entry, and an expression', () => {
    const checkout = join(folder, 'a+b');
    mkdirSync(checkout);
    expect(prepare(entry({}), join(folder, 'elsewhere'), true)).toMatch(/^no checkout: /);
    writeFileSync(join(checkout, 'net.py'), 'class Net: pass');
    expect(
      prepare(entry({ constructor_code: 'c=f(k=3);model=Net(c)', module_globals_needed: 'k=1' }), folder, true),
    ).toMatchObject({
      root: checkout,
      source: 'class Net: pass\nk=1\nc=f(k=3)\n',
      model: 'Net(c)',
    });
    const keras = { framework: 'keras', cls: 'make', constructor: 'model=make(3)' };
    expect(prepare(entry(keras), folder, true)).toMatchObject({ model: 'make(3)', countsBuffers: true });
    expect(prepare(entry({ ...keras, constructor: '(module-level block)' }), folder, true)).not.toHaveProperty('model');
    expect(prepare(entry({ framework: 'flax' }), folder, true)).toBe('not read yet (front end missing)');
  });
});

describe('comparison with the list', () => {
  const expect_ = { params: 12, state_dict_keys: 3, first_keys: ['a', 'b'], last_keys: ['c'], output: [[2, 10], []] };

  it('compares count, keys at both ends and shapes', () => {
    const one = entry({ expect: expect_ });
    expect(compareTrace(one, found({}))).toEqual({ parameters: true, keys: true, output: true });
    expect(compareTrace(one, found({ parameters: 11, keys: ['a', 'b', 'd'], output: [[2, 11]] }))).toEqual({
      parameters: false,
      keys: false,
      output: false,
    });
    expect(compareTrace(entry({}), found({}))).toEqual({ parameters: undefined, keys: undefined, output: undefined });
  });

  it('takes the largest relative error, and a number that is none as infinite', () => {
    const one = entry({ oracle_float64_eval: { loss: 2, grad_norm: 1, g_dot_v: 0.5, vHv: -4 } });
    const numbers = (curvature: number): NumbersOutcome => ({
      kind: 'numbers',
      precision: 'float64',
      engine: 'reference',
      numbers: { loss: 2, gradientNorm: 1, slope: 0.5, curvature },
      milliseconds: 1,
    });
    expect(errorOf(one, numbers(-4.4))).toBeCloseTo(0.1);
    expect(errorOf(one, numbers(NaN))).toBe(Infinity);
    expect(errorOf(entry({}), numbers(1))).toBeUndefined();
  });
});

describe('values by rule', () => {
  it('of parameters: scaled by the fan-in, around one for the weight of a normalisation', () => {
    expect(parameterFill({ name: 'fc.weight', shape: [2, 4] }, 1)[3]).toBeCloseTo(0.5 * Math.sin(2.1 + 1.3), 12);
    expect(parameterFill({ name: 'norm.weight', shape: [4] }, 0)[1]).toBeCloseTo(1 + 0.05 * Math.sin(0.7), 12);
    expect(parameterFill({ name: 'norm.bias', shape: [4] }, 0)[1]).toBeCloseTo(0.05 * Math.sin(0.7), 12);
    expect(vectorFill(3, 2)[2]).toBeCloseTo(Math.cos(1.22), 12);
  });
});
