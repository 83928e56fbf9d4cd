import { dot, norm } from '../linearAlgebra/vector';
import type { ParameterGroup } from '../problem';
import type { Probed, ProbedTraces } from './hutchPlusPlus';

/** Traces and Frobenius norm of a known matrix; what error is left is the rounding of its entries (`roundoff` of the engine). */
export function exactTraces(
  rows: readonly Float64Array[],
  groups: readonly ParameterGroup[],
  roundoff: number,
): ProbedTraces {
  const largestRow = rows.reduce((largest, row) => Math.max(largest, norm(row)), 0);
  const partial = (ranges: ParameterGroup['ranges']): Probed => {
    let [sum, count] = [0, 0];
    for (const [start, end] of ranges) for (let i = start; i < end; i++, count++) sum += rows[i]?.[i] ?? 0;
    return { value: sum, halfWidth: 8 * roundoff * largestRow * Math.sqrt(count) };
  };
  const square = rows.reduce((sum, row) => sum + dot(row, row), 0);
  return {
    trace: partial([[0, rows.length]]),
    frobenius: { value: Math.sqrt(square), halfWidth: 8 * roundoff * Math.sqrt(square) },
    groups: groups.map(({ ranges }) => partial(ranges)),
    probes: 0,
    resolved: true,
  };
}
