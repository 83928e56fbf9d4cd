import { gradientRatioFinding } from '../gradientRatio';
import type { Rule } from '../rule';

const EXPLODING = 1e3;

export const gradientExplodes: Rule = {
  code: 'HL303',
  title: 'The gradient explodes towards the first layers',
  documentation: `The gradient of a sample is more than a thousand times larger at the output of the first layer with weights than at that of the last one. A learning rate
that suits the last layers is then far too large for the first.

**How it is computed.** D4.gradientRatio: one reverse pass gives the norm of every sample's gradient at every layer; the interval comes from resampling the samples, and all of it
has to lie above 1000.

**When it is wrong.** Norms of gradients grow with the number of elements of a layer's output: a first layer with very many of them may exceed the last one without harm.

**What to do.** Use an initialisation that keeps the size of signals, add normalisation, or clip the gradient.

**Source.** Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017, Deep Information Propagation; Pascanu, Mikolov and Bengio 2013, On the difficulty of training recurrent neural
networks.`,
  check: (result, facts) =>
    gradientRatioFinding(result, facts, {
      code: 'HL303',
      applies: (ratio) => ratio > EXPLODING,
      message: (ratio, growth) =>
        `The gradient at the first layer is ${ratio} times that at the last one (a factor ${growth} per layer): steps that suit the last layers are too long for the first. Check the initialisation, add normalisation or clip the gradient.`,
    }),
};
