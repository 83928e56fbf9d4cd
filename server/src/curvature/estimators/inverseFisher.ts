/**
 * The inverse of the damped empirical Fisher matrix F = λI + (1/m)GᵀG, G the gradients of m samples as rows, without forming it (M-FAC: Frantar, Kurtic, Alistarh
 * 2021). By Woodbury's identity, with S = mλI + GGᵀ = LLᵀ,
 *     F⁻¹ = (I − GᵀS⁻¹G)/λ,   [F⁻¹]ᵢᵢ = (1 − ‖L⁻¹G eᵢ‖²)/λ.
 */
import { cholesky, solveLower, solveUpper } from '../linearAlgebra/cholesky';
import { symmetricTimesTransposed } from '../linearAlgebra/matrixProduct';
import { addScaled, dot, scaled, type Vector } from '../linearAlgebra/vector';

export class InverseFisher {
  private readonly factor: readonly Float64Array[];

  /** `damping` λ > 0. m²(n + m/3) operations for n columns. */
  constructor(
    private readonly gradients: readonly Vector[],
    private readonly damping: number,
  ) {
    if (!(damping > 0)) throw new RangeError(`the damping of a Fisher matrix must be positive, not ${damping}`);
    const gram = symmetricTimesTransposed(gradients, gradients);
    gram.forEach((row, i) => (row[i] = (row[i] as number) + gradients.length * damping));
    this.factor = cholesky(gram);
  }

  /** [F⁻¹]ᵢᵢ for every column. */
  diagonal(): Float64Array {
    const solved = this.gradients.map((row) => Float64Array.from(row));
    solveLower(this.factor, solved);
    const size = solved[0]?.length ?? 0;
    const result = new Float64Array(size).fill(1);
    for (const row of solved)
      for (let i = 0; i < size; i++) result[i] = (result[i] as number) - (row[i] as number) ** 2;
    return result.map((share) => share / this.damping);
  }

  /** F⁻¹v. */
  apply(v: Vector): Float64Array {
    const inner = this.gradients.map((row) => Float64Array.of(dot(row, v)));
    solveLower(this.factor, inner);
    solveUpper(this.factor, inner);
    const result = scaled(v, 1);
    this.gradients.forEach((row, i) => addScaled(result, -(inner[i]?.[0] as number), row));
    return result.map((value) => value / this.damping);
  }
}
