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

/**
 * As many vectors r = Σ ξᵢ(gᵢ − ḡ)·√(N/((N − 1)n)), each over a group of n samples of its own: again E[rrᵀ] = C, and they are independent, so that the spread of rᵀAr holds both the signs and the choice of
 * the samples.
 */
export function noiseVectorsOfGroups(
  perSample: Pick<PerSample, 'weightedGradients'>,
  samples: number,
  count: number,
  random: Random,
): Promise<Float64Array[]> {
  const weights = Array.from({ length: count }, (_, group) => {
    const xi = random.rademacherVector(samples).map((sign, i) => (i % count === group ? sign : 0));
    const size = Math.ceil((samples - group) / count);
    const centre = mean(xi);
    return xi.map((sign) => (sign - centre) * Math.sqrt(samples / ((samples - 1) * size)));
  });
  return perSample.weightedGradients(weights);
}
