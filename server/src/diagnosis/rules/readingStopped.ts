import type { ModelReading } from '../../protocol/reading';
import type { Finding } from '../finding';
import { stoppedFinding, type StaticRule } from '../staticRule';
import { isShapeMismatch } from './shapeMismatch';

export const readingStopped: StaticRule = {
  code: 'HL406',
  title: 'A model could not be read to the end',
  documentation: `Models are read without running Python. Where a value cannot be known from the source (a file that is only there at run time, a compiled extension, a function of a library that is not
modelled), or where an argument of the constructor is not given anywhere, reading stops at that expression. Shapes and counts up to there are shown; an analysis is not possible.

A hint at an expression of \`forward\` says the same of the loss alone: the model takes targets that may be left out, and what it computes of them failed with class indices, one for each row or position, and with
numbers shaped like the output. So does a hint at \`compile\`, of a loss that it is given. The model is read without that loss.

**When it is wrong.** This is information about the reader, not a fault of the code.

**What to do.** Give what is missing: constructor arguments with \`# hessian-lens: args="64, classes=10"\` above the class, input shapes with \`input=3x32x32\`, or the same keys under
\`[tool.hessian-lens]\` in pyproject.toml.`,
  check: ({ file, models }) => [
    ...models.flatMap((model, i) =>
      isShapeMismatch(model)
        ? []
        : (stoppedFinding(file, model, {
            code: 'HL406',
            // Of a file of building blocks each says so; only what the file is about belongs into a list of problems.
            severity: i === 0 ? 'information' : 'hint',
            text: `${model.name} cannot be read further`,
          }) ?? []),
    ),
    ...models.flatMap((model) => lossNotRead(file, model) ?? []),
  ],
};

function lossNotRead(file: string, { name, place, lossStopped }: ModelReading): Finding | undefined {
  if (lossStopped === null) return undefined;
  return stoppedFinding(
    file,
    { name, place, stopped: lossStopped },
    {
      code: 'HL406',
      severity: 'hint',
      text: `The loss of ${name} cannot be read`,
    },
  );
}
