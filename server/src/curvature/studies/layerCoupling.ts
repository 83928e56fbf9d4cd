/** A11: which layers act on each other's curvature, as norms of the blocks of H. */
import { notComputed, withInterval } from '../analysis/quantities';
import type { HeatMap } from '../chart';
import { blockNorms, exactBlockNorms, shortened, type BlockNorms } from '../estimators/blockNorms';
import type { Probed } from '../estimators/hutchPlusPlus';
import { emptySketch } from '../estimators/sketch';
import { percent, short } from '../numberText';
import type { ParameterGroup } from '../problem';
import { isComputed, type Quantity } from '../quantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

const PROBES = 8;
/** Layers with rows of their own; the smaller ones are taken together. */
const MOST_LAYERS = 24;
const DIRECTIONS = 12;

export const layerCoupling: Study = {
  id: 'A11',
  title: 'Coupling between layers',
  group: 'spectrum',
  quantities: ['A11.offDiagonalShare', 'A11.layerOffDiagonalShare'],
  byDefault: false,
  needs: ['A1', 'A2'],
  products: ({ layers }) => PROBES * Math.min(layers.length, MOST_LAYERS),
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const groups = largest(context.layers);
  if (groups.length < 2) throw new StudyRefusal('the model has one layer only');
  const norms = await normsOf(context, groups);
  const circumstances = { hvps: context.products(), samples: context.problem.sampleCount };
  const method =
    norms.probes === 0 ? 'entries of the dense matrix' : `${norms.probes} probes a layer, sketch taken out`;
  const share = (
    id: 'A11.offDiagonalShare' | 'A11.layerOffDiagonalShare',
    outside: Probed,
    whole: number,
    part?: string,
  ): Quantity => {
    if (!(whole > 0)) return notComputed(id, 'the rows are zero', part);
    const [value, half] = [outside.value / whole, outside.halfWidth / whole];
    const interval = {
      low: Math.max(0, value - half),
      high: Math.min(1, value + half),
      estimator: half,
      sampling: null,
    };
    return withInterval(id, Math.min(1, value), interval, { method }, circumstances, part);
  };
  const rows = groups.map(({ name }, l) => {
    const others = (norms.squares[l] ?? []).filter((_, m) => m !== l);
    const outside = {
      value: sum(others, ({ value }) => value),
      halfWidth: Math.hypot(...others.map(({ halfWidth }) => halfWidth)),
    };
    return share('A11.layerOffDiagonalShare', outside, outside.value + (norms.squares[l]?.[l]?.value ?? 0), name);
  });
  const whole =
    norms.offDiagonal.value +
    sum(
      groups.map((_, l) => norms.squares[l]?.[l]),
      (own) => own?.value ?? 0,
    );
  const total = share('A11.offDiagonalShare', norms.offDiagonal, whole);
  return {
    quantities: [total, ...rows],
    charts: [normMap(groups, norms), couplingMap(groups, norms)],
    remarks: [...(isComputed(total) ? [headline(total.value, groups, norms)] : []), ...merged(context.layers, groups)],
  };
}

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

async function normsOf(
  { ends, traces, hessian, random, progress }: StudyContext,
  groups: readonly ParameterGroup[],
): Promise<BlockNorms> {
  if (ends?.rows !== undefined) return exactBlockNorms(ends.rows, groups);
  const sketch = shortened(traces?.sketch ?? emptySketch, DIRECTIONS);
  return blockNorms(await hessian(), groups, sketch, {
    probes: PROBES,
    random: random('layer coupling'),
    onProgress: progress,
  });
}

/** The largest layers in their order, and the rest as one group. */
function largest(layers: readonly ParameterGroup[]): ParameterGroup[] {
  if (layers.length <= MOST_LAYERS) return [...layers];
  const bySize = [...layers].sort((a, b) => b.size - a.size);
  const kept = new Set(bySize.slice(0, MOST_LAYERS - 1));
  const rest = layers.filter((layer) => !kept.has(layer));
  return [
    ...layers.filter((layer) => kept.has(layer)),
    {
      name: `${rest.length} smaller layers`,
      size: sum(rest, ({ size }) => size),
      ranges: rest.flatMap(({ ranges }) => ranges),
    },
  ];
}

const merged = (layers: readonly ParameterGroup[], groups: readonly ParameterGroup[]): string[] =>
  groups.length === layers.length
    ? []
    : [`The ${layers.length - groups.length + 1} smallest layers are taken together.`];

const normMap = (groups: readonly ParameterGroup[], { squares }: BlockNorms): HeatMap => ({
  kind: 'heatmap',
  title: 'Norms of the blocks of the Hessian',
  caption:
    'Frobenius norm of the second derivatives by the parameters of two layers. What lies off the diagonal is what layer-wise methods leave out.',
  rows: groups.map(({ name }) => name),
  columns: groups.map(({ name }) => name),
  values: squares.map((row) => row.map(({ value }) => Math.sqrt(value))),
  unit: 'loss / parameter²',
  scale: 'log',
});

const couplingMap = (groups: readonly ParameterGroup[], { squares }: BlockNorms): HeatMap => ({
  kind: 'heatmap',
  title: 'Relative coupling of layers',
  caption: '‖H_lm‖ over the geometric mean of ‖H_ll‖ and ‖H_mm‖: 0 for layers that do not act on each other.',
  rows: groups.map(({ name }) => name),
  columns: groups.map(({ name }) => name),
  values: squares.map((row, l) =>
    row.map(({ value }, m) => {
      const own = Math.sqrt((squares[l]?.[l]?.value ?? 0) * (squares[m]?.[m]?.value ?? 0));
      return own > 0 ? Math.sqrt(value / own) : null;
    }),
  ),
  unit: 'relative',
  scale: 'linear',
});

function headline(share: number, groups: readonly ParameterGroup[], { squares }: BlockNorms): string {
  let best = { l: 0, m: 1, value: -1 };
  squares.forEach((row, l) =>
    row.forEach(({ value }, m) => {
      if (m > l && value > best.value) best = { l, m, value };
    }),
  );
  const between = `${groups[best.l]?.name || 'the model'} and ${groups[best.m]?.name || 'the model'}`;
  return `Blocks between different layers hold ${percent(share)} of ‖H‖_F²; the strongest is between ${between}, ‖H_lm‖_F = ${short(Math.sqrt(best.value))}.`;
}
