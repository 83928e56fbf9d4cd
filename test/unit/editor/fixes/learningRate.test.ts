import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { StoredResult } from '../../../../server/src/protocol/editor';
import type { View } from '../../../../server/src/editor/documents';
import { learningRateFixes, roundDown } from '../../../../server/src/editor/fixes/learningRate';

const viewOf = (text: string): View => {
  const document = TextDocument.create('file:///train.py', 'python', 1, text);
  const unit = { uri: document.uri, path: '/train.py', text, onDisk: true };
  return { uri: document.uri, unit, firstLine: 0, lineCount: document.lineCount, document };
};

const quantity = (value: number, low: number | null) => ({ value, interval: { low, high: null } });

/** Only what the fixes look at. */
const storedWith = (learningRate: number, limit: number, low: number | null, stale: string[] = []): StoredResult =>
  ({
    stale,
    result: {
      stability: {
        learningRate,
        limit: quantity(limit, low),
        margin: quantity(learningRate / limit, low === null ? null : learningRate / (2 * limit - low)),
      },
    },
  }) as unknown as StoredResult;

/** The texts after each fix, of a finding on the first place that says `place`. */
function fixed(text: string, place: string, stored: StoredResult | undefined) {
  const view = viewOf(text);
  const offset = text.lastIndexOf(place);
  const range = { start: view.document.positionAt(offset), end: view.document.positionAt(offset + place.length) };
  return learningRateFixes(view, { range, message: '' }, stored, 0.5).map((action) => ({
    text: TextDocument.applyEdits(view.document, action.edit?.changes?.[view.uri] ?? []),
    isPreferred: action.isPreferred,
    title: action.title,
  }));
}

describe('rounding down', () => {
  it('keeps two digits, never exceeds the value, and loses less than a tenth', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (value) => {
        const rounded = Number(roundDown(value));
        expect(rounded).toBeLessThanOrEqual(value);
        expect(rounded).toBeGreaterThan(0.9 * value);
        expect(Number(rounded.toPrecision(2))).toBe(rounded);
      }),
    );
  });
});

describe('fixes of a learning rate', () => {
  it('replace a plain number, preferred only when the whole interval is above the limit', () => {
    const text = 'opt = SGD(p, lr=5e-1)\n';
    expect(fixed(text, '5e-1', storedWith(0.5, 0.1, 0.09))).toMatchObject([
      { text: 'opt = SGD(p, lr=0.045)\n', isPreferred: true },
    ]);
    expect(fixed(text, '5e-1', storedWith(0.5, 0.1, null))).toMatchObject([
      { text: 'opt = SGD(p, lr=0.05)\n', isPreferred: false },
    ]);
  });

  it('change the default of the option, or the constant, that the number comes from', () => {
    const option = 'parser.add_argument("--lr", type=float, default=0.5)\nopt = SGD(p, lr=args.lr)\n';
    expect(fixed(option, 'args.lr', storedWith(0.5, 0.1, 0.1))[0]).toMatchObject({
      text: option.replace('default=0.5', 'default=0.05'),
      isPreferred: true,
    });
    const dashed =
      "parser.add_argument('-l', '--base-lr',\n  help='rate', default=0.5, type=float)\nSGD(p, lr=a.base_lr)\n";
    expect(fixed(dashed, 'a.base_lr', storedWith(0.5, 0.1, 0.1))[0]?.text).toBe(dashed.replace('0.5', '0.05'));
    const constant = 'lr: float = 0.5  # fast\nopt = SGD(p, lr=lr)\n';
    expect(fixed(constant, 'lr', storedWith(0.5, 0.1, 0.1))[0]?.text).toBe(constant.replace('0.5', '0.05'));
  });

  it('do not guess where a value comes from: two places, another value, another option', () => {
    for (const text of [
      'lr = 0.5\nif fast:\n    lr = 0.5\nopt = SGD(p, lr=lr)\n',
      'lr = 0.25\nopt = SGD(p, lr=lr)\n',
      'parser.add_argument("--lr-decay", default=0.5)\nopt = SGD(p, lr=args.lr)\n',
    ]) {
      const place = text.includes('args.lr') ? 'args.lr' : 'lr';
      const fixes = fixed(text, place, storedWith(0.5, 0.1, 0.1));
      expect(fixes, text).toHaveLength(1);
      expect(fixes[0]).toMatchObject({ isPreferred: false });
      expect(fixes[0]?.text.split('\n').at(-2)).toBe('opt = SGD(p, lr=0.05)');
    }
  });

  it('are not offered for a result of an earlier text, nor without one', () => {
    expect(fixed('SGD(p, lr=0.5)', '0.5', storedWith(0.5, 0.1, 0.1, ['source changed']))).toEqual([]);
    expect(fixed('SGD(p, lr=0.5)', '0.5', undefined)).toEqual([]);
  });
});
