/**
 * One choice per item so that the summed loss is least while the summed cost stays within a budget: the integer programme of HAWQ-V3 (Yao et al. 2021), a multiple-choice
 * knapsack. Solved exactly by dynamic programming over partial choices, without those that another one dominates or whose linear relaxation cannot beat the best
 * allocation known (Pisinger 1995, A minimal algorithm for the multiple-choice knapsack problem).
 */
export interface Choice {
  readonly loss: number;
  readonly cost: number;
}

export interface Allocation {
  /** Number of the choice of each item. */
  readonly choices: readonly number[];
  readonly loss: number;
  readonly cost: number;
}

export interface BestAllocation extends Allocation {
  /** No allocation within the budget has a smaller loss than this; equal to `loss` unless the search had to be cut short. */
  readonly bound: number;
}

/** Partial choices that are followed at once. */
const MOST_STATES = 400_000;
/** Differences of losses, relative to all of them together, that do not matter. */
const NEGLIGIBLE = 1e-13;

/** Undefined where even the cheapest choices exceed the budget. Throws `RangeError` for an item without choices. */
export function bestAllocation(
  items: readonly (readonly Choice[])[],
  budget: number,
  mostStates = MOST_STATES,
): BestAllocation | undefined {
  const efficient = items.map(efficientChoices);
  const cheapest = efficient.map(([first]) => first as Ranked);
  const room = budget * (1 + 1e-12);
  if (total(cheapest).cost > room) return undefined;
  const { multiplier, allocation } = relaxed(efficient, room);
  const order = [...efficient.keys()].sort((i, j) => slack(efficient[j], multiplier) - slack(efficient[i], multiplier));
  const ordered = order.map((i) => efficient[i] as readonly Ranked[]);
  const found = search(ordered, room, total(allocation).loss, mostStates);
  const chosen = found.state === undefined ? allocation : unordered(found.state, order, efficient);
  const { loss, cost } = total(chosen);
  return { choices: chosen.map(({ index }) => index), loss, cost, bound: Math.min(loss, found.bound) };
}

/**
 * The allocations that are best for their own cost and lie on the lower convex hull of all, cheapest first: what remains when a price is put on cost. Between two
 * neighbours there may be others, which only `bestAllocation` finds.
 */
export function supportedFront(items: readonly (readonly Choice[])[]): Allocation[] {
  const current = items.map((item) => efficientChoices(item)[0] as Ranked);
  const snapshot = (): Allocation => ({ choices: current.map(({ index }) => index), ...total(current) });
  const front = [snapshot()];
  for (const { item, to } of stepsOf(items.map(efficientChoices))) {
    current[item] = to;
    front.push(snapshot());
  }
  return front;
}

interface Ranked extends Choice {
  /** Number among the item's choices. */
  readonly index: number;
}

const total = (choices: readonly Choice[]): Choice => ({
  loss: choices.reduce((sum, { loss }) => sum + loss, 0),
  cost: choices.reduce((sum, { cost }) => sum + cost, 0),
});

/** Without those that cost no less and lose no less than another; by rising cost and falling loss. */
function efficientChoices(item: readonly Choice[]): Ranked[] {
  if (item.length === 0) throw new RangeError('an item has no choices');
  const sorted = item
    .map(({ loss, cost }, index) => ({ loss, cost, index }))
    .sort((a, b) => a.cost - b.cost || a.loss - b.loss);
  const kept: Ranked[] = [];
  for (const choice of sorted) if (choice.loss < (kept.at(-1)?.loss ?? Infinity)) kept.push(choice);
  return kept;
}

/** From one choice on an item's convex hull to the next. */
interface Step {
  readonly item: number;
  readonly to: Ranked;
  readonly cost: number;
  readonly gain: number;
}

/** Corners of the lower convex hull of (cost, loss). */
function hullOf(choices: readonly Ranked[]): Ranked[] {
  const hull: Ranked[] = [];
  for (const choice of choices) {
    while (hull.length >= 2) {
      const [before, last] = [hull.at(-2) as Ranked, hull.at(-1) as Ranked];
      if (rate(before, last) > rate(last, choice)) break;
      hull.pop();
    }
    hull.push(choice);
  }
  return hull;
}

/** Loss saved per cost. */
const rate = (from: Choice, to: Choice): number => (from.loss - to.loss) / (to.cost - from.cost);

/** Steps of all items, those that save most per cost first. */
function stepsOf(items: readonly (readonly Ranked[])[]): Step[] {
  return items
    .flatMap((choices, item) => {
      const hull = hullOf(choices);
      return hull.slice(1).map((to, i): Step => {
        const from = hull[i] as Ranked;
        return { item, to, cost: to.cost - from.cost, gain: from.loss - to.loss };
      });
    })
    .sort((a, b) => b.gain / b.cost - a.gain / a.cost);
}

/** The price of cost at which the linear relaxation meets the budget, and an allocation near it that keeps within the budget. */
function relaxed(items: readonly (readonly Ranked[])[], budget: number): { multiplier: number; allocation: Ranked[] } {
  const allocation = items.map(([first]) => first as Ranked);
  const blocked = new Set<number>();
  let { cost } = total(allocation);
  let multiplier = 0;
  for (const step of stepsOf(items)) {
    if (blocked.has(step.item)) continue;
    if (cost + step.cost <= budget) {
      allocation[step.item] = step.to;
      cost += step.cost;
    } else {
      if (multiplier === 0) multiplier = step.gain / step.cost;
      blocked.add(step.item);
    }
  }
  return { multiplier, allocation };
}

/** What an item's second best choice loses against its best at a price of cost: items with much are decided at once. */
function slack(choices: readonly Ranked[] | undefined, multiplier: number): number {
  const values = (choices ?? []).map(({ loss, cost }) => loss + multiplier * cost).sort((a, b) => a - b);
  return values.length < 2 ? Infinity : (values[1] as number) - (values[0] as number);
}

interface State extends Choice {
  readonly choice: Ranked;
  readonly before: State | undefined;
}

/** The last state of the best allocation found, undefined if none is better than `known`; and the least loss possible among what was cut off. */
function search(
  items: readonly (readonly Ranked[])[],
  budget: number,
  known: number,
  mostStates: number,
): { readonly state: State | undefined; readonly bound: number } {
  const negligible = NEGLIGIBLE * items.reduce((sum, [first]) => sum + Math.abs(first?.loss ?? 0), Math.abs(known));
  let states: (State | undefined)[] = [undefined];
  let cut = Infinity;
  for (const [position, choices] of items.entries()) {
    const remainder = new Relaxation(items.slice(position + 1));
    const extended: { readonly state: State; readonly bound: number }[] = [];
    for (const before of states)
      for (const choice of choices) {
        const cost = (before?.cost ?? 0) + choice.cost;
        const loss = (before?.loss ?? 0) + choice.loss;
        const bound = loss + remainder.leastLoss(budget - cost);
        if (bound < known - negligible) extended.push({ state: { cost, loss, choice, before }, bound });
      }
    const kept = undominated(extended);
    if (kept.length > mostStates) {
      kept.sort((a, b) => a.bound - b.bound);
      cut = Math.min(cut, kept[mostStates]?.bound ?? Infinity);
      kept.length = mostStates;
    }
    states = kept.map(({ state }) => state);
  }
  const best = states.reduce<State | undefined>(
    (least, state) => (state !== undefined && state.loss < (least?.loss ?? Infinity) ? state : least),
    undefined,
  );
  return { state: best, bound: cut };
}

function undominated<T extends { readonly state: State }>(candidates: T[]): T[] {
  candidates.sort((a, b) => a.state.cost - b.state.cost || a.state.loss - b.state.loss);
  let least = Infinity;
  return candidates.filter(({ state: { loss } }) => {
    if (loss >= least) return false;
    least = loss;
    return true;
  });
}

/** Least summed loss of some items when choices may be mixed in shares, as a function of the budget. */
class Relaxation {
  private readonly base: Choice;
  private readonly steps: readonly Step[];
  /** Cost and gain of the first k steps. */
  private readonly costs: Float64Array;
  private readonly gains: Float64Array;

  constructor(items: readonly (readonly Ranked[])[]) {
    this.base = total(items.map(([first]) => first as Ranked));
    this.steps = stepsOf(items);
    this.costs = new Float64Array(this.steps.length + 1);
    this.gains = new Float64Array(this.steps.length + 1);
    this.steps.forEach(({ cost, gain }, k) => {
      this.costs[k + 1] = (this.costs[k] as number) + cost;
      this.gains[k + 1] = (this.gains[k] as number) + gain;
    });
  }

  /** Infinity where nothing fits. */
  leastLoss(budget: number): number {
    const room = budget - this.base.cost;
    if (room < -1e-12 * Math.abs(this.base.cost)) return Infinity;
    let [low, high] = [0, this.steps.length];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.costs[middle] as number) <= room) low = middle;
      else high = middle - 1;
    }
    const next = this.steps[low];
    const share = next === undefined ? 0 : Math.max(0, (room - (this.costs[low] as number)) / next.cost);
    return this.base.loss - (this.gains[low] as number) - share * (next?.gain ?? 0);
  }
}

function unordered(last: State, order: readonly number[], items: readonly (readonly Ranked[])[]): Ranked[] {
  const chosen = items.map(([first]) => first as Ranked);
  let state: State | undefined = last;
  for (let position = order.length - 1; state !== undefined; position--, state = state.before)
    chosen[order[position] as number] = state.choice;
  return chosen;
}
