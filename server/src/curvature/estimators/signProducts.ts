import type { LinearOperator } from '../linearAlgebra/linearOperator';
import type { Random } from '../random';

export interface SignProduct {
  /** ±1, independent. */
  readonly signs: Float64Array;
  readonly product: Float64Array;
}

/** Products of an operator with random signs. What one estimate has drawn serves the next: each alone is as good as with draws of its own. */
export class SignProducts {
  private readonly kept: SignProduct[] = [];

  /** `most`: products that are kept; of those beyond, every call draws its own. */
  constructor(
    readonly operator: LinearOperator,
    private readonly random: Random,
    readonly most = 0,
  ) {}

  /** Those from number `first` on, not to be changed. */
  async from(first: number, count: number): Promise<readonly SignProduct[]> {
    if (first + count <= this.kept.length) return this.kept.slice(first, first + count);
    const { operator, random } = this;
    const signs = Array.from({ length: count }, () => random.rademacherVector(operator.size));
    const products = await operator.applyBlock(signs);
    const drawn = signs.map((own, k): SignProduct => ({ signs: own, product: products[k] as Float64Array }));
    if (first === this.kept.length) this.kept.push(...drawn.slice(0, this.most - this.kept.length));
    return drawn;
  }
}
