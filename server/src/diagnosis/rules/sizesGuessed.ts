import { commentMark } from '../../javascript/isJavaScript';
import { locationOf, type StaticRule } from '../staticRule';

export const sizesGuessed: StaticRule = {
  code: 'HL408',
  title: 'Sizes of weights are guessed',
  documentation: `A model of Keras is as large as what it is given: a subclass is built by its first input, a function makes layers by its arguments. Where nothing in the project says these (no program, notebook, test or example that makes
the model), usual sizes of inputs and of outputs are taken, and this says which. Numbers of parameters, shapes and an analysis are of a model of these sizes. What decides on layers (their number, units, filters, heads) is never guessed.

**When it is wrong.** This is information about the reader, not a fault of the code.

**What to do.** Say the sizes: \`# hessian-lens: input=28x28x1\` or \`# hessian-lens: args="(64, 64, 3), classes=2"\` above the class or function, \`--input\` or \`--model\` on the command line, or the same under
\`[tool.hessian-lens]\` in pyproject.toml.`,
  check: ({ models }) =>
    models
      .filter(({ guessed, stopped }) => guessed.length > 0 && stopped === null)
      .map(({ name, place, guessed }) => ({
        ...locationOf(place),
        code: 'HL408',
        severity: 'information',
        message: `Nothing says how large ${name} is: its parameters are counted for ${guessed.join(', ')}, which is a guess. Say the sizes in a comment above it: ${commentMark(place.file)} hessian-lens: ${hintFor(guessed)}`,
        related: [],
      })),
};

/** The setting that says them. */
const hintFor = (guessed: readonly string[]): string => {
  const args = guessed.filter((each) => each.includes('='));
  const [input] = guessed.filter((each) => each.startsWith('input '));
  return [
    ...(args.length === 0 ? [] : [`args="${args.join(', ')}"`]),
    ...(input === undefined ? [] : [input.replaceAll('×', 'x').replace(' ', '=')]),
  ].join(' ');
};
