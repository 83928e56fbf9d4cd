import { short } from '../../curvature/numberText';
import { isComputed } from '../../curvature/quantity';
import type { Rule } from '../rule';

/** How many times smaller a preconditioner has to make the condition number, intervals apart. */
const MUCH = 10;

export const illConditioned: Rule = {
  code: 'HL301',
  title: 'A preconditioned optimizer would suit this loss better',
  documentation: `The training code uses plain SGD, and under the preconditioner of another method the condition number of the loss is at least ten times smaller. The number of
steps that gradient descent needs grows with the condition number.

**How it is computed.** D1.medianKappa, the largest over the median positive eigenvalue of the Hessian, against D1.preconditionedKappa, the same of P^(−½)HP^(−½) for the
preconditioners of Adam, Jacobi, K-FAC, Shampoo and PSGD made at these parameters. The intervals have to be a factor of ten apart. Computed on demand: \`--quantities D1\`.

**When it is wrong.** The condition number speaks about the deterministic quadratic around this point: with small batches noise, not conditioning, may limit training. P is that of this
checkpoint, without averages over steps.

**What to do.** Try the method that is named, with a learning rate of its own; normalising inputs and layers improves conditioning, too.

**Source.** Li 2018, Preconditioned Stochastic Gradient Descent; Morwani et al. 2025, A New Perspective on Shampoo's Preconditioner.`,
  check: (result, { optimizer, learningRateAt, modelAt }) => {
    const plain = result.quantities['D1.medianKappa'];
    if (optimizer?.kind !== 'SGD' || plain === undefined || !isComputed(plain)) return [];
    const best = Object.values(result.quantities)
      .filter(isComputed)
      .filter(({ id }) => id.startsWith('D1.preconditionedKappa['))
      .sort((a, b) => a.value - b.value)[0];
    const high = best?.interval.high ?? null;
    if (best === undefined || high === null || !((plain.interval.low ?? 0) >= MUCH * high)) return [];
    const name = best.id.slice('D1.preconditionedKappa['.length, -1);
    return [
      {
        ...(learningRateAt ?? modelAt),
        code: 'HL301',
        severity: 'information',
        message: `The loss is ${short(plain.value / best.value)} times better conditioned under the preconditioner of ${name} (${short(best.value)} instead of ${short(plain.value)}): such an optimizer needs fewer steps than ${optimizer.description}.`,
        related: [],
      },
    ];
  },
};
