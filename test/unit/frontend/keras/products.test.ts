/** Hessian-vector products of models of Keras, in inference and in training mode, against TensorFlow's in float64 (test/fixtures/keras/products.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import { cosines, data, evaluate, folder, models, tracedSource } from './recorded';

interface Product {
  readonly name: string;
  readonly mode: 'eval' | 'train';
  readonly loss: number;
  /** Hv of all trained weights, one after the other. */
  readonly product: readonly number[];
}

const { products } = JSON.parse(readFileSync(join(folder, 'products.json'), 'utf8')) as {
  readonly products: readonly Product[];
};

const TOLERANCE = 1e-8;

describe('Hessian-vector products of models of Keras', () => {
  it.each(products)('$name, $mode', async ({ name, mode, loss, product }) => {
    const recorded = models.find((each) => each.name === name);
    if (recorded === undefined) throw new RangeError(`no model ${name}`);
    const model = tracedSource(recorded, mode);
    if (model.loss === undefined) throw new Error(model.stopped?.reason ?? 'no loss');
    const nodes = model.parameters.map(({ node }) => node);
    const [value, ...found] = await evaluate(model, recorded, [
      model.loss.node,
      ...hessianVectorProduct(model.loss.node, nodes, cosines(nodes)),
    ]);
    expect(Math.abs((data(value)[0] ?? NaN) - loss)).toBeLessThan(TOLERANCE);
    const flat = found.flatMap(data);
    expect(flat).toHaveLength(product.length);
    const largest = Math.max(...product.map(Math.abs));
    const errors = product.map((expected, i) => Math.abs((flat[i] ?? NaN) - expected));
    expect(Math.max(...errors)).toBeLessThan(TOLERANCE * largest);
  });
});
