/** Writes a learning rate where the code leaves the usual one: `adam` in quotes, or a call without it. */
import { formatNumber } from '../../report/numbers';
import { CodeActionKind } from '../lspValues';
import { edit, type Fix } from './fix';
import { stableRate } from './learningRate';
import { optimizerCall } from './optimizerCall';

export const unwrittenRate: Fix = {
  codes: ['HL101', 'HL102', 'HL103', 'HL104'],
  make: ({ context, view, reading, diagnostic, code, stored }) => {
    const call = optimizerCall(view, reading);
    if (call === undefined || call.hasRate) return [];
    const stable = stableRate(stored, context.settings.stability.safetyMargin, code);
    const change = stable && call.withRate(stable.rate);
    if (stable === undefined || change === undefined) return [];
    const usual = formatNumber(stable.before, 3);
    return [
      {
        title: `Set the learning rate to ${stable.rate} instead of the usual ${usual}, ${stable.reason}`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        isPreferred: stable.isCertain,
        edit: edit(view, [change]),
      },
    ];
  },
};
