import type { PerSample } from '../operators/perSample';
import type { Random } from '../random';
import { mean } from '../statistics/moments';

/** Vectors r = Σ ξᵢ(gᵢ − ḡ)/√(N − 1) with random signs ξ: E[rrᵀ] = C, at one weighted gradient each. */
export function noiseVectors(
  perSample: Pick<PerSample, 'weightedGradients'>,
  samples: number,
  count: number,
  random: Random,
): Promise<Float64Array[]> {
  const signs = Array.from({ length: count }, () => {
    const xi = random.rademacherVector(samples);
    // Σ ξᵢ(gᵢ − ḡ) = Σ (ξᵢ − ξ̄)gᵢ
    const centre = mean(xi);
    return xi.map((sign) => (sign - centre) / Math.sqrt(samples - 1));
  });
  return perSample.weightedGradients(signs);
}
