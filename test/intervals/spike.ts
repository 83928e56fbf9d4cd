/** One direction of large variance over unit noise, with more dimensions than samples: Hᵢ = xᵢxᵢᵀ, Cov x = diag(12, 1, …, 1). */
import { eigenvalueSampling } from '../../server/src/curvature/estimators/eigenvalueSampling';
import type { SampleForms } from '../../server/src/curvature/estimators/traceSampling';
import { normalise } from '../../server/src/curvature/linearAlgebra/orthogonalise';
import { symmetricEigen } from '../../server/src/curvature/linearAlgebra/symmetric';
import { combination, dot } from '../../server/src/curvature/linearAlgebra/vector';
import type { Spread } from '../../server/src/curvature/quantity';
import { Random } from '../../server/src/curvature/random';

export const spike = { dimension: 60, samples: 40, size: 12 };

/** λmax of the drawn samples' mean, with the sampling error that the product states. */
export async function largestOverNoise(
  seed: number,
): Promise<{ readonly value: number; readonly spread: Spread | undefined }> {
  const { dimension: p, samples: n, size } = spike;
  const random = new Random(seed, 'spike');
  const x = Array.from({ length: n }, () =>
    random.gaussianVector(p).map((value, j) => (j === 0 ? Math.sqrt(size) * value : value)),
  );
  // The nonzero spectrum is that of the n × n Gram matrix.
  const gram = x.map((a) => Float64Array.from(x, (b) => dot(a, b) / n));
  const { values, vectors } = symmetricEigen(gram);
  const value = values[n - 1] ?? NaN;
  const vector = combination(x, vectors[n - 1] ?? []);
  normalise(vector);
  const forms: SampleForms = {
    bilinear: (pairs) =>
      Promise.resolve(pairs.map(([u, v]) => Float64Array.from(x, (row) => dot(row, u) * dot(row, v)))),
  };
  const rest = (values.reduce((a, b) => a + b) - value) / (p - 1);
  const [spread] = await eigenvalueSampling(forms, [{ value, vector }], { rest, random, samples: n });
  return { value, spread };
}
