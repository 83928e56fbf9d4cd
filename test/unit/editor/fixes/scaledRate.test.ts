import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { FixContext } from '../../../../server/src/editor/fixes/fix';
import { scaledRate } from '../../../../server/src/editor/fixes/scaledRate';

const text = 'batch = 256\noptimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n';

function fixed(batchSize: number): string | undefined {
  const document = TextDocument.create('file:///train.py', 'python', 1, text);
  const start = document.positionAt(text.indexOf('0.1'));
  const range = { start, end: { line: start.line, character: start.character + 3 } };
  const context = {
    view: { uri: document.uri, document },
    diagnostic: { range, message: '' },
    stored: {
      result: {
        stability: { learningRate: 0.1, batchSize, editedFrom: { learningRate: 0.1, batchSize: 64 }, settings: {} },
      },
    },
  } as unknown as FixContext;
  const [action] = scaledRate.make(context);
  return action && TextDocument.applyEdits(document, action.edit?.changes?.[document.uri] ?? []);
}

describe('scaling with the batch size', () => {
  it('sets the learning rate that follows an edited batch size', () => {
    expect(fixed(256)).toBe(text.replace('lr=0.1', 'lr=0.4'));
  });

  it('has nothing to offer where the batch size is that of before', () => {
    expect(fixed(64)).toBeUndefined();
  });
});
