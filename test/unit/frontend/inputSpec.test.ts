/** Shapes of inputs as people write them. */
import { describe, expect, test } from 'vitest';
import { parseInputSpec } from '../../../server/src/frontend/model';

describe('the specification of an input', () => {
  test.each([
    '3x224x224',
    '3 x 224 × 224',
    '3,224,224',
    ' 3, 224, 224 ',
    '(3, 224, 224)',
    '[3,224,224]',
    '(3, 224, 224,)',
  ])('%s is a shape', (text) => expect(parseInputSpec(text)).toEqual({ kind: 'shape', sample: [3, 224, 224] }));

  test.each([
    ['16', [16]],
    ['16,', [16]],
    ['(16,)', [16]],
    ['4,5', [4, 5]],
  ])('%s is a shape', (text, sample) => expect(parseInputSpec(text)).toEqual({ kind: 'shape', sample }));

  test.each(['torch.rand(2, 3)', '[torch.rand(2, 3)]', '(3, 224', '3,,4', '3,4]', 'x', '', '-3,4', '(x, y)', '0.5'])(
    '%s is an expression',
    (text) => expect(parseInputSpec(text)).toEqual({ kind: 'expression', text }),
  );
});
