import { locationOf, type StaticRule } from '../staticRule';

export const badSettings: StaticRule = {
  code: 'HL407',
  title: 'A setting cannot be used',
  documentation: `A \`# hessian-lens:\` comment or an entry under \`[tool.hessian-lens]\` in pyproject.toml has a key that does not exist or a value that does not fit its key. It is left out; everything else is used.

**What to do.** The message says what is wrong and which keys there are: checkpoint, weights, data, loss, input, args, batch, train-script, latencies, mode, ignore.`,
  check: ({ badSettings: problems }) =>
    problems.map(({ message, place }) => ({
      ...locationOf(place),
      code: 'HL407',
      severity: 'warning' as const,
      message,
      related: [],
    })),
};
