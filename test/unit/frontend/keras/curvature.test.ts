/** Hessian-vector products of models of Keras: those of PyTorch's double differentiation, and central differences of gradients. */
import { describe, expect, it } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../../server/src/autodiff/hessianVectorProduct';
import type { ArrayValue } from '../../../../server/src/engine/engine';
import { elementCount } from '../../../../server/src/graph/node';
import { constant } from '../../../../server/src/graph/operations';
import { data, evaluate, models, TOLERANCE, tracedSource } from './recorded';

const cosine = (size: number, k: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => Math.cos(0.9 * i + k));

const inner = (a: readonly number[], b: ArrayLike<number>): number =>
  a.reduce((sum, x, i) => sum + x * (b[i] ?? NaN), 0);

const scored = models.filter(({ curvature }) => curvature !== undefined);
/** Far below the distance to the next kink of a ReLU. */
const STEP = 1e-5;

describe('curvature of models of Keras', () => {
  it('is recorded for most models', () => expect(scored.length).toBeGreaterThan(12));

  it.each(scored)('$name', async (recorded) => {
    const model = tracedSource(recorded);
    if (model.loss === undefined) throw new Error(model.stopped?.reason ?? 'no loss');
    const nodes = model.parameters.map(({ node }) => node);
    const vectors = nodes.map(({ shape }, k) => cosine(elementCount(shape), k));
    const directions = nodes.map(({ shape }, k) => constant(vectors[k] ?? new Float64Array(), shape));
    const products = await evaluate(model, recorded, hessianVectorProduct(model.loss.node, nodes, directions));
    const along = products.reduce((sum, product, k) => sum + inner(data(product), vectors[k] ?? []), 0);
    const expected = recorded.curvature ?? NaN;
    expect(Math.abs(along - expected)).toBeLessThan(10 * TOLERANCE * (1 + Math.abs(expected)));

    const slopes = gradient(model.loss.node, nodes);
    const at = (step: number): Promise<ArrayValue[]> =>
      evaluate(model, recorded, slopes, (k, i) => step * (vectors[k]?.[i] ?? NaN));
    const [above, below] = [await at(STEP), await at(-STEP)];
    const largest = Math.max(...products.flatMap(data).map(Math.abs));
    products.forEach((product, k) => {
      const [high, low] = [data(above[k]), data(below[k])];
      data(product).forEach((value, i) =>
        expect(Math.abs(((high[i] ?? NaN) - (low[i] ?? NaN)) / (2 * STEP) - value)).toBeLessThan(1e-7 * (1 + largest)),
      );
    });
  });
});
