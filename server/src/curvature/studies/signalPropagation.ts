/** D4: how large activations and gradients are from layer to layer, and which units never fire. */
import { elementCount } from '../../graph/node';
import { estimate, notComputed, withInterval } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Chart, StudyTable } from '../chart';
import { growthPerLayer, kurtosisOf, shareOfZeros } from '../estimators/propagation';
import { short } from '../numberText';
import { layerSignals, RECTIFIER, type LayerSignal, type Signals } from '../operators/layerSignals';
import { symmetricSpread, type Quantity } from '../quantity';
import { mean } from '../statistics/moments';
import { positiveLimits } from '../statistics/studentisedFunction';
import { featureAlignment } from './featureAlignment';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors } from './weightTensors';

const BATCH = 128;
/** Fewer layers have no growth rate. */
const FEWEST_LAYERS = 3;

export const signalPropagation: Study = {
  id: 'D4',
  title: 'Signal propagation',
  group: 'propagation',
  quantities: [
    'D4.activation',
    'D4.gradient',
    'D4.deadShare',
    'D4.forwardGrowth',
    'D4.backwardGrowth',
    'D4.gradientRatio',
    'D4.outputKurtosis',
    'D4.alignment',
  ],
  byDefault: false,
  products: () => 2,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem, engine, options } = context;
  const signals = await layerSignals(problem, engine, {
    batch: Math.min(options.batch ?? BATCH, BATCH),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  // Growth is counted from weight to weight: norms and activations between them are part of the step.
  const owners = new Set(weightTensors(problem.parameters).map(({ block }) => block.layer));
  const weighted = signals.layers.filter(({ name }) => owners.has(name));
  const rectifiers = signals.layers.filter(isRectifier);
  if (weighted.length === 0 && rectifiers.length === 0)
    throw new StudyRefusal('no layer with weights gives one row per sample');
  const quantities = [
    ...signals.layers.flatMap((layer) => layerQuantities(layer, context)),
    ...rectifiers.map((layer) => deadQuantity(layer, context)),
    ...growthQuantities(weighted, context),
    kurtosisQuantity(signals, context),
  ];
  context.progress(0.3);
  const alignment = await featureAlignment(context);
  return {
    quantities: [...quantities, ...alignment.quantities],
    charts: [signalChart(signals.layers), ...alignment.charts],
    tables: [layerTable(signals.layers)],
    remarks: [
      ...remarksOf(weighted, rectifiers, quantities),
      ...alignment.remarks,
      ...(signals.omitted === 0 ? [] : [`${signals.omitted} further layers were left out.`]),
    ],
  };
}

/** Layers that give exact zeros where their input is negative. */
const isRectifier = ({ type }: LayerSignal): boolean => type === RECTIFIER || type === 'ReLU' || type === 'ReLU6';

const rootMeanSquare = (squares: Float64Array, width: number): number => Math.sqrt(mean(squares) / width);

function layerQuantities({ name, width, forward, backward }: LayerSignal, context: StudyContext): Quantity[] {
  const make = (id: QuantityId, squares: Float64Array, size: number): Quantity =>
    ofMeans(id, [squares], ([square = NaN]) => Math.sqrt(square / size), context, name);
  return [make('D4.activation', forward, width), make('D4.gradient', backward, 1)];
}

/** A positive function of means over the samples; samples that see each other have no interval. */
function ofMeans(
  id: QuantityId,
  perSample: readonly Float64Array[],
  value: (means: readonly number[]) => number,
  { problem, random }: StudyContext,
  part?: string,
): Quantity {
  const found = value(perSample.map((row) => mean(row)));
  if (!Number.isFinite(found)) return notComputed(id, 'the signal is zero or not finite', part);
  // A mean of squares that is zero has no sample with another value.
  const { low, high } =
    problem.separable && found > 0
      ? positiveLimits(perSample, value, random(`${id} ${part ?? ''}`))
      : { low: found, high: found };
  const sampling = problem.separable ? (high - low) / 2 : null;
  return withInterval(
    id,
    found,
    { low, high, estimator: 0, sampling },
    { method: 'forward and reverse pass, samples resampled' },
    { hvps: 0, samples: problem.sampleCount },
    part,
  );
}

function deadQuantity({ name, units }: LayerSignal, { problem }: StudyContext): Quantity {
  return estimate(
    'D4.deadShare',
    shareOfZeros(units),
    {
      method: `${units.length} units, zero for all samples`,
      estimator: symmetricSpread(0),
      sampling: null,
    },
    { hvps: 0, samples: problem.sampleCount },
    name,
  );
}

function growthQuantities(weighted: readonly LayerSignal[], context: StudyContext): Quantity[] {
  if (weighted.length < FEWEST_LAYERS)
    return (['D4.forwardGrowth', 'D4.backwardGrowth', 'D4.gradientRatio'] as const).map((id) =>
      notComputed(id, `${weighted.length} layers with weights are too few for a rate (${FEWEST_LAYERS} at least)`),
    );
  const forward = weighted.map(({ forward: squares }) => squares);
  const backward = weighted.map(({ backward: squares }) => squares);
  const widths = weighted.map(({ width }) => width);
  return [
    ofMeans(
      'D4.forwardGrowth',
      forward,
      (squares) => growthPerLayer(squares.map((square, l) => Math.sqrt(square / (widths[l] ?? 1)))),
      context,
    ),
    ofMeans(
      'D4.backwardGrowth',
      backward,
      (squares) => growthPerLayer(squares.map((square) => Math.sqrt(square)).reverse()),
      context,
    ),
    ofMeans(
      'D4.gradientRatio',
      backward,
      (squares) => Math.sqrt((squares[0] ?? NaN) / (squares.at(-1) ?? NaN)),
      context,
    ),
  ];
}

/** Without a sampling interval: its width depends on eighth moments, which some hundred samples do not show. */
function kurtosisQuantity({ outputMoments }: Signals, context: StudyContext): Quantity {
  const { sampleCount } = context.problem;
  const means = outputMoments.map((perSample) => mean(perSample));
  const kurtosis = kurtosisOf(means, outputsPerSample(context));
  if (!Number.isFinite(kurtosis)) return notComputed('D4.outputKurtosis', 'the output does not vary');
  return estimate(
    'D4.outputKurtosis',
    kurtosis,
    {
      method: 'of the analysed samples; what others would give is not estimated',
      estimator: symmetricSpread(0),
      sampling: null,
    },
    { hvps: 0, samples: sampleCount },
  );
}

/** Elements of the model's output for one sample. */
function outputsPerSample({ problem }: StudyContext): number {
  return elementCount(problem.trace(1).output.shape);
}

function signalChart(layers: readonly LayerSignal[]): Chart {
  const series = (
    name: string,
    value: (layer: LayerSignal) => number,
  ): { name: string; style: 'line'; points: { x: number; y: number; label: string }[] } => ({
    name,
    style: 'line',
    points: layers
      .map((layer, i) => ({ x: i + 1, y: value(layer), label: `${layer.name} (${layer.type})` }))
      .filter(({ y }) => y > 0),
  });
  return {
    kind: 'lines',
    title: 'Activations and gradients by layer',
    caption:
      'A steady fall of the gradient towards the first layer means that it vanishes, a steady rise that it explodes.',
    x: { title: 'layer, in the order of execution', scale: 'linear' },
    y: { title: 'root mean square', scale: 'log' },
    series: [
      series('activation of a unit', ({ forward, width }) => rootMeanSquare(forward, width)),
      series("norm of a sample's gradient", ({ backward }) => rootMeanSquare(backward, 1)),
    ],
  };
}

const layerTable = (layers: readonly LayerSignal[]): StudyTable => ({
  title: 'Layers',
  columns: [
    { title: 'layer' },
    { title: 'type' },
    { title: 'elements' },
    { title: 'activation', unit: 'root mean square' },
    { title: 'gradient', unit: 'root mean square of its norm' },
    { title: 'units' },
    { title: 'zero for all samples', unit: 'units' },
  ],
  rows: layers.map(({ name, type, width, forward, backward, units }) => [
    name,
    type,
    width,
    rootMeanSquare(forward, width),
    rootMeanSquare(backward, 1),
    units.length,
    Math.round(shareOfZeros(units) * units.length),
  ]),
});

function remarksOf(
  weighted: readonly LayerSignal[],
  rectifiers: readonly LayerSignal[],
  quantities: readonly Quantity[],
): string[] {
  const value = (id: string): number | undefined =>
    quantities.flatMap((quantity) => (quantity.id === id && 'value' in quantity ? quantity.value : []))[0];
  const [forward, backward, ratio] = [value('D4.forwardGrowth'), value('D4.backwardGrowth'), value('D4.gradientRatio')];
  const dead = rectifiers.reduce((sum, { units }) => sum + Math.round(shareOfZeros(units) * units.length), 0);
  const units = rectifiers.reduce((sum, layer) => sum + layer.units.length, 0);
  return [
    forward === undefined || backward === undefined || ratio === undefined
      ? `The model has ${weighted.length} layers with weights.`
      : `From weight to weight activations grow by a factor ${short(forward)}, gradients on their way back by ${short(backward)}; the first layer's gradient is ${short(ratio)} times the last one's.`,
    rectifiers.length === 0
      ? 'No rectifier was found, so that no unit can be dead.'
      : `${dead} of ${units} rectified units are zero for all samples.`,
  ];
}
