import * as vscode from 'vscode';
import type { CheckpointFit } from '../../server/src/protocol/reading';

/** What of a checkpoint differs from the model, with the first case of each kind. */
export function fitText(fit: CheckpointFit): string {
  switch (fit.kind) {
    case 'fits':
      return fit.renaming === undefined
        ? vscode.l10n.t('every parameter is there with its shape')
        : vscode.l10n.t('every parameter is there with its shape; names: {0}', fit.renaming);
    case 'unreadable':
      return fit.reason;
    case 'differs':
      return differences(fit).join(' · ');
  }
}

function differences({ missing, unexpected, misshapen, renames }: CheckpointFit & { kind: 'differs' }): string[] {
  const [shape] = misshapen;
  return [
    ...(shape === undefined
      ? []
      : [
          vscode.l10n.t(
            '{0} of another shape: {1} is {2}, the model has {3}',
            misshapen.length,
            shape.key,
            shape.checkpoint,
            shape.model,
          ),
        ]),
    ...(missing[0] === undefined ? [] : [vscode.l10n.t('{0} missing: {1}', missing.length, examples(missing))]),
    ...(renames[0] === undefined
      ? []
      : [vscode.l10n.t('shapes agree if {0} is {1}', renames[0].found, renames[0].wanted)]),
    ...(unexpected[0] === undefined
      ? []
      : [vscode.l10n.t('{0} not in the model: {1}', unexpected.length, examples(unexpected))]),
  ];
}

const examples = (keys: readonly string[]): string =>
  keys.length > 2 ? `${keys.slice(0, 2).join(', ')}, …` : keys.join(', ');
