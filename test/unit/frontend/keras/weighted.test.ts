/** Losses weighed by samples and classes, or with a mask: against a step of Keras's own training and its loss differentiated twice (test/fixtures/keras/weighted.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import type { ArrayValue } from '../../../../server/src/engine/engine';
import { createReferenceEngine } from '../../../../server/src/engine/reference/referenceEngine';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import type { Node } from '../../../../server/src/graph/node';
import type { DType, Shape } from '../../../../server/src/graph/primitives';
import { noSources } from '../onnx/fixtures';
import { cosines, data, folder, weightValue } from './recorded';

interface Program {
  readonly name: string;
  readonly source: string;
  readonly x: { readonly shape: Shape; readonly data: readonly number[] };
  readonly y: { readonly shape: Shape; readonly data: readonly number[] };
  readonly w: { readonly shape: Shape; readonly data: readonly number[] };
  readonly classes: boolean;
  readonly loss: number;
  readonly gradient: readonly number[];
  /** Hv of all weights along cosines. */
  readonly product: readonly number[];
}

const { programs } = JSON.parse(readFileSync(join(folder, 'weighted.json'), 'utf8')) as {
  readonly programs: readonly Program[];
};

const arrayOf = ({ shape, data: numbers }: Program['x'], dtype: DType): ArrayValue =>
  dtype === 'int'
    ? { shape, dtype, data: Int32Array.from(numbers) }
    : { shape, dtype, data: Float64Array.from(numbers) };

describe('losses with weights and masks', () => {
  it.each(programs)('$name', async (program) => {
    const { x, y, w, source, loss } = program;
    const model = traceModel({
      file: 'train.py',
      source,
      sources: noSources,
      batch: x.shape[0] ?? 0,
      precision: 'float64',
      loss: {
        kind: 'own',
        target: {
          sample: y.shape.slice(1),
          dtype: program.classes && y.shape.at(-1) !== 3 ? 'int' : 'float',
          weighted: source.includes('sample_weight=w'),
        },
      },
    });
    expect(model.stopped).toBeNull();
    if (model.loss === undefined) throw new Error('no loss');
    const values = new Map<Node<'input'>, ArrayValue>();
    model.stateKeys.forEach(({ key, shape }, k) => {
      const found = model.parameters.find(({ name }) => name === key);
      if (found !== undefined) values.set(found.node, weightValue(key, shape, k));
    });
    const [target, weights] = model.loss.targets;
    for (const [input, value] of [
      [model.inputs[0], x],
      [target, y],
      [weights, w],
    ] as const)
      if (input !== undefined) values.set(input.node, arrayOf(value, input.dtype));
    const nodes = model.parameters.map(({ node }) => node);
    const inputs = [...values.keys()];
    const slopesOf = gradient(model.loss.node, nodes);
    const outputs = [model.loss.node, ...slopesOf, ...hessianVectorProduct(model.loss.node, nodes, cosines(nodes))];
    const computed = await (await createReferenceEngine().compile({ inputs, outputs })).run([...values.values()]);
    const [value, ...arrays] = computed.map(data);
    expect(Math.abs((value?.[0] ?? NaN) - loss)).toBeLessThan(1e-9 * (1 + loss));
    const flat = arrays.flat();
    const expected = [...program.gradient, ...program.product];
    expect(flat).toHaveLength(expected.length);
    expected.forEach((each, i) => expect(Math.abs((flat[i] ?? NaN) - each)).toBeLessThan(1e-9));
  });

  it('class weights that are not known are not applied', () => {
    const { source = '' } = programs.find(({ name }) => name === 'classes') ?? {};
    const model = traceModel({
      file: 'train.py',
      source: source.replace('2: 4}', '2: y.mean()}'),
      sources: noSources,
    });
    expect(model.stopped).toBeNull();
    expect(model.loss?.description).toBe('sparse_categorical_crossentropy');
  });
});
