/** C6: what variance-reduced methods could save, from the noise at a nearby point and at other checkpoints. */
import type { LineChart } from '../chart';
import { percent, short } from '../numberText';
import { descend, descentRate } from './descent';
import { ALONG_RUN, noiseAlongRun } from './noiseAlongRun';
import { pairedOf, pairedQuantity, SERIES, type Paired } from './pairedQuantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const PROBES = 16;
/** Full-batch steps between both points; the quantities are those of the first. */
const DISTANCES = [1, 8] as const;

export const varianceReduction: Study = {
  id: 'C6',
  title: 'Potential of variance reduction',
  group: 'samples',
  quantities: ['C6.correlation', 'C6.svrgVarianceLeft', 'C6.bestVarianceLeft', ...ALONG_RUN],
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
  const found: Paired[] = [];
  for (const theta of await descend(context, rate, DISTANCES)) {
    const there = context.perSampleOf({ ...problem, theta });
    found.push(pairedOf(here, await there.directional(probes), context.random('samples of variance reduction')));
    context.progress((0.5 * found.length) / DISTANCES.length);
  }
  const [near] = found;
  if (near === undefined || !Number.isFinite(near.noise.correlation.value))
    throw new StudyRefusal('the gradient does not vary between samples');
  const alongRun = await noiseAlongRun(context, probes, here);
  const { left, best } = near.noise;
  const circumstances = { hvps: 0, samples };
  const method = `${PROBES} random projections, a full-batch step of ${short(rate)} away`;
  return {
    quantities: [
      pairedQuantity('C6.correlation', near, 'correlation', method, circumstances),
      pairedQuantity('C6.svrgVarianceLeft', near, 'left', method, circumstances),
      pairedQuantity('C6.bestVarianceLeft', near, 'best', method, circumstances),
      ...alongRun.quantities,
    ],
    charts: [chartOf(found), ...alongRun.charts],
    tables: alongRun.tables,
    remarks: [
      left.value < 1
        ? `Against a snapshot one step back, SVRG would leave ${percent(left.value)} of the variance; the best weight of the correction ${percent(best.value)}.`
        : `SVRG would add variance even against a snapshot one step back (${short(left.value)} times as much); the best weight of the correction would leave ${percent(best.value)}.`,
      ...alongRun.remarks,
    ],
  };
}

const chartOf = (found: readonly Paired[]): LineChart => ({
  kind: 'lines',
  title: 'Variance left against the age of the snapshot',
  caption: 'Relative to the variance of plain sampling, 1. Above it the correction does harm.',
  x: { title: 'full-batch steps since the snapshot', scale: 'log' },
  y: { title: 'variance left', scale: 'log' },
  series: SERIES.map(([name, key]) => ({
    name,
    style: 'line',
    points: found.map(({ noise }, d) => {
      const { value, halfWidth } = noise[key];
      return { x: DISTANCES[d] ?? NaN, y: value, low: Math.max(0, value - halfWidth), high: value + halfWidth };
    }),
  })),
  marks: [{ axis: 'y', value: 1, label: 'plain sampling' }],
});
