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
 * Runs a task on every diagonal block of an operator at the same time, and multiplies what all of them wait for in one call: an engine that
 * multiplies a block of vectors at the cost of few is then kept full by many small problems. The vectors of all tasks together are
 * as large as those of one task on the whole operator.
 */
export async function onEveryBlock<T>(
  operator: LinearOperator,
  groups: readonly ParameterGroup[],
  task: (block: LinearOperator, group: ParameterGroup) => Promise<T>,
): Promise<T[]> {
  let running = groups.length;
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
  const blockOf = ({ ranges, size }: ParameterGroup): LinearOperator => {
    let applications = 0;
    return {
      size,
      blockSize: 1,
      roundoff: operator.roundoff,
      get applications() {
        return applications;
      },
      applyBlock: async (vectors) => {
        applications += vectors.length;
        const products = await new Promise<Float64Array[]>((resolve, reject) => {
          waiting.push({ vectors: vectors.map((v) => embed(v, ranges, operator.size)), resolve, reject });
          flush();
        });
        return products.map((product) => restrict(product, ranges, size));
      },
    };
  };
  return Promise.all(
    groups.map(async (group) => {
      try {
        return await task(blockOf(group), group);
      } finally {
        running--;
        flush();
      }
    }),
  );
}
