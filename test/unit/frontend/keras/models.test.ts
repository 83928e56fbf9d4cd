import { describe, expect, it } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import { data, evaluate, expectValues, expectWeights, losses, models, TOLERANCE, tracedSource } from './recorded';

describe('models of Keras', () => {
  it.each(models)('$name has the weights that Keras has', (recorded) => {
    expectWeights(tracedSource(recorded), recorded);
  });

  it.each(models)('$name gives what Keras gives', async (recorded) => {
    await expectValues(tracedSource(recorded), recorded);
  });

  it.each(models.filter(({ name, target }) => target !== undefined && losses[name] !== undefined))(
    '$name has the loss and gradient of Keras',
    async (recorded) => {
      const model = tracedSource(recorded);
      if (model.loss === undefined) throw new Error(model.stopped?.reason ?? 'no loss');
      const slopes = gradient(
        model.loss.node,
        model.parameters.map(({ node }) => node),
      );
      const [loss, ...parts] = await evaluate(model, recorded, [model.loss.node, ...slopes]);
      const squares = parts.flatMap(data).reduce((sum, x) => sum + x * x, 0);
      expect(Math.abs((data(loss)[0] ?? NaN) - (recorded.loss ?? NaN))).toBeLessThan(TOLERANCE);
      expect(Math.abs(Math.sqrt(squares) / (recorded.gradientNorm ?? NaN) - 1)).toBeLessThan(TOLERANCE);
    },
  );
});
