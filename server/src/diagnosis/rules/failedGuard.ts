import type { Rule } from '../rule';

const NAMES = {
  symmetry: 'the Hessian is not symmetric',
  hessianDifference: 'Hessian-vector products disagree with differences of gradients',
  gradientDifference: 'the gradient disagrees with differences of the loss',
} as const;

export const failedGuard: Rule = {
  code: 'HL901',
  title: 'An analysis failed its own checks',
  documentation: `Every analysis checks itself: uᵀHv = vᵀHu for random vectors, Hv against a central difference of gradients, and the gradient against differences of the loss. One of these failed, so the numbers of
this analysis cannot be trusted.

**How it is computed.** Differences are formed at several steps; a check fails only when the quotients agree among themselves but not with the derivative.

**When it is wrong.** A loss with kinks close to the parameters (ReLU networks in float32) can confuse a difference quotient; such checks are called inconclusive, not failed.

**What to do.** Repeat with \`--precision float64\` or another \`--engine\`. If it still fails, please report it with the model.`,
  check: (result, facts) =>
    result.guards
      .filter(({ verdict }) => verdict === 'failed')
      .map(({ name, deviation, tolerance, explanation }) => ({
        ...facts.modelAt,
        code: 'HL901',
        severity: 'error' as const,
        message:
          `Do not trust these numbers: ${NAMES[name]} (${explanation}; relative deviation ${deviation.toPrecision(2)}, rounding explains ${tolerance.toPrecision(2)}). ` +
          'Repeat with --precision float64 or another --engine.',
        related: [],
      })),
};
