/** The part of C6 along a run: what a snapshot at another checkpoint would still tell of the noise at the analysed parameters. */
import { notComputed, type Circumstances } from '../analysis/quantities';
import type { LineChart, StudyTable } from '../chart';
import { percent, short } from '../numberText';
import type { Quantity } from '../quantity';
import { someOtherCheckpoints } from './otherCheckpoints';
import { pairedOf, pairedQuantity, SERIES, type Paired } from './pairedQuantity';
import { StudyRefusal, type StudyContext } from './study';

export const ALONG_RUN = [
  'C6.checkpointCorrelation',
  'C6.checkpointVarianceLeft',
  'C6.checkpointBestVarianceLeft',
] as const;

export interface NoiseAlongRun {
  readonly quantities: readonly Quantity[];
  readonly charts: readonly LineChart[];
  readonly tables: readonly StudyTable[];
  readonly remarks: readonly string[];
}

interface Compared extends Paired {
  readonly name: string;
  readonly step: number;
}

/** `here[k][i]` = zₖ·gᵢ at the analysed parameters. Where there is no other checkpoint of the run, the reason in place of numbers. */
export async function noiseAlongRun(
  context: StudyContext,
  probes: readonly Float64Array[],
  here: readonly Float64Array[],
): Promise<NoiseAlongRun> {
  try {
    return reported(await compared(context, probes, here), probes.length, context.problem.sampleCount);
  } catch (error) {
    if (!(error instanceof StudyRefusal)) throw error;
    return {
      quantities: ALONG_RUN.map((id) => notComputed(id, error.message)),
      charts: [],
      tables: [],
      remarks: [],
    };
  }
}

async function compared(
  context: StudyContext,
  probes: readonly Float64Array[],
  here: readonly Float64Array[],
): Promise<Compared[]> {
  const others = await someOtherCheckpoints(context);
  const found: Compared[] = [];
  for (const { name, step, problem } of others) {
    const there = context.perSampleOf(problem);
    const paired = pairedOf(here, await there.directional(probes), context.random(`samples of ${name}`));
    there.dispose();
    if (Number.isFinite(paired.noise.correlation.value)) found.push({ name, step, ...paired });
    context.progress(0.5 + (0.5 * found.length) / others.length);
  }
  if (found.length === 0) throw new StudyRefusal('at no other checkpoint does the gradient vary between samples');
  return found;
}

function reported(found: readonly Compared[], probes: number, samples: number): NoiseAlongRun {
  const circumstances: Circumstances = { hvps: 0, samples };
  const method = `${probes} random projections`;
  return {
    quantities: found.flatMap((each) => [
      pairedQuantity('C6.checkpointCorrelation', each, 'correlation', method, circumstances, each.name),
      pairedQuantity('C6.checkpointVarianceLeft', each, 'left', method, circumstances, each.name),
      pairedQuantity('C6.checkpointBestVarianceLeft', each, 'best', method, circumstances, each.name),
    ]),
    charts: [chartOf(found)],
    tables: [tableOf(found)],
    remarks: [remarkOf(found)],
  };
}

const chartOf = (found: readonly Compared[]): LineChart => ({
  kind: 'lines',
  title: 'Variance left by a snapshot at another checkpoint',
  caption:
    'Relative to the variance of plain sampling at the analysed parameters, 1. Above it the correction does harm.',
  x: { title: 'step of the snapshot', scale: 'linear' },
  y: { title: 'variance left', scale: 'log' },
  series: SERIES.map(([name, key]) => ({
    name,
    style: 'line',
    points: found.map(({ name: label, step, noise }) => {
      const { value, halfWidth } = noise[key];
      return { x: step, y: value, low: Math.max(0, value - halfWidth), high: value + halfWidth, label };
    }),
  })),
  marks: [{ axis: 'y', value: 1, label: 'plain sampling' }],
});

const tableOf = (found: readonly Compared[]): StudyTable => ({
  title: 'Noise along the run',
  caption: 'Of the gradients of single samples at a checkpoint against those at the analysed parameters.',
  columns: [
    { title: 'checkpoint' },
    { title: 'step' },
    { title: 'correlation' },
    { title: 'left by SVRG' },
    { title: 'left by the best weight' },
  ],
  rows: found.map(({ name, step, noise }) => [name, step, noise.correlation.value, noise.left.value, noise.best.value]),
});

function remarkOf(found: readonly Compared[]): string {
  const helps = found.filter(({ noise }) => noise.left.value < 1);
  const best = [...found].sort((a, b) => a.noise.best.value - b.noise.best.value)[0];
  const plain =
    helps.length === 0
      ? 'SVRG would add variance against every other checkpoint'
      : `SVRG would reduce variance against ${helps.length} of ${found.length} other checkpoints`;
  return `${plain}; the best weight of the correction would leave ${percent(best?.noise.best.value ?? NaN)} against ${best?.name ?? ''} (correlation ${short(best?.noise.correlation.value ?? NaN)}).`;
}
