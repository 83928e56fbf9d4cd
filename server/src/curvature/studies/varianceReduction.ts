/** C6: what variance-reduced methods could save, from the noise at a nearby point. */
import { withInterval, type Circumstances } from '../analysis/quantities';
import type { LineChart } from '../chart';
import type { Probed } from '../estimators/hutchPlusPlus';
import { pairedNoise, type PairedNoise } from '../estimators/pairedNoise';
import { percent, short } from '../numberText';
import type { Quantity } from '../quantity';
import { descend, descentRate } from './descent';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const PROBES = 16;
/** Full-batch steps between both points; the quantities are those of the first. */
const DISTANCES = [1, 8] as const;

export const varianceReduction: Study = {
  id: 'C6',
  title: 'Potential of variance reduction',
  group: 'samples',
  quantities: ['C6.correlation', 'C6.svrgVarianceLeft', 'C6.bestVarianceLeft'],
  byDefault: false,
  needs: ['A1'],
  products: () => 20,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { problem } = context;
  const samples = problem.sampleCount;
  if (samples < 3) throw new StudyRefusal(`needs at least 3 samples, not ${samples}`);
  const rate = descentRate(context);
  if (rate === undefined) throw new StudyRefusal('no learning rate is known, and no direction is curved upwards');
  const source = context.random('variance reduction');
  const probes = Array.from({ length: PROBES }, () => source.rademacherVector(problem.theta.length));
  const here = await context.perSample().directional(probes);
  const found: PairedNoise[] = [];
  for (const theta of await descend(context, rate, DISTANCES)) {
    const there = context.perSampleOf({ ...problem, theta });
    found.push(pairedNoise(here, await there.directional(probes)));
    context.progress(found.length / DISTANCES.length);
  }
  const [near] = found;
  if (near === undefined || !Number.isFinite(near.correlation.value))
    throw new StudyRefusal('the gradient does not vary between samples');
  const circumstances = { hvps: 0, samples };
  const method = `${PROBES} random projections, a full-batch step of ${short(rate)} away`;
  return {
    quantities: [
      bounded('C6.correlation', near.correlation, [-1, 1], method, circumstances),
      bounded('C6.svrgVarianceLeft', near.left, [0, null], method, circumstances),
      bounded('C6.bestVarianceLeft', near.best, [0, 1], method, circumstances),
    ],
    charts: [chartOf(found)],
    remarks: [
      near.left.value < 1
        ? `Against a snapshot one step back, SVRG would leave ${percent(near.left.value)} of the variance; the best weight of the correction ${percent(near.best.value)}.`
        : `SVRG would add variance even against a snapshot one step back (${short(near.left.value)} times as much); the best weight of the correction would leave ${percent(near.best.value)}.`,
    ],
  };
}

function bounded(
  id: 'C6.correlation' | 'C6.svrgVarianceLeft' | 'C6.bestVarianceLeft',
  { value, halfWidth }: Probed,
  [least, most]: readonly [number, number | null],
  method: string,
  circumstances: Circumstances,
): Quantity {
  const interval = {
    low: Math.max(least, value - halfWidth),
    high: most === null ? value + halfWidth : Math.min(most, value + halfWidth),
    estimator: halfWidth,
    sampling: null,
  };
  return withInterval(id, value, interval, { method }, circumstances);
}

const chartOf = (found: readonly PairedNoise[]): LineChart => ({
  kind: 'lines',
  title: 'Variance left against the age of the snapshot',
  caption: 'Relative to the variance of plain sampling, 1. Above it the correction does harm.',
  x: { title: 'full-batch steps since the snapshot', scale: 'log' },
  y: { title: 'variance left', scale: 'log' },
  series: (
    [
      ['SVRG', 'left'],
      ['best weight', 'best'],
    ] as const
  ).map(([name, key]) => ({
    name,
    style: 'line',
    points: found.map((noise, d) => {
      const { value, halfWidth } = noise[key];
      return { x: DISTANCES[d] ?? NaN, y: value, low: Math.max(0, value - halfWidth), high: value + halfWidth };
    }),
  })),
  marks: [{ axis: 'y', value: 1, label: 'plain sampling' }],
});
