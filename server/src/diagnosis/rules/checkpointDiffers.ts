import { locationOf, type StaticRule } from '../staticRule';

/** Keys named in a message before the rest is counted. */
const LISTED = 5;

const listed = (names: readonly string[]): string =>
  names.length <= LISTED ? names.join(', ') : `${names.slice(0, LISTED).join(', ')} and ${names.length - LISTED} more`;

export const checkpointDiffers: StaticRule = {
  code: 'HL402',
  title: 'The checkpoint does not fit the model',
  documentation: `The tensors of a checkpoint that the code or the configuration names are compared by name and shape with the \`state_dict\` of the model as its source builds it. Prefixes that wrappers add
(\`module.\`, \`_orig_mod.\`, \`model.\`) are undone first, and a name that
reads otherwise in one part, the same everywhere, is recognised. Where shapes agree in order under other names, those are proposed; they are never applied by themselves. Loading this file with \`load_state_dict\` would fail, or silently leave parameters at their initial values with \`strict=False\`.

**When it is wrong.** Where the file belongs to another model, or was written with other constructor arguments than those the source shows.

**What to do.** Choose the checkpoint that belongs to the model, or give the arguments it was trained with (\`# hessian-lens: args="…"\`).`,
  check: ({ checkpoints }) =>
    checkpoints.flatMap(({ file, fit, place, model }) => {
      if (fit.kind !== 'differs') return [];
      const parts = [
        ...(fit.misshapen.length === 0
          ? []
          : [
              `other shapes: ${listed(fit.misshapen.map(({ key, model: own, checkpoint }) => `${key} (model ${own}, checkpoint ${checkpoint})`))}`,
            ]),
        ...(fit.missing.length === 0 ? [] : [`missing: ${listed(fit.missing)}`]),
        ...(fit.renames.length === 0
          ? []
          : [`shapes agree if renamed: ${listed(fit.renames.map(({ found, wanted }) => `${found} → ${wanted}`))}`]),
        ...(fit.unexpected.length === 0 ? [] : [`not in the model: ${listed(fit.unexpected)}`]),
      ];
      return [
        {
          ...locationOf(place),
          code: 'HL402',
          severity: 'warning' as const,
          message: `${file} does not fit ${model.name}; ${parts.join('; ')}`,
          related: [{ ...locationOf(model.place), message: `the model: ${model.name}` }],
        },
      ];
    }),
};
