/** Quantities, tables and the chart of E2. */
import { estimate, notComputed, type Circumstances } from '../analysis/quantities';
import type { Chart, StudyTable } from '../chart';
import { supportedFront, type Allocation, type Choice } from '../estimators/bitAllocation';
import { symmetricSpread, type Quantity } from '../quantity';
import { BITS, UNIFORM, type Candidate } from './bitCandidates';

export interface Plan {
  readonly title: string;
  readonly allocation: Allocation | undefined;
}

export function planTable(candidates: readonly Candidate[], plans: readonly Plan[]): StudyTable {
  return {
    title: 'Best bit widths under a budget',
    caption:
      'Each column is the allocation of 2, 3, 4 or 8 bits with the least sum of predicted increases of the loss within its budget, found exactly. Bit operations count multiplications × weight bits × activation bits, with activations as wide as weights.',
    columns: [
      { title: 'weight' },
      { title: 'elements' },
      { title: 'multiplications', unit: 'per sample' },
      ...plans.map(({ title }) => ({ title, unit: 'bits' })),
    ],
    rows: candidates.map(({ block, multiplications }, i) => [
      block.name,
      block.size,
      multiplications,
      ...plans.map(({ allocation }) => (allocation === undefined ? null : (BITS[allocation.choices[i] ?? 0] ?? null))),
    ]),
  };
}

export function errorTable(candidates: readonly Candidate[]): StudyTable {
  return {
    title: 'Squared quantisation error',
    caption: '‖Q_b(W) − W‖² with a scale per output channel, and with one scale for the whole tensor.',
    columns: [
      { title: 'weight' },
      { title: 'trace per element', unit: 'loss / parameter²' },
      ...BITS.map((bits) => ({ title: `${bits} bits, per channel` })),
      ...BITS.map((bits) => ({ title: `${bits} bits, per tensor` })),
    ],
    rows: candidates.map(({ block, trace, errors, wholeErrors }) => [
      block.name,
      trace.value / block.size,
      ...errors,
      ...wholeErrors,
    ]),
  };
}

/** The width that an allocation gives to one of `count` weights or activations (`unit`: what its budget counts). */
export const plannedBits = (
  id: 'E2.bits' | 'E2.activationBits',
  {
    name,
    index,
    count,
    unit,
  }: { readonly name: string; readonly index: number; readonly count: number; readonly unit: string },
  planned: Allocation | undefined,
  circumstances: Circumstances,
): Quantity =>
  planned === undefined
    ? notComputed(id, 'no allocation fits the budget', name)
    : estimate(
        id,
        BITS[planned.choices[index] ?? 0] ?? NaN,
        {
          method: `best of ${BITS.length}^${count} allocations of ${UNIFORM} bits per ${unit} on average`,
          estimator: symmetricSpread(0),
          sampling: null,
        },
        circumstances,
        name,
      );

export function frontChart(
  candidates: readonly Candidate[],
  items: readonly (readonly Choice[])[],
  parameters: number,
  planned: Allocation | undefined,
): Chart {
  const increase = ({ loss, cost }: Choice, label: string): { x: number; y: number; label: string } => ({
    x: cost / parameters,
    y: loss,
    label,
  });
  const describe = ({ choices }: Allocation): string =>
    candidates.length > 8
      ? `${choices.filter((b) => BITS[b] === 8).length} of ${candidates.length} tensors at 8 bits`
      : choices.map((b, i) => `${candidates[i]?.block.name ?? ''} ${BITS[b] ?? ''}`).join(', ');
  const uniform = BITS.map((bits, b) =>
    increase(
      {
        loss: items.reduce((sum, item) => sum + (item[b]?.loss ?? 0), 0),
        cost: bits * parameters,
      },
      `${bits} bits everywhere`,
    ),
  );
  return {
    kind: 'lines',
    title: 'Predicted increase of the loss against size',
    caption:
      'Sums over weight tensors. No allocation lies below the front. The distance to the uniform widths is what mixed precision gains.',
    x: { title: 'bits per weight', scale: 'linear' },
    y: { title: 'predicted increase of the loss', scale: 'log' },
    series: [
      {
        name: 'best allocations',
        style: 'line',
        points: supportedFront(items).map((allocation) => increase(allocation, describe(allocation))),
      },
      { name: 'one width for all', style: 'points', points: uniform },
      ...(planned === undefined
        ? []
        : [
            {
              name: `best at ${UNIFORM} bits`,
              style: 'points' as const,
              points: [increase(planned, describe(planned))],
            },
          ]),
    ],
  };
}
