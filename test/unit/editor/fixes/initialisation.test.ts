import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { View } from '../../../../server/src/editor/documents';
import type { FixContext } from '../../../../server/src/editor/fixes/fix';
import { initialisation } from '../../../../server/src/editor/fixes/initialisation';

function fixed(text: string): string | undefined {
  const document = TextDocument.create('file:///model.py', 'python', 1, text);
  const unit = { uri: document.uri, path: '/model.py', text, onDisk: true };
  const view: View = { uri: document.uri, unit, firstLine: 0, lineCount: document.lineCount, document };
  const line = text.split('\n').findIndex((each) => each.startsWith('class Net'));
  const start = { line, character: 0 };
  const context = { view, diagnostic: { range: { start, end: start }, message: '' } } as unknown as FixContext;
  const [action] = initialisation.make(context);
  return action && TextDocument.applyEdits(document, action.edit?.changes?.[document.uri] ?? []);
}

const model = (activation: string): string => `import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(
        self,
        width=4,
    ):
        super().__init__()
        self.fc = nn.Linear(4, width)
        if width > 2:
            self.more = nn.Linear(width, 2)

    def forward(self, x):
        return torch.${activation}(self.fc(x))


class Other(nn.Module):
    pass
`;

describe('the initialisation that a finding recommends', () => {
  it('goes to the end of the constructor, as deep as its statements', () => {
    const lines = (fixed(model('relu')) ?? '').split('\n');
    const at = lines.indexOf('        for module in self.modules():');
    expect(lines[at - 1]).toBe('            self.more = nn.Linear(width, 2)');
    expect(lines[at + 2]).toBe("                nn.init.kaiming_normal_(module.weight, nonlinearity='relu')");
    expect(lines.slice(at + 5)).toEqual(model('relu').split('\n').slice(13));
  });

  it('suits the activation', () => {
    expect(fixed(model('tanh'))).toContain('nn.init.xavier_normal_(module.weight)');
  });

  it('is not offered for functions, classes without a constructor, or where nn is not imported by name', () => {
    expect(fixed('import torch.nn as nn\n\n\nclass Net(nn.Module):\n    pass\n')).toBeUndefined();
    expect(fixed(model('relu').replace('import torch.nn as nn', 'from torch.nn import *'))).toBeUndefined();
  });
});
