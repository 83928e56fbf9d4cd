/** Changes of names, the same for every tensor, that undo what wrappers did to a `state_dict`. */
import { isAveragePath } from './averages';
import { kerasPairs } from './kerasPairs';

export interface Renaming {
  /** "prefix 'module.' removed"; undefined when nothing was changed. */
  readonly description: string | undefined;
  /** Takes names of an average of the weights for those of the weights. */
  readonly average: boolean;
  readonly rename: (name: string) => string;
}

export const unchanged: Renaming = { description: undefined, average: false, rename: (name) => name };

/** Names that DataParallel, torch.compile, FSDP and activation checkpointing insert, anywhere in a key. */
const wrapperSegments = ['module', '_orig_mod', '_fsdp_wrapped_module', '_checkpoint_wrapped_module', '_module'];

/** The renamings worth trying to make `names` those that are `wanted`; none first. */
export function renamingsFor(names: readonly string[], wanted: readonly string[]): Renaming[] {
  const wantedNames = new Set(wanted);
  const legacy = names.some((name) => /(^|\.)(gamma|beta)$/.test(name)) ? [legacyNormNames] : [];
  const withPrefixes = [unchanged, ...wrapperRemovals(names), ...legacy].flatMap((base) => {
    const renamed = names.map(base.rename);
    const removals = commonPrefixes(renamed, wantedNames).map((prefix) => removePrefix(base, prefix));
    return [base, ...removals, ...addPrefix(base, renamed, wanted)];
  });
  return [...withPrefixes, ...withoutDots(names, wanted), ...ofKeras(names, wanted)];
}

/** Numbers of layers differ from run to run, and files of Keras 3 number the variables of a layer. */
function ofKeras(names: readonly string[], wanted: readonly string[]): Renaming[] {
  const pairs = kerasPairs(names, wanted);
  if (pairs === undefined) return [];
  const description = 'layers of Keras by kind and order';
  return [{ description, average: false, rename: (name) => pairs.get(name) ?? name }];
}

/** One removal per wrapper that occurs, and one of all of them. */
function wrapperRemovals(names: readonly string[]): Renaming[] {
  const present = wrapperSegments.filter((segment) => names.some((name) => name.split('.').includes(segment)));
  const sets =
    present.length > 1 ? [...present.map((segment) => [segment]), present] : present.map((segment) => [segment]);
  return sets.map((segments) => ({
    description: `${segments.map((segment) => `'${segment}.'`).join(' and ')} removed`,
    average: false,
    rename: (name) =>
      name
        .split('.')
        .filter((segment) => !segments.includes(segment))
        .join('.'),
  }));
}

/** TensorFlow's names of the affine parameters, kept by early conversions. */
const legacyNormNames: Renaming = {
  description: "'gamma' and 'beta' read as 'weight' and 'bias'",
  average: false,
  rename: (name) => name.replace(/(^|\.)gamma$/, '$1weight').replace(/(^|\.)beta$/, '$1bias'),
};

const MOST_PREFIXES = 4;

/** Prefixes p, most frequent first, for which p + wanted name occurs among `names`. */
function commonPrefixes(names: readonly string[], wanted: ReadonlySet<string>): string[] {
  const counts = new Map<string, number>();
  for (const name of names)
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1))
      if (wanted.has(name.slice(dot + 1)))
        counts.set(name.slice(0, dot + 1), (counts.get(name.slice(0, dot + 1)) ?? 0) + 1);
  return mostFrequent(counts);
}

const mostFrequent = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_PREFIXES)
    .map(([prefix]) => prefix);

const removePrefix = (base: Renaming, prefix: string): Renaming => ({
  description: joined(base, `prefix '${prefix}' removed`),
  average: isAveragePath(prefix.slice(0, -1)),
  rename: (name) => {
    const renamed = base.rename(name);
    return renamed.startsWith(prefix) ? renamed.slice(prefix.length) : renamed;
  },
});

/** The model wraps what was saved: its names are the checkpoint's behind a prefix. */
function addPrefix(base: Renaming, names: readonly string[], wanted: readonly string[]): Renaming[] {
  return commonPrefixes(wanted, new Set(names)).map((prefix) => ({
    description: joined(base, `prefix '${prefix}' added`),
    average: false,
    rename: (name) => prefix + base.rename(name),
  }));
}

const joined = (base: Renaming, text: string): string =>
  base.description === undefined ? text : `${base.description}, ${text}`;

/** Averages kept as buffers of a module lose the dots of their names: `model_ema.convweight`. */
function withoutDots(names: readonly string[], wanted: readonly string[]): Renaming[] {
  const byDotless = new Map<string, string | undefined>();
  for (const name of wanted) {
    const dotless = name.replaceAll('.', '');
    // Two names may become one: neither is then known.
    byDotless.set(dotless, byDotless.has(dotless) ? undefined : name);
  }
  const counts = new Map<string, number>();
  for (const name of names) {
    const dot = name.lastIndexOf('.');
    if (dot < 0 || byDotless.get(name.slice(dot + 1)) === undefined) continue;
    const prefix = name.slice(0, dot + 1);
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return mostFrequent(counts)
    .filter((prefix) => isAveragePath(prefix.slice(0, -1)))
    .map((prefix) => ({
      description: `prefix '${prefix}' removed, dots of the names restored`,
      average: true,
      rename: (name) => (name.startsWith(prefix) ? (byDotless.get(name.slice(prefix.length)) ?? name) : name),
    }));
}
