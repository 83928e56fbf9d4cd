/** The part of C4 along a run: how much of today's leading eigenspace was there at earlier checkpoints. */
import { notComputed, withInterval } from '../analysis/quantities';
import type { LineChart, StudyTable } from '../chart';
import { lanczos, type RitzPair } from '../estimators/lanczos';
import { keptDirections, subspaceOverlap, type Eigenspace } from '../estimators/subspaceOverlap';
import { percent } from '../numberText';
import { valueOf, type Quantity } from '../quantity';
import { someOtherCheckpoints, type OtherCheckpoint } from './otherCheckpoints';
import { StudyRefusal, type StudyContext } from './study';

const MOST_PRODUCTS = 120;
const TOLERANCE = 1e-5;
/** Intervals wider than this are said to be unresolved. */
const WIDE = 0.05;

export interface Rotation {
  readonly quantities: readonly Quantity[];
  readonly charts: readonly LineChart[];
  readonly tables: readonly StudyTable[];
  readonly remarks: readonly string[];
}

/** Where there is no other checkpoint of the run, the reason in place of numbers. */
export async function eigenspaceRotation(context: StudyContext): Promise<Rotation> {
  try {
    return await alongRun(context);
  } catch (error) {
    if (!(error instanceof StudyRefusal)) throw error;
    return { quantities: [notComputed('C4.overlap', error.message)], charts: [], tables: [], remarks: [] };
  }
}

interface Compared {
  readonly name: string;
  readonly step: number;
  readonly quantity: Quantity;
  readonly overlap: number;
  readonly halfWidth: number;
  readonly kept: readonly number[];
}

async function alongRun(context: StudyContext): Promise<Rotation> {
  const { problem, ends } = context;
  const others = await someOtherCheckpoints(context);
  const own = ownSpace(ends?.top ?? [], valueOf(context.quantity('A4.outliers')));
  const found: Compared[] = [];
  for (const [i, other] of others.entries()) {
    found.push(await comparedWith(context, own, other));
    context.progress(0.5 + (0.5 * (i + 1)) / others.length);
  }
  const random = own.pairs.length / problem.theta.length;
  return {
    quantities: found.map(({ quantity }) => quantity),
    charts: [chartOf(found, random)],
    tables: [tableOf(found, own)],
    remarks: [remarkOf(found, own.pairs.length, random)],
  };
}

/** The outliers where there are any, else all known eigenvectors but the last, whose eigenvalue shows the gap. */
function ownSpace(top: readonly RitzPair[], outliers: number | undefined): Eigenspace {
  if (top.length < 2) throw new StudyRefusal('needs at least two of the largest eigenvalues (--top)');
  const count = Math.max(1, Math.min(outliers ?? top.length - 1, top.length - 1));
  return { pairs: top.slice(0, count), next: top[count]?.value ?? NaN };
}

async function comparedWith(
  context: StudyContext,
  own: Eigenspace,
  { name, step, problem }: OtherCheckpoint,
): Promise<Compared> {
  const count = own.pairs.length;
  const operator = await context.hessianOf(problem);
  const { top, applications } = await lanczos(operator, {
    top: count + 1,
    bottom: 0,
    tolerance: TOLERANCE,
    maxApplications: Math.max(MOST_PRODUCTS, 12 * count),
    maxBasis: Math.max(MOST_PRODUCTS, 12 * count),
    block: operator.blockSize,
    random: context.random(`eigenspace of ${name}`),
    sketch: 0,
  });
  const there = { pairs: top.slice(0, count), next: top[count]?.value ?? NaN };
  const { value, halfWidth } = subspaceOverlap(own, there);
  const interval = {
    low: Math.max(0, value - halfWidth),
    high: Math.min(1, value + halfWidth),
    estimator: halfWidth,
    sampling: null,
  };
  const details = {
    method: `${count} leading eigenvectors each, Lanczos`,
    ...(halfWidth > WIDE
      ? { notResolved: `eigenvalues ${count} and ${count + 1} are too close for ${applications} products` }
      : {}),
  };
  const circumstances = { hvps: applications, samples: problem.sampleCount };
  const quantity = withInterval('C4.overlap', value, interval, details, circumstances, name);
  return { name, step, quantity, overlap: value, halfWidth, kept: keptDirections(own, there) };
}

const chartOf = (found: readonly Compared[], random: number): LineChart => ({
  kind: 'lines',
  title: 'Overlap of the leading eigenspace along the run',
  caption: 'With the leading eigenspace at the analysed parameters; 1: the same space.',
  x: { title: 'step', scale: 'linear' },
  y: { title: 'overlap', scale: 'linear' },
  series: [
    {
      name: 'overlap',
      style: 'line',
      points: found.map(({ step, overlap, halfWidth, name }) => ({
        x: step,
        y: overlap,
        low: Math.max(0, overlap - halfWidth),
        high: Math.min(1, overlap + halfWidth),
        label: name,
      })),
    },
  ],
  marks: [{ axis: 'y', value: random, label: 'a random space' }],
});

const tableOf = (found: readonly Compared[], own: Eigenspace): StudyTable => ({
  title: 'Directions kept along the run',
  caption: 'Share of each of today’s leading eigenvectors that lay in the leading eigenspace of a checkpoint.',
  columns: [
    { title: 'checkpoint' },
    { title: 'step' },
    ...own.pairs.map((_, k) => ({ title: `direction ${k + 1}`, unit: 'share' })),
  ],
  rows: found.map(({ name, step, kept }) => [name, step, ...kept]),
});

function remarkOf(found: readonly Compared[], count: number, random: number): string {
  const [first, last] = [found[0], found.at(-1)];
  const shares = [...new Set([first, last])].map(
    (each) => `${percent(each?.overlap ?? NaN)} at step ${each?.step ?? 0}`,
  );
  return `Of the ${count} leading directions ${shares.join(' and ')} were the same; of random ones ${percent(random)} would be.`;
}
