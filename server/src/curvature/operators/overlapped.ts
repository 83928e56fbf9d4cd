/** Runs that are queued for each thread of an engine, so that none waits for the next message. */
const QUEUED = 2;

/**
 * Does `work` for every item, so many at once that an engine of this concurrency is busy, and hands what it gave to `take` in the order of
 * the items. Throws the signal's reason or what a piece of work threw, when nothing is under way any more.
 */
export async function overlapped<Item, Result>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<Result>,
  take: (item: Item, result: Result) => void,
  signal?: AbortSignal,
): Promise<void> {
  const width = concurrency === 1 ? 1 : QUEUED * concurrency;
  const underWay: Promise<Result>[] = [];
  let started = 0;
  try {
    for (const item of items) {
      while (started < items.length && underWay.length < width) {
        signal?.throwIfAborted();
        const piece = work(items[started++] as Item);
        // A failure is met when its turn comes.
        void piece.catch(() => undefined);
        underWay.push(piece);
      }
      const result = await (underWay[0] as Promise<Result>);
      void underWay.shift();
      take(item, result);
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
