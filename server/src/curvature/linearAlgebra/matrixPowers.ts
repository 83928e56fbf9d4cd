import { symmetricTimesTransposed } from './matrixProduct';
import { symmetricEigen } from './symmetric';

/** Powers of a positive semidefinite matrix, all from one decomposition. */
export class MatrixPowers {
  /** Of the matrix with its eigenvalues raised. */
  private readonly values: Float64Array;
  private readonly vectors: readonly Float64Array[];

  /** Eigenvalues are raised by `damping` times their mean; those that are 0 then stay 0 under every power. */
  constructor(matrix: readonly Float64Array[], damping: number) {
    const { values, vectors } = symmetricEigen(matrix);
    const positive = values.map((value) => Math.max(0, value));
    const added = (damping * positive.reduce((sum, value) => sum + value, 0)) / Math.max(1, values.length);
    this.values = positive.map((value) => value + added);
    this.vectors = vectors;
  }

  /** tr Aᵖ */
  trace(power: number): number {
    return this.valuesOf(power).reduce((sum, value) => sum + value, 0);
  }

  /** Aᵖ */
  power(power: number): Float64Array[] {
    const roots = this.valuesOf(power).map(Math.sqrt);
    // Row i: component i of every eigenvector times the root of its value.
    const factors = this.vectors.map((_, i) =>
      Float64Array.from(this.vectors, (vector, k) => (roots[k] as number) * (vector[i] as number)),
    );
    return symmetricTimesTransposed(factors, factors);
  }

  private valuesOf(power: number): Float64Array {
    return this.values.map((value) => (value > 0 ? value ** power : 0));
  }
}

/** A^power, eigenvalues raised by `damping` times their mean before. */
export const matrixPower = (matrix: readonly Float64Array[], power: number, damping: number): Float64Array[] =>
  new MatrixPowers(matrix, damping).power(power);
