/** The learning rate that an edited batch size asks for. */
import { scaledRate as rateFor } from '../../diagnosis/rules/rateNotScaled';
import { formatNumber } from '../../report/numbers';
import { setNumber } from './learningRate';
import type { Fix } from './fix';

export const scaledRate: Fix = {
  codes: ['HL106'],
  make: ({ view, diagnostic, stored }) => {
    if (stored === undefined) return [];
    const { stability } = stored.result;
    const rate = rateFor(stability);
    if (rate === undefined || stability.learningRate === null) return [];
    return setNumber(
      view,
      diagnostic,
      stability.learningRate,
      formatNumber(rate, 3),
      'which follows the batch size',
      true,
    );
  },
};
