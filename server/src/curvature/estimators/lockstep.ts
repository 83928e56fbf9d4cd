import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { embed, restrict } from '../linearAlgebra/linearOperator';
import type { Vector } from '../linearAlgebra/vector';
import type { ParameterGroup } from '../problem';

interface Request {
  readonly vectors: readonly Vector[];
  readonly resolve: (products: Float64Array[]) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Runs tasks on one operator at the same time, and multiplies what all of them wait for in one call: an engine that multiplies a block of vectors
 * at the cost of few is then kept full by tasks that ask for fewer. What the tasks keep, they keep at the same time.
 */
export async function inLockstep<T>(
  operator: LinearOperator,
  tasks: readonly ((operator: LinearOperator) => Promise<T>)[],
): Promise<T[]> {
  let running = tasks.length;
  let waiting: Request[] = [];
  const flush = (): void => {
    if (waiting.length < running || waiting.length === 0) return;
    const requests = waiting;
    waiting = [];
    operator.applyBlock(requests.flatMap(({ vectors }) => vectors)).then(
      (products) => {
        let taken = 0;
        for (const { vectors, resolve } of requests) resolve(products.slice(taken, (taken += vectors.length)));
      },
      (reason: unknown) => requests.forEach(({ reject }) => reject(reason)),
    );
  };
  const shared = (): LinearOperator => {
    let applications = 0;
    return {
      size: operator.size,
      blockSize: operator.blockSize,
      roundoff: operator.roundoff,
      get applications() {
        return applications;
      },
      applyBlock: (vectors) => {
        applications += vectors.length;
        return new Promise<Float64Array[]>((resolve, reject) => {
          waiting.push({ vectors, resolve, reject });
          flush();
        });
      },
    };
  };
  return Promise.all(
    tasks.map(async (task) => {
      try {
        return await task(shared());
      } finally {
        running--;
        flush();
      }
    }),
  );
}

/** Runs a task on every diagonal block of an operator in lockstep. The vectors of all tasks together are as large as those of one task on the whole operator. */
export const onEveryBlock = <T>(
  operator: LinearOperator,
  groups: readonly ParameterGroup[],
  task: (block: LinearOperator, group: ParameterGroup) => Promise<T>,
): Promise<T[]> =>
  inLockstep(
    operator,
    groups.map((group) => (shared) => task(blockOf(shared, group), group)),
  );

const blockOf = (operator: LinearOperator, { ranges, size }: ParameterGroup): LinearOperator => ({
  size,
  blockSize: 1,
  roundoff: operator.roundoff,
  get applications() {
    return operator.applications;
  },
  applyBlock: async (vectors) => {
    const products = await operator.applyBlock(vectors.map((v) => embed(v, ranges, operator.size)));
    return products.map((product) => restrict(product, ranges, size));
  },
});
