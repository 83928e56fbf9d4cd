import { isComputed } from '../../curvature/quantity';
import { percent } from '../../curvature/numberText';
import type { Rule } from '../rule';

/** From this share on dead units are told, and from the second on they are a warning. */
const TOLD = 0.1;
const MOST = 0.5;

export const deadUnits: Rule = {
  code: 'HL304',
  title: 'Units of a rectifier never fire',
  documentation: `At least a tenth of the units after a rectifier (channels of an image, else features) are zero for every analysed sample. They get no gradient and do not come
back by training on such samples; the layer is narrower than it is written.

**How it is computed.** D4.deadShare: the squares of each unit's output are added up over samples and positions; a unit is dead where the sum is exactly zero.

**When it is wrong.** A unit that fires for rare samples may be missed: one that fires for one in m samples is missed by N of them with probability (1 − 1/m)^N. Analyse more samples
with --samples. With synthetic data the number says nothing about training.

**What to do.** Lower the learning rate or warm it up, use a leaky rectifier or GELU, check the biases, or make the layer narrower.

**Source.** Lu, Shin, Su and Karniadakis 2020, Dying ReLU and Initialization: Theory and Numerical Examples.`,
  check: (result, { modelAt }) =>
    Object.values(result.quantities).flatMap((quantity) => {
      if (!quantity.id.startsWith('D4.deadShare[') || !isComputed(quantity) || quantity.value < TOLD) return [];
      const layer = quantity.id.slice('D4.deadShare['.length, -1);
      return [
        {
          ...modelAt,
          code: 'HL304',
          severity: quantity.value >= MOST ? ('warning' as const) : ('information' as const),
          message: `${percent(quantity.value)} of the units of ${layer} are zero for all ${quantity.samples} samples: they get no gradient. A smaller learning rate, a leaky rectifier or a narrower layer helps.`,
          related: [],
        },
      ];
    }),
};
