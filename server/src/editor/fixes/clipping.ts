/** Clips the gradient before each step at the quantile of its norm that was measured (C9). */
import { isComputed } from '../../curvature/quantity';
import { formatNumber } from '../../report/numbers';
import { CodeActionKind } from '../lspValues';
import { above, edit, importsTorch, linesOf, optimizerInText, type Fix } from './fix';

export const clipping: Fix = {
  codes: ['HL101', 'HL103', 'HL104', 'HL202', 'HL203'],
  make: ({ view, reading, diagnostic, stored }) => {
    const threshold = stored?.result.quantities['C9.clipThreshold'];
    const optimizer = optimizerInText(view, reading);
    if (threshold === undefined || !isComputed(threshold) || optimizer?.model === undefined) return [];
    if (!importsTorch(view) || reading?.training?.clipping !== null) return [];
    const lines = linesOf(view);
    const limit = formatNumber(threshold.value, 2);
    const edits = optimizer.steps.map(({ line, indent, scaler }) => {
      const clip = `${indent}torch.nn.utils.clip_grad_norm_(${optimizer.model}.parameters(), max_norm=${limit})`;
      // Scaled gradients have another norm.
      const isScaled = scaler !== undefined && !lines.some((text) => text.includes(`${scaler}.unscale_(`));
      return above(line, isScaled ? `${indent}${scaler}.unscale_(${optimizer.name})\n${clip}` : clip);
    });
    return [
      {
        title: `Clip the gradient at ${limit}, which one step in ten exceeds`,
        kind: CodeActionKind.QuickFix,
        diagnostics: [diagnostic],
        edit: edit(view, edits),
      },
    ];
  },
};
