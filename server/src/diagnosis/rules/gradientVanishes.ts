import { gradientRatioFinding } from '../gradientRatio';
import type { Rule } from '../rule';

/** Gradients that are this many times smaller at the first layer than at the last do not train it in a usual run. */
const VANISHING = 1e-3;

export const gradientVanishes: Rule = {
  code: 'HL302',
  title: 'The gradient vanishes towards the first layers',
  documentation: `The gradient of a sample is more than a thousand times smaller at the output of the first layer with weights than at that of the last one.
Plain gradient descent then trains the first layers a thousand times more slowly than the last.

**How it is computed.** D4.gradientRatio: one reverse pass gives the norm of every sample's gradient at every layer; the interval comes from resampling the samples, and all of it
has to lie below 1/1000.

**When it is wrong.** Optimizers that divide by the size of the gradient (Adam, RMSprop) hide it until the gradient falls below their eps; residual connections carry a
gradient past the layers that are compared. A model that has nearly fitted every sample has small gradients everywhere, which does not change the ratio.

**What to do.** Use an initialisation that keeps the size of signals (He for rectifiers, Glorot for tanh), add residual connections or normalisation, or replace saturating activations.

**Source.** Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017, Deep Information Propagation; Lou, Mingard and Hayou 2022, Feature Learning and Signal Propagation in Deep Neural
Networks.`,
  check: (result, facts) =>
    gradientRatioFinding(result, facts, {
      code: 'HL302',
      applies: (ratio) => ratio < VANISHING,
      message: (ratio, growth) =>
        `The gradient at the first layer is ${ratio} times that at the last one (a factor ${growth} per layer): the first layers hardly learn. Check the initialisation, or add residual connections or normalisation.`,
    }),
};
