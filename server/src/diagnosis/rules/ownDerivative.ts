import type { ModelReading } from '../../protocol/reading';
import { stoppedFinding, type StaticRule } from '../staticRule';

export const isOwnDerivative = ({ stopped }: ModelReading): boolean =>
  stopped !== null && stopped.reason.includes('defines its own derivative');

export const ownDerivative: StaticRule = {
  code: 'HL405',
  title: 'A derivative is written by hand',
  documentation: `\`forward\` applies a subclass of \`torch.autograd.Function\`. Its \`backward\` may be anything, a straight-through estimate for example, and need not be the derivative of its \`forward\`. The Hessian of such a
model is that of whatever \`backward\` says; Hessian Lens derives everything from \`forward\` alone and therefore stops here rather than show the curvature of another function.

**When it is wrong.** Where \`backward\` is the exact derivative and only saves memory or time; the model can then be analysed with the same formula written in plain operations.

**What to do.** Write the operation with PyTorch's own functions, or choose a model of the file that does not use it.`,
  check: ({ file, models }) =>
    models.flatMap((model) =>
      isOwnDerivative(model)
        ? (stoppedFinding(file, model, {
            code: 'HL405',
            severity: 'information',
            text: `${model.name} cannot be analyzed`,
          }) ?? [])
        : [],
    ),
};
