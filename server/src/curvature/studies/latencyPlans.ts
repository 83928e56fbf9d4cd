/** The part of E2 under a budget of latency, by a table of what every layer takes at every width on the user's hardware. */
import { estimate, notComputed, type Circumstances } from '../analysis/quantities';
import type { Latencies } from '../analysis/options';
import type { Chart } from '../chart';
import { bestAllocation, supportedFront, type Allocation, type Choice } from '../estimators/bitAllocation';
import { short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import { BITS, type Candidate } from './bitCandidates';
import type { Plan } from './bitPlans';

/** Between the fastest and the slowest widths, as HAWQ-V3 budgets. */
const SHARES = [0.25, 0.5, 0.75] as const;
const HEADLINE = 0.5;

export const LATENCIES = ['E2.latency2', 'E2.latency3', 'E2.latency4', 'E2.latency8'] as const;

export interface LatencyPlans {
  /** The best allocation for half of what lies between the extremes; undefined without a table that fits. */
  readonly headline: Allocation | undefined;
  /** Why there is none. */
  readonly reason: string;
  readonly quantities: readonly Quantity[];
  readonly plans: readonly Plan[];
  readonly charts: readonly Chart[];
  readonly remarks: readonly string[];
}

/** A width that the table has for a tensor; `bits` is its number among `BITS`. */
interface TimedChoice extends Choice {
  readonly bits: number;
}

/** `items`: predicted increases of the loss of every candidate at every one of `BITS`. Without a table, or with one that leaves tensors out, the reason in place of numbers. */
export function latencyPlans(
  candidates: readonly Candidate[],
  items: readonly (readonly Choice[])[],
  latencies: Latencies | undefined,
  circumstances: Circumstances,
): LatencyPlans {
  if (latencies === undefined)
    return refused('needs a table of latencies by layer and bits (--latencies, or hessianLens.latencies)');
  const unknown = unknownNames(candidates, latencies);
  if (unknown.length > 0)
    return refused(
      `the table of latencies names ${unknown.slice(0, 3).join(', ')}, but the weights of this model are ${candidates.map(({ block }) => block.name).join(', ')}`,
    );
  const missing = candidates.filter(({ block }) => timesOf(block, latencies) === undefined);
  if (missing.length > 0)
    return refused(
      `the table has no latency of ${missing.map(({ block }) => block.name).join(', ')} at 2, 3, 4 or 8 bits`,
    );
  const timed = candidates.map(({ block }, i) => choicesOf(timesOf(block, latencies), items[i] ?? []));
  const [fastest, slowest] = [Math.min, Math.max].map((extreme) =>
    timed.reduce((sum, own) => sum + extreme(...own.map(({ cost }) => cost)), 0),
  ) as [number, number];
  const budgetAt = (share: number): number => fastest + share * (slowest - fastest);
  const within = (budget: number): Allocation | undefined => named(bestAllocation(timed, budget), timed);
  const headline = within(budgetAt(HEADLINE));
  return {
    headline,
    reason: 'no allocation fits the budget',
    quantities: timed.flatMap((own, i) => givenLatencies(own, candidates[i]?.block.name ?? '', circumstances)),
    plans: SHARES.map((share) => ({
      title: `latency of ${short(budgetAt(share))} ms`,
      allocation: within(budgetAt(share)),
    })),
    charts: [frontOf(timed, headline, budgetAt(HEADLINE))],
    remarks: [
      `By the table of latencies the widths take ${short(fastest)} to ${short(slowest)} ms; layers are taken to run one after another.`,
    ],
  };
}

/** Names of the table that nothing in the model has: it is one of another model. */
function unknownNames(candidates: readonly Candidate[], latencies: Latencies): string[] {
  const known = new Set(candidates.flatMap(({ block }) => [block.name, block.layer]));
  return [...latencies.keys()].filter((name) => !known.has(name));
}

const refused = (reason: string): LatencyPlans => ({
  headline: undefined,
  reason,
  quantities: LATENCIES.map((id) => notComputed(id, reason)),
  plans: [],
  charts: [],
  remarks: [`No latency is budgeted: ${reason}.`],
});

/** By the name of the tensor, else by that of its layer; undefined without any of the widths. */
function timesOf({ name, layer }: Candidate['block'], latencies: Latencies): ReadonlyMap<number, number> | undefined {
  const own = latencies.get(name) ?? latencies.get(layer);
  return BITS.some((bits) => own?.has(bits)) ? own : undefined;
}

const choicesOf = (times: ReadonlyMap<number, number> | undefined, losses: readonly Choice[]): TimedChoice[] =>
  BITS.flatMap((width, bits) => {
    const cost = times?.get(width);
    return cost === undefined ? [] : [{ loss: losses[bits]?.loss ?? NaN, cost, bits }];
  });

/** Choices as numbers among `BITS`. */
function named<T extends Allocation>(
  allocation: T | undefined,
  timed: readonly (readonly TimedChoice[])[],
): T | undefined {
  if (allocation === undefined) return undefined;
  return { ...allocation, choices: allocation.choices.map((choice, i) => timed[i]?.[choice]?.bits ?? 0) };
}

const givenLatencies = (own: readonly TimedChoice[], name: string, circumstances: Circumstances): Quantity[] =>
  BITS.map((width, bits) => {
    const id = `E2.latency${width}` as const;
    const choice = own.find((each) => each.bits === bits);
    return choice === undefined
      ? notComputed(id, `the table has no latency at ${width} bits`, name)
      : estimate(
          id,
          choice.cost,
          { method: 'from the table of latencies', estimator: symmetricSpread(0), sampling: null },
          circumstances,
          name,
        );
  });

function frontOf(timed: readonly (readonly TimedChoice[])[], headline: Allocation | undefined, budget: number): Chart {
  const point = ({ cost, loss }: Choice): { x: number; y: number } => ({ x: cost, y: loss });
  return {
    kind: 'lines',
    title: 'Predicted increase of the loss against latency',
    caption:
      'No allocation lies below the front. Sums over weight tensors of increases, and over layers of the latencies of the table.',
    x: { title: 'latency, ms', scale: 'linear' },
    y: { title: 'predicted increase of the loss', scale: 'log' },
    series: [
      { name: 'best allocations', style: 'line', points: supportedFront(timed).map(point) },
      ...(headline === undefined
        ? []
        : [{ name: `best within ${short(budget)} ms`, style: 'points' as const, points: [point(headline)] }]),
    ],
  };
}
