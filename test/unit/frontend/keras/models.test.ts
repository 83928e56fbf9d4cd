import { describe, expect, it } from 'vitest';
import { gradient } from '../../../../server/src/autodiff/gradient';
import type { LossSpec, TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import {
  data,
  evaluate,
  expectValues,
  expectWeights,
  losses,
  models,
  source,
  TOLERANCE,
  type Recorded,
} from './recorded';

function traced({ name, inputs, target }: Recorded): TracedModel {
  const spec = losses[name];
  const loss: LossSpec | undefined = spec === undefined ? undefined : { kind: 'name', name: spec };
  return traceModel({
    file: 'models.py',
    source,
    sources: { read: () => undefined, resolveModule: () => undefined },
    model: `${name}()`,
    inputs: inputs.map(([shape]) => ({ kind: 'shape', sample: shape.slice(1) })),
    batch: inputs[0]?.[0][0] ?? 1,
    precision: 'float64',
    ...(target === undefined || loss === undefined ? {} : { loss }),
  });
}

describe('models of Keras', () => {
  it.each(models)('$name has the weights that Keras has', (recorded) => {
    expectWeights(traced(recorded), recorded);
  });

  it.each(models)('$name gives what Keras gives', async (recorded) => {
    await expectValues(traced(recorded), recorded);
  });

  it.each(models.filter(({ name, target }) => target !== undefined && losses[name] !== undefined))(
    '$name has the loss and gradient of Keras',
    async (recorded) => {
      const model = traced(recorded);
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
