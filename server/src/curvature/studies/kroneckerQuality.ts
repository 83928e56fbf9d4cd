/** D2: how well Kronecker products stand for the second moment of a layer's gradients. */
import { estimate, exactly, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Chart } from '../chart';
import { GradientMoments } from '../estimators/gradientMoments';
import {
  kfacFactors,
  kroneckerCosine,
  momentNorm,
  optimalFactors,
  shampooFactors,
  type Factors,
} from '../estimators/kronecker';
import { matrixPower } from '../linearAlgebra/matrixPowers';
import type { Vector } from '../linearAlgebra/vector';
import { short } from '../numberText';
import { isComputed, type Quantity } from '../quantity';
import { gradientsOf, sampleGradients, sampleMoments } from './sampleGradients';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

const SAMPLES = 64;
const MOST_TENSORS = 40;
const IDS = ['D2.optimal', 'D2.shampooSquared', 'D2.shampoo', 'D2.kfac'] as const;
const NAMES = ['nearest Kronecker product', 'Shampoo²', 'Shampoo', 'K-FAC'] as const;

export const kroneckerQuality: Study = {
  id: 'D2',
  title: 'Quality of Kronecker approximations',
  group: 'conditioning',
  quantities: [...IDS],
  byDefault: false,
  products: () => 10,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const tensors = weightTensors(context.problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes');
  const gradients = await sampleGradients(context, SAMPLES);
  const convolutions = await sampleMoments(context, SAMPLES);
  const kept = tensors.slice(0, MOST_TENSORS);
  const quantities: Quantity[][] = [];
  for (const tensor of kept) {
    quantities.push(cosinesOf(tensor, gradients, convolutions, context));
    context.progress(quantities.length / kept.length);
    await new Promise(setImmediate);
  }
  const optimal = quantities.flatMap(([best]) => (best !== undefined && isComputed(best) ? best.value : []));
  return {
    quantities: quantities.flat(),
    charts: [cosineChart(kept, quantities)],
    remarks: [
      optimal.length === 0
        ? 'No weight is small enough for its Kronecker factors.'
        : `The nearest Kronecker product reaches a cosine of ${short(Math.min(...optimal))} to ${short(Math.max(...optimal))} with the second moment of a weight's gradients.`,
      `Second moments of the gradients of ${gradients.length} samples with their own labels (the empirical Fisher matrix).`,
      ...(kept.length < tensors.length ? [`The first ${kept.length} of ${tensors.length} weights were examined.`] : []),
    ],
  };
}

function cosinesOf(
  { block, index }: WeightTensor,
  rows: readonly Vector[],
  convolutions: ReadonlyMap<number, Factors>,
  { problem }: StudyContext,
): Quantity[] {
  const gradients = gradientsOf(rows, block);
  const size = gradients === undefined ? 0 : momentNorm(gradients);
  if (gradients === undefined || !(size > 0)) {
    const reason = gradients === undefined ? 'the weight is too large for its factors' : 'its gradients are zero';
    return IDS.map((id) => notComputed(id, reason, block.name));
  }
  const bias = problem.parameters.find(
    ({ layer, shape }) => layer === block.layer && shape.length === 1 && shape[0] === block.shape[0],
  );
  const biases = bias === undefined ? undefined : rows.map((row) => row.subarray(bias.offset, bias.offset + bias.size));
  const moments = new GradientMoments(gradients);
  const shampoo = shampooFactors(moments);
  const kfac =
    biases === undefined || block.shape.length !== 2 ? convolutions.get(index) : kfacFactors(gradients, biases);
  const factors: readonly (Factors | undefined)[] = [
    optimalFactors(moments),
    shampoo,
    { left: matrixPower(shampoo.left, 0.5, 0), right: matrixPower(shampoo.right, 0.5, 0) },
    kfac,
  ];
  return factors.map((pair, k) => {
    const id: QuantityId = IDS[k] ?? 'D2.optimal';
    if (pair === undefined)
      return notComputed(
        id,
        'needs a linear layer with a bias that every sample uses once, or a convolution of moderate size in one group',
        block.name,
      );
    return estimate(
      id,
      kroneckerCosine(moments, pair, size),
      { method: `gradients of ${rows.length} samples`, estimator: exactly, sampling: null },
      { hvps: 0, samples: rows.length },
      block.name,
    );
  });
}

const cosineChart = (tensors: readonly WeightTensor[], quantities: readonly (readonly Quantity[])[]): Chart => ({
  kind: 'bars',
  title: 'Cosine with the second moment of the gradients',
  caption: '1: the Kronecker product is exact. No product is better than the nearest one.',
  categories: tensors.map(({ block }) => block.name),
  y: { title: 'cosine', scale: 'linear' },
  series: NAMES.map((name, k) => ({
    name,
    values: quantities.map((row) => {
      const quantity = row[k];
      return quantity !== undefined && isComputed(quantity) ? quantity.value : null;
    }),
  })),
});
