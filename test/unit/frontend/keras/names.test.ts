/** Every public name of Keras is read, or refused with the reason that docs/keras.md gives (test/fixtures/keras/names.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSession } from '../../../../server/src/frontend/torch/session';
import { PyClass, PyFunction, Unknown } from '../../../../server/src/python/values';
import { noSources } from '../onnx/fixtures';
import { folder } from './recorded';

const names = JSON.parse(readFileSync(join(folder, 'names.json'), 'utf8')) as Readonly<
  Record<'layers' | 'losses' | 'metrics' | 'initializers' | 'optimizers' | 'activations', readonly string[]>
>;

const refused: Readonly<Partial<Record<keyof typeof names, readonly string[]>>> = {
  layers: [
    ...['AutoContrast', 'ContrastLimitedAdaptiveHistogramEqualization', 'CutMix', 'Discretization', 'Equalization'],
    ...['FlaxLayer', 'HashedCrossing', 'Hashing', 'IntegerLookup', 'JaxLayer', 'MaxNumBoundingBoxes'],
    ...['MelSpectrogram', 'MixUp', 'STFTSpectrogram', 'Solarization', 'StringLookup', 'TFSMLayer'],
    ...['TextVectorization', 'TorchModuleWrapper'],
  ],
  losses: ['CTC', 'Circle'],
  initializers: ['STFT', 'STFTInitializer'],
  optimizers: ['MultiOptimizer', 'OptimizerMap'],
};

const { interpreter } = openSession({ file: 'a.py', source: '', sources: noSources, seed: 0 });
const packages = Object.keys(names).filter((name): name is keyof typeof names => name !== 'keras');

describe('names of Keras', () => {
  it.each(packages)('keras.%s', (name) => {
    const module = interpreter.importModule(`keras.${name}`);
    const missing = names[name].filter((each) => {
      const value = interpreter.getAttribute(module, each);
      return !(value instanceof PyClass || value instanceof PyFunction);
    });
    expect(missing).toEqual(refused[name] ?? []);
  });

  it('layers that are not read say why', () => {
    const module = interpreter.importModule('keras.layers');
    for (const each of refused.layers ?? []) {
      const value = interpreter.getAttribute(module, each);
      expect(value instanceof Unknown ? value.reason : '').not.toMatch(/^$|is not read$/);
    }
  });

  it('the table of layers is complete', () => {
    const page = readFileSync(join(folder, '../../../docs/keras.md'), 'utf8');
    const table = page.slice(page.indexOf('## Layers'));
    const listed = new Set([...table.matchAll(/`(\w+)`/g)].map(([, each]) => each ?? ''));
    expect(names.layers.filter((each) => !listed.has(each))).toEqual([]);
    const row = table.split('\n').filter((line) => line.includes('not read:'));
    expect((refused.layers ?? []).filter((each) => !row.some((line) => line.includes(`\`${each}\``)))).toEqual([]);
  });
});
