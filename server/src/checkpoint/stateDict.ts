/** Assigns a checkpoint's tensors to a model's `state_dict` keys, undoing what wrappers did to the names. */
import type { Checkpoint, CheckpointTensor, StateContainer } from './checkpoint';

export interface WantedTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Misshaped {
  readonly name: string;
  readonly expected: readonly number[];
  readonly found: readonly number[];
}

/** A missing and an unexpected name of the same shape that may be the same tensor. Never applied by itself. */
export interface ProposedRename {
  readonly wanted: string;
  readonly found: string;
}

export interface StateDictMatch {
  /** Tensor by wanted name, shapes equal. */
  readonly assignments: ReadonlyMap<string, CheckpointTensor>;
  readonly missing: readonly string[];
  /** Names as they stand in the checkpoint. */
  readonly unexpected: readonly string[];
  readonly misshaped: readonly Misshaped[];
  readonly proposedRenames: readonly ProposedRename[];
  /** What was done to every name: "prefix 'module.' removed"; undefined when nothing was. */
  readonly renaming: string | undefined;
  /** Path of the container that was used; the other possible ones with their number of matches. */
  readonly container: string;
  readonly alternatives: readonly { readonly container: string; readonly matches: number }[];
}

interface Renaming {
  readonly description: string | undefined;
  readonly rename: (name: string) => string;
}

interface Trial {
  readonly container: StateContainer;
  readonly renaming: Renaming;
  readonly byName: ReadonlyMap<string, CheckpointTensor>;
  readonly matches: number;
}

/**
 * Tries every container with every renaming and keeps the one with the most names of equal shape; between equals the
 * fewest left-over tensors, then the likelier container, then the smaller change of names.
 */
export function matchStateDict(checkpoint: Checkpoint, wanted: readonly WantedTensor[]): StateDictMatch {
  const trials = checkpoint.containers.map((container) => bestOf(container, wanted));
  const [first, ...rest] = trials;
  if (first === undefined) return emptyMatch(wanted);
  const best = rest.reduce((winner, trial) => (isBetter(trial, winner) ? trial : winner), first);
  const assignments = new Map<string, CheckpointTensor>();
  const missing: string[] = [];
  const misshaped: Misshaped[] = [];
  for (const { name, shape } of wanted) {
    const tensor = best.byName.get(name);
    if (tensor === undefined) missing.push(name);
    else if (shapesAgree(shape, tensor.shape)) assignments.set(name, tensor);
    else misshaped.push({ name, expected: shape, found: tensor.shape });
  }
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const unexpected = [...best.byName].filter(([name]) => !wantedNames.has(name)).map(([, tensor]) => tensor);
  return {
    assignments,
    missing,
    unexpected: unexpected.map((tensor) => tensor.name),
    misshaped,
    proposedRenames: proposeRenames(
      wanted.filter(({ name }) => missing.includes(name)),
      unexpected,
    ),
    renaming: best.renaming.description,
    container: best.container.path,
    alternatives: trials
      .filter((trial) => trial !== best && trial.matches > 0)
      .map(({ container, matches }) => ({ container: container.path, matches })),
  };
}

const emptyMatch = (wanted: readonly WantedTensor[]): StateDictMatch => ({
  assignments: new Map(),
  missing: wanted.map(({ name }) => name),
  unexpected: [],
  misshaped: [],
  proposedRenames: [],
  renaming: undefined,
  container: '',
  alternatives: [],
});

const isBetter = (a: Trial, b: Trial): boolean =>
  a.matches > b.matches || (a.matches === b.matches && a.matches > 0 && a.byName.size < b.byName.size);

/** Equal, or one element for a scalar, which PyTorch accepts as well. */
const shapesAgree = (expected: readonly number[], found: readonly number[]): boolean =>
  (expected.length === found.length && expected.every((size, axis) => size === found[axis])) ||
  (expected.length === 0 && found.length === 1 && found[0] === 1);

function bestOf(container: StateContainer, wanted: readonly WantedTensor[]): Trial {
  const trials = renamings(container, wanted).map((renaming) => tryRenaming(container, renaming, wanted));
  const [first, ...rest] = trials;
  const plain = first ?? tryRenaming(container, unchanged, wanted);
  return rest.reduce((winner, trial) => (isBetter(trial, winner) ? trial : winner), plain);
}

function tryRenaming(container: StateContainer, renaming: Renaming, wanted: readonly WantedTensor[]): Trial {
  const byName = new Map<string, CheckpointTensor>();
  for (const tensor of container.tensors) {
    const name = renaming.rename(tensor.name);
    // Two names that become one would hide a tensor: the later keeps its own.
    byName.set(byName.has(name) ? tensor.name : name, tensor);
  }
  const matches = wanted.filter(({ name, shape }) => {
    const tensor = byName.get(name);
    return tensor !== undefined && shapesAgree(shape, tensor.shape);
  }).length;
  return { container, renaming, byName, matches };
}

const unchanged: Renaming = { description: undefined, rename: (name) => name };

/** Names that DataParallel, torch.compile, FSDP and activation checkpointing insert, anywhere in a key. */
const wrapperSegments = ['module', '_orig_mod', '_fsdp_wrapped_module', '_checkpoint_wrapped_module', '_module'];

function renamings(container: StateContainer, wanted: readonly WantedTensor[]): Renaming[] {
  const names = container.tensors.map(({ name }) => name);
  const wantedNames = new Set(wanted.map(({ name }) => name));
  return [unchanged, ...wrapperRemovals(names), legacyNormNames].flatMap((base) => {
    const renamed = names.map(base.rename);
    const prefixes = [
      ...commonPrefixes(renamed, wantedNames).map((prefix) => removePrefix(base, prefix)),
      ...addPrefix(base, renamed, wanted),
    ];
    return [base, ...prefixes];
  });
}

/** One removal per wrapper that occurs, and one of all of them. */
function wrapperRemovals(names: readonly string[]): Renaming[] {
  const present = wrapperSegments.filter((segment) => names.some((name) => name.split('.').includes(segment)));
  const sets =
    present.length > 1 ? [...present.map((segment) => [segment]), present] : present.map((segment) => [segment]);
  return sets.map((segments) => ({
    description: `${segments.map((segment) => `'${segment}.'`).join(' and ')} removed`,
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
  rename: (name) => {
    const renamed = base.rename(name);
    return renamed.startsWith(prefix) ? renamed.slice(prefix.length) : renamed;
  },
});

/** The model wraps what was saved: its names are the checkpoint's behind a prefix. */
function addPrefix(base: Renaming, names: readonly string[], wanted: readonly WantedTensor[]): Renaming[] {
  return commonPrefixes(
    wanted.map(({ name }) => name),
    new Set(names),
  ).map((prefix) => ({
    description: joined(base, `prefix '${prefix}' added`),
    rename: (name) => prefix + base.rename(name),
  }));
}

const joined = (base: Renaming, text: string): string =>
  base.description === undefined ? text : `${base.description}, ${text}`;

/**
 * Pairs missing with unexpected tensors: by equal shape and equal last part of the name, in order, where both sides
 * have equally many of that kind.
 */
function proposeRenames(missing: readonly WantedTensor[], unexpected: readonly CheckpointTensor[]): ProposedRename[] {
  const kind = ({ name, shape }: WantedTensor): string => `${name.slice(name.lastIndexOf('.') + 1)} [${shape.join()}]`;
  const foundByKind = groupBy(unexpected, kind);
  return [...groupBy(missing, kind)].flatMap(([key, group]) => {
    const found = foundByKind.get(key) ?? [];
    if (found.length !== group.length) return [];
    return group.map(({ name }, index) => ({ wanted: name, found: found[index]?.name ?? '' }));
  });
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
