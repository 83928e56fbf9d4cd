/**
 * A clock for limits. On a busy machine a program that is stopped for others does not run out of its time: what counts is the
 * processor's time of this process, but never more than the time that went by, and a tenth of that where nothing was done.
 */

/** Milliseconds between two looks at the processor's time; between them the clock stands. */
const RESOLUTION = 50;
/** Of the time that goes by, what counts in any case: waiting has an end, too. */
const IDLE_SHARE = 0.1;

export interface Clocks {
  /** Milliseconds that went by. */
  readonly wall: () => number;
  /** Milliseconds of the processor that this process took, in all its threads. */
  readonly processor: () => number;
}

const clocks: Clocks = {
  wall: () => performance.now(),
  processor: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

/** A clock in milliseconds from some beginning. */
export function createWorkClock({ wall, processor }: Clocks = clocks): () => number {
  let [atWall, atProcessor, worked] = [wall(), processor(), 0];
  return () => {
    const now = wall();
    const passed = now - atWall;
    if (passed < RESOLUTION) return worked;
    const used = processor();
    worked += Math.max(Math.min(used - atProcessor, passed), IDLE_SHARE * passed);
    [atWall, atProcessor] = [now, used];
    return worked;
  };
}

/** The clock of this thread. */
export const workTime = createWorkClock();
