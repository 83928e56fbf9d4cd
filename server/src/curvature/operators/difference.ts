import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { addScaled } from '../linearAlgebra/vector';

/** A − B as an operator. */
export const difference = (a: LinearOperator, b: LinearOperator): LinearOperator => ({
  size: a.size,
  blockSize: a.blockSize,
  roundoff: Math.max(a.roundoff, b.roundoff),
  get applications() {
    return a.applications;
  },
  applyBlock: async (vectors) => {
    const [first, second] = [await a.applyBlock(vectors), await b.applyBlock(vectors)];
    first.forEach((product, k) => addScaled(product, -1, second[k] as Float64Array));
    return first;
  },
});
