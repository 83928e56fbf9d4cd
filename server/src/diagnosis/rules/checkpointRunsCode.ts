import { locationOf, type StaticRule } from '../staticRule';

export const checkpointRunsCode: StaticRule = {
  code: 'HL404',
  title: 'A checkpoint would run code when it is loaded',
  documentation: `Files of \`torch.save\` are pickles, and a pickle may name any function to be called when it is loaded. This one names something that no checkpoint needs. Hessian Lens reads pickles with a machine of its own that
calls nothing, so nothing was executed; \`torch.load(..., weights_only=False)\` would execute it.

**What to do.** Do not load the file unless you trust whoever wrote it. Ask for the weights as .safetensors.`,
  check: ({ checkpoints }) =>
    checkpoints.flatMap(({ file, warnings, place }) =>
      warnings
        .filter(({ code }) => code === 'HL404')
        .map(({ message, where }) => ({
          ...locationOf(place),
          code: 'HL404',
          severity: 'error' as const,
          message: `${file} would run code when loaded: ${message} (${where}). Nothing was executed here.`,
          related: [],
        })),
    ),
};
