/**
 * Largest eigenvalue of a batch's Hessian against the batch size, by the law of a spiked random matrix (Granziol, Zohren and Roberts 2022, "Learning Rates as a Function of Batch Size"). With H_B = H + noise whose
 * p × p entries have variance σ²/B, an outlier λ of H appears in H_B at
 *     λ_B = λ + (p/B)σ²/λ   where λ² > pσ²/B,  else at the edge 2σ√(p/B) of the noise,
 * so that one number, c = pσ², says it all.
 */

/** λ_B for λ > 0 and c = pσ². */
export const eigenvalueOfBatch = (lambda: number, noise: number, batch: number): number =>
  noise / batch < lambda ** 2 ? lambda + noise / (batch * lambda) : 2 * Math.sqrt(noise / batch);

/** c from a measured λ_B; the two branches meet at λ_B = 2λ. Negative where λ_B < λ, as single batches may have it. */
export const noiseFrom = (lambda: number, measured: number, batch: number): number =>
  measured <= 2 * lambda ? batch * lambda * (measured - lambda) : (batch * measured ** 2) / 4;

/** Largest B whose edge of noise hides λ. */
export const thresholdBatch = (lambda: number, noise: number): number => noise / lambda ** 2;
