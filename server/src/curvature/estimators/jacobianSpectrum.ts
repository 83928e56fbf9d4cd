/** Singular values of a Jacobian: all of them from its rows, or the leading ones by Lanczos on JᵀJ. */
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { singularValues } from '../linearAlgebra/singularValues';
import type { Random } from '../random';
import { mean } from '../statistics/moments';
import { lanczos } from './lanczos';

export interface JacobianSpectrum {
  /** Largest first. */
  readonly values: Float64Array;
  /** Whether these are all min(C, d) of them. */
  readonly complete: boolean;
  /** Every value is within this of a singular value. */
  readonly error: number;
  /** Whether the error is as small as was asked for. */
  readonly converged: boolean;
}

/** Rounding of the engine's entries that a singular value may hold, in roundoffs of the largest. */
const ROUNDINGS = 8;

/** `rows`: C rows of d, with entries rounded to `roundoff`. */
export async function spectrumOfRows(rows: readonly Float64Array[], roundoff: number): Promise<JacobianSpectrum> {
  const { values, error } = await singularValues(
    {
      rows: rows.length,
      columns: rows[0]?.length ?? 0,
      isNarrow: false,
      readRows: (start, count) =>
        Promise.resolve(Float64Array.from(rows.slice(start, start + count).flatMap((row) => [...row]))),
    },
    () => undefined,
  );
  return { values, complete: true, converged: true, error: error + ROUNDINGS * roundoff * (values[0] ?? 0) };
}

/** The `top` largest; an eigenvalue μ of JᵀJ known to ε makes σ = √μ known to ε/σ. */
export async function leadingSpectrum(
  square: LinearOperator,
  options: {
    readonly top: number;
    readonly tolerance: number;
    readonly maxApplications: number;
    readonly random: Random;
  },
): Promise<JacobianSpectrum> {
  const found = await lanczos(square, {
    ...options,
    bottom: 0,
    maxBasis: Math.min(square.size, options.maxApplications),
    block: 1,
    sketch: 0,
  });
  const values = Float64Array.from(found.top, ({ value }) => Math.sqrt(Math.max(0, value)));
  const errors = found.top.map(({ value, error }) =>
    value > 0 ? Math.min(Math.sqrt(error), error / Math.sqrt(value)) : Math.sqrt(error),
  );
  return { values, complete: false, converged: found.converged, error: Math.max(0, ...errors) };
}

/** Mean of σ²: 1 where the map keeps lengths on average. */
export const meanSquare = ({ values }: JacobianSpectrum): number => mean(values.map((value) => value * value));

/** Var(σ²)/(mean σ²)² over the spectrum: 0 for an isometry up to scale, undefined for the zero map. */
export function squareSpread({ values }: JacobianSpectrum): number | undefined {
  const squares = values.map((value) => value * value);
  const centre = mean(squares);
  return centre === 0 ? undefined : mean(squares.map((square) => (square / centre - 1) ** 2));
}
