import type { ModelReading } from '../../protocol/reading';
import { stoppedFinding, type StaticRule } from '../staticRule';

/**
 * PyTorch's own words for sizes that do not go together, with the sizes. With guessed inputs a mismatch may be the guess's
 * fault.
 */
export const isShapeMismatch = ({ stopped, inputOrigin }: ModelReading): boolean =>
  stopped !== null &&
  inputOrigin !== 'usual sizes' &&
  /^(RuntimeError|IndexError): .*(shape|size|dimension|channels|subscript)/i.test(stopped.reason) &&
  /\d/.test(stopped.reason);

export const shapeMismatch: StaticRule = {
  code: 'HL401',
  title: 'Shapes do not fit',
  documentation: `With the input shapes that the configuration, the pragma or the data give, an operation of \`forward\` gets tensors whose shapes it cannot combine. PyTorch would raise the same error at the first batch.

**When it is wrong.** Where the stated input shape is not the one that the model is used with. With shapes that were only guessed this is reported as information (HL406), never as an error.

**What to do.** Compare the two shapes in the message with the inlay hints of the lines above.`,
  check: ({ file, models }) =>
    models.flatMap((model) =>
      isShapeMismatch(model)
        ? (stoppedFinding(file, model, { code: 'HL401', severity: 'error', text: 'Shapes do not fit' }) ?? [])
        : [],
    ),
};
