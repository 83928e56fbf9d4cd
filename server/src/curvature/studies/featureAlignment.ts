/** The part of D4 about what layers have learned: alignment of their tangent features with the labels. */
import { notComputed, withInterval } from '../analysis/quantities';
import type { BarChart } from '../chart';
import { layerGram, tangentAlignment } from '../estimators/tangentAlignment';
import type { Probed } from '../estimators/hutchPlusPlus';
import { short } from '../numberText';
import type { Quantity } from '../quantity';
import { outputGradients } from './outputGradients';
import { StudyRefusal, type StudyContext } from './study';

/** Samples times outputs: the cost grows with its square. */
const MOST_ROWS = 240;
/** Fewer have no meaningful mean to be centred by. */
const FEWEST_SAMPLES = 8;

export interface FeatureAlignment {
  readonly quantities: readonly Quantity[];
  readonly charts: readonly BarChart[];
  readonly remarks: readonly string[];
}

/** Where labels or outputs are no classes, the reason in place of numbers. */
export async function featureAlignment(context: StudyContext): Promise<FeatureAlignment> {
  try {
    return await ofLayers(context);
  } catch (error) {
    if (!(error instanceof StudyRefusal || error instanceof RangeError)) throw error;
    return { quantities: [notComputed('D4.alignment', error.message)], charts: [], remarks: [] };
  }
}

async function ofLayers(context: StudyContext): Promise<FeatureAlignment> {
  const { problem, layers } = context;
  if (problem.labels === undefined) throw new StudyRefusal('the samples have no class of their own');
  const { jacobians, picked, outputs } = await outputGradients(context, MOST_ROWS);
  if (outputs !== problem.classCount)
    throw new StudyRefusal(`the model has ${outputs} outputs for ${problem.classCount ?? 0} classes`);
  if (picked.length < FEWEST_SAMPLES)
    throw new StudyRefusal(`the matrix of all outputs can be afforded for ${picked.length} samples only`);
  const rows = jacobians.flatMap((each) => each.rows);
  const classes = picked.map((i) => problem.labels?.classes[i] ?? 0);
  const found: (Probed & { readonly name: string })[] = [];
  for (const layer of layers) {
    found.push({ name: layer.name, ...tangentAlignment(layerGram(rows, layer), classes, outputs) });
    context.progress(0.5 + (0.5 * found.length) / layers.length);
    await new Promise(setImmediate);
  }
  return {
    quantities: found.map(({ name, ...alignment }) => quantityOf(name, alignment, picked.length)),
    charts: [chartOf(found)],
    remarks: remarkOf(found),
  };
}

function quantityOf(name: string, { value, halfWidth }: Probed, samples: number): Quantity {
  if (!Number.isFinite(value))
    return notComputed('D4.alignment', 'neither features nor labels differ between samples', name);
  return withInterval(
    'D4.alignment',
    value,
    { low: Math.max(0, value - halfWidth), high: Math.min(1, value + halfWidth), estimator: 0, sampling: halfWidth },
    { method: `tangent kernel of ${samples} samples` },
    { hvps: 0, samples },
    name,
  );
}

const chartOf = (found: readonly (Probed & { readonly name: string })[]): BarChart => ({
  kind: 'bars',
  title: 'Alignment of layers with the labels',
  caption:
    'Centred alignment of the tangent kernel of each layer with the labels; training raises it, most where signals pass best.',
  categories: found.map(({ name }) => name),
  y: { title: 'alignment', scale: 'linear' },
  series: [
    {
      name: 'alignment',
      values: found.map(({ value }) => (Number.isFinite(value) ? value : null)),
      low: found.map(({ value, halfWidth }) => Math.max(0, value - halfWidth)),
      high: found.map(({ value, halfWidth }) => Math.min(1, value + halfWidth)),
    },
  ],
});

function remarkOf(found: readonly (Probed & { readonly name: string })[]): string[] {
  const known = found.filter(({ value }) => Number.isFinite(value)).sort((a, b) => b.value - a.value);
  const [most, least] = [known[0], known.at(-1)];
  return most === undefined || least === undefined || most === least
    ? []
    : [
        `The layer most aligned with the labels is ${most.name || 'the model'} (${short(most.value)}), the least ${least.name || 'the model'} (${short(least.value)}).`,
      ];
}
