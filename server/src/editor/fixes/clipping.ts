/** Clips the gradient before each step at the quantile of its norm that was measured (C9). */
import { isComputed } from '../../curvature/quantity';
import { formatNumber } from '../../report/numbers';
import type { TextEdit } from 'vscode-languageserver/node';
import type { FileReading } from '../../protocol/reading';
import { CodeActionKind } from '../lspValues';
import type { View } from '../documents';
import { optimizerCall } from './optimizerCall';
import { above, edit, importsTorch, linesOf, optimizerInText, type Fix } from './fix';

export const clipping: Fix = {
  codes: ['HL101', 'HL103', 'HL104', 'HL202', 'HL203'],
  make: ({ view, reading, diagnostic, stored }) => {
    const threshold = stored?.result.quantities['C9.clipThreshold'];
    if (threshold === undefined || !isComputed(threshold) || reading?.training?.clipping !== null) return [];
    const limit = formatNumber(threshold.value, 2);
    const edits = importsTorch(view) ? clippedSteps(view, reading, limit) : clippedOptimizer(view, reading, limit);
    if (edits.length === 0) return [];
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

/** Keras clips in its optimizers. */
function clippedOptimizer(view: View, reading: FileReading, limit: string): TextEdit[] {
  const call = optimizerCall(view, reading);
  const change = call?.language === 'Keras' ? call.withKeyword('global_clipnorm', limit) : undefined;
  return change === undefined ? [] : [change];
}

/** Above each step of a loop of PyTorch. */
function clippedSteps(view: View, reading: FileReading, limit: string): TextEdit[] {
  const optimizer = optimizerInText(view, reading);
  if (optimizer?.model === undefined) return [];
  const lines = linesOf(view);
  return optimizer.steps.map(({ line, indent, scaler }) => {
    const clip = `${indent}torch.nn.utils.clip_grad_norm_(${optimizer.model}.parameters(), max_norm=${limit})`;
    // Scaled gradients have another norm.
    const isScaled = scaler !== undefined && !lines.some((text) => text.includes(`${scaler}.unscale_(`));
    return above(line, isScaled ? `${indent}${scaler}.unscale_(${optimizer.name})\n${clip}` : clip);
  });
}
