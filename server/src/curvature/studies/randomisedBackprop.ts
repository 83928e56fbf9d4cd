/** C7: what randomised products in the backward pass of linear layers add to the noise that is there. */
import { elementCount, topologicalOrder } from '../../graph/node';
import { notComputed, overSamples, withInterval } from '../analysis/quantities';
import type { LineChart } from '../chart';
import { addedVariance, type LayerNoise } from '../estimators/randomisedBackprop';
import { varies } from '../estimators/sampleNorms';
import { origin } from '../layout';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { short } from '../numberText';
import type { ParameterBlock, Problem } from '../problem';
import type { Quantity } from '../quantity';
import type { Random } from '../random';
import { mean } from '../statistics/moments';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Rows of the sketch over those of the batch, as in the paper's main experiments. */
const RATIO = 0.1;
const RATIOS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] as const;
const USUAL_BATCH = 32;

export const randomisedBackprop: Study = {
  id: 'C7',
  title: 'Randomised products in the backward pass',
  group: 'samples',
  quantities: ['C7.addedVariance'],
  byDefault: false,
  products: () => 6,
  run,
};

interface LinearLayer {
  readonly name: string;
  /** Places of weight and bias among the parameters. */
  readonly weight: number;
  readonly bias: number;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, options } = context;
  if (problem.sampleCount < 3) throw new StudyRefusal(`needs at least 3 samples, not ${problem.sampleCount}`);
  const layers = linearLayers(problem);
  if (layers.length === 0)
    throw new StudyRefusal(
      'no linear layer with a bias takes one row per sample, so that norms of its input and output are known',
    );
  const batch = options.optimizer?.batchSize ?? USUAL_BATCH;
  const noises = await noisesOf(context, layers);
  const method = `batches of ${batch}, sketches of a tenth of their rows`;
  const circumstances = { hvps: 0, samples: problem.sampleCount };
  const random = context.random('randomised products');
  const quantities = layers.map(({ name }, l): Quantity => {
    const noise = noises[l] as LayerNoise;
    if (!isVarying(noise, ROUNDOFF[context.engine.precision]))
      return notComputed(
        'C7.addedVariance',
        'the gradient of the layer does not vary between samples beyond rounding',
        name,
      );
    const added = addedVariance(noise, batch, RATIO, random);
    return withInterval('C7.addedVariance', added.value, overSamples(added), { method }, circumstances, name);
  });
  return {
    quantities,
    charts: [chartOf(layers, noises, batch, random)],
    remarks: quantities.flatMap((quantity, l) =>
      'value' in quantity
        ? [
            `${layers[l]?.name ?? ''}: products with a tenth of the rows would add ${short(quantity.value)} times the variance of the batch.`,
          ]
        : [],
    ),
  };
}

/** Layers y = Wx + b whose weight multiplies one row per sample: their gradient of one sample is yxᵀ, and that of the bias is y. */
function linearLayers(problem: Problem): LinearLayer[] {
  const { parameters: nodes, loss } = problem.trace(1);
  const order = topologicalOrder([loss]);
  return problem.parameters.flatMap((block, weight): LinearLayer[] => {
    const [rows = 0, columns = 0] = block.shape;
    const bias = problem.parameters.findIndex((other) => isBiasOf(other, block));
    if (block.shape.length !== 2 || bias < 0) return [];
    const uses = order.filter(
      (node) => node.primitive === 'dot' && node.inputs.some((x) => origin(x) === nodes[weight]),
    );
    const oneRow = uses.length === 1 && uses[0] !== undefined && elementCount(uses[0].shape) === rows && columns > 0;
    return oneRow ? [{ name: block.layer || block.name, weight, bias }] : [];
  });
}

const isVarying = ({ inputs, outputs, projections }: LayerNoise, roundoff: number): boolean =>
  varies(
    { squares: inputs.map((input, i) => input * (outputs[i] as number)), meanSquare: mean(projections) },
    roundoff,
  );

const isBiasOf = (other: ParameterBlock, weight: ParameterBlock): boolean =>
  other.layer === weight.layer &&
  other.shape.length === 1 &&
  other.size === weight.shape[0] &&
  other.name.endsWith('bias');

async function noisesOf({ perSample, point }: StudyContext, layers: readonly LinearLayer[]): Promise<LayerNoise[]> {
  const own = perSample();
  const { squares, projections } = await own.gradientsAlong(point.gradient);
  return layers.map(({ weight, bias }) => {
    const outputs = squares[bias] as Float64Array;
    const products = squares[weight] as Float64Array;
    return {
      outputs,
      // Where nothing flows back, the input does not matter.
      inputs: outputs.map((square, i) => (square > 0 ? (products[i] as number) / square : 0)),
      projections: projections[weight] as Float64Array,
    };
  });
}

const chartOf = (
  layers: readonly LinearLayer[],
  noises: readonly LayerNoise[],
  batch: number,
  random: Random,
): LineChart => ({
  kind: 'lines',
  title: 'Variance added by randomised products',
  caption: `Relative to the variance of a batch of ${batch}; below 1 the sampling of data dominates.`,
  x: { title: 'rows of the sketch over rows of the batch', scale: 'log' },
  y: { title: 'added variance', scale: 'log' },
  series: layers.map(({ name }, l) => ({
    name,
    style: 'line',
    points: RATIOS.map((ratio) => {
      const { value, low, high } = addedVariance(noises[l] as LayerNoise, batch, ratio, random);
      return { x: ratio, y: value, low, high };
    }),
  })),
  marks: [{ axis: 'y', value: 1, label: 'variance of the batch' }],
});
