/**
 * The Fisher matrix with the labels that the model itself would draw, F = (1/N) Σᵢ Σ_c p(c|xᵢ)·g_ic g_icᵀ with g_ic = ∇ℓ(xᵢ, c), for any loss that is the negative log-likelihood
 * of a class: then p(c|x) = exp(−ℓ(x, c)), whatever the model's output is, and the probabilities of a sample sum to one, which is checked. (Kunstner, Balles and Hennig
 * 2019, "Limitations of the Empirical Fisher Approximation for Natural Gradient Descent".)
 */
import type { Problem } from '../problem';
import { relabelled, subsetOf } from '../subproblem';

/** The problem of all samples with all labels: sample i with class c is number c·N + i. Throws `RangeError` where samples have no class. */
export function withAllLabels(problem: Problem): Problem {
  const { sampleCount, classCount = 0 } = problem;
  return withLabels(
    problem,
    Int32Array.from({ length: sampleCount * classCount }, (_, j) => Math.floor(j / sampleCount)),
  );
}

/** The problem of all samples, repeated, with these labels: number j is sample j mod N. Throws `RangeError` where samples have no class. */
export function withLabels(problem: Problem, classes: Int32Array): Problem {
  const { sampleCount } = problem;
  return relabelled(
    subsetOf(
      problem,
      Array.from(classes, (_, j) => j % sampleCount),
    ),
    classes,
  );
}

/** How far the probabilities of a sample may be from one in sum. */
const TOLERANCE = 1e-4;

/** p(c|xᵢ)/N for every pair, from the losses of `withAllLabels`; undefined where the loss is no log-likelihood of classes. */
export function fisherWeights(losses: Float64Array, sampleCount: number): Float64Array | undefined {
  const totals = new Float64Array(sampleCount);
  losses.forEach((loss, j) => (totals[j % sampleCount] = (totals[j % sampleCount] as number) + Math.exp(-loss)));
  if (totals.some((total) => !(Math.abs(total - 1) <= TOLERANCE))) return undefined;
  return losses.map((loss) => Math.exp(-loss) / sampleCount);
}
