/** How far along a line a condition holds that is looked at point by point. */

/** Factor between tried lengths. */
export const GRID = Math.SQRT2;
const BISECTIONS = 12;

export interface Reach {
  /** The largest length seen to hold. */
  readonly holds: number;
  /** The smallest length seen not to hold; null where all tried did. */
  readonly fails: number | null;
}

/**
 * Goes outwards on a geometric grid from `first` on, up to `most` lengths, stops at the first that does not hold, and halves between it and the last that did. `known`: a length that holds; 0 for none, and then
 * nothing is halved where `first` fails. What happens between the tried points is not seen.
 */
export async function outwardSearch(
  condition: (length: number) => Promise<boolean>,
  { known, first, most }: { readonly known: number; readonly first: number; readonly most: number },
): Promise<Reach> {
  let holds = known;
  let fails: number | null = null;
  for (let length = first, k = 0; k < most && fails === null; k++, length *= GRID) {
    if (await condition(length)) holds = length;
    else fails = length;
  }
  for (let i = 0; i < BISECTIONS && fails !== null && holds > 0; i++) {
    const middle: number = (holds + fails) / 2;
    if (await condition(middle)) holds = middle;
    else fails = middle;
  }
  return { holds, fails };
}
