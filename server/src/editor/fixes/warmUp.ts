/** A linear warm-up after the optimizer, and its step after each of the optimizer's. */
import { CodeActionKind } from '../lspValues';
import { below, edit, importsTorch, linesOf, optimizerInText, type Fix } from './fix';

const USUAL_STEPS = 500;

export const warmUp: Fix = {
  codes: ['HL101', 'HL102', 'HL103', 'HL104', 'HL107'],
  make: ({ view, reading, diagnostic, stored }) => {
    const optimizer = optimizerInText(view, reading);
    if (optimizer === undefined || !importsTorch(view) || (reading?.training?.schedules.length ?? 0) > 0) return [];
    const lines = linesOf(view);
    const suggested = stored?.result.quantities['B6.warmUpSteps'];
    const steps = suggested !== undefined && 'value' in suggested ? Math.round(suggested.value) : USUAL_STEPS;
    const made = `${optimizer.indent}warmup = torch.optim.lr_scheduler.LinearLR(${optimizer.name}, start_factor=0.01, total_iters=${steps})`;
    return [
      {
        title: `Add a linear warm-up of ${steps} steps`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        edit: edit(view, [
          below(lines, optimizer.lastLine, made),
          ...optimizer.steps.map(({ line, indent }) => below(lines, line, `${indent}warmup.step()`)),
        ]),
      },
    ];
  },
};
