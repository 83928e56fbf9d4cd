/** Assigns a checkpoint's tensors to a model's `state_dict` keys, undoing what wrappers did to the names. */
import { isAveragePath } from './averages';
import type { Checkpoint, CheckpointTensor, StateContainer } from './checkpoint';
import { infixRename } from './infixRename';
import { proposeRenames, type ProposedRename } from './proposedRenames';
import { renamingsFor, unchanged, type Renaming } from './renamings';
import { shapesAgree, type WantedTensor } from './wanted';

export interface Misshaped {
  readonly name: string;
  readonly expected: readonly number[];
  readonly found: readonly number[];
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
  /** Path of the container that was used. */
  readonly container: string;
}

interface Trial {
  readonly container: StateContainer;
  readonly renaming: Renaming;
  /** Holds an average of the weights rather than the weights. */
  readonly average: boolean;
  readonly byName: ReadonlyMap<string, CheckpointTensor>;
  readonly matches: number;
}

/** A counter that nothing reads in eval mode, absent from old checkpoints. */
export const isCounter = (name: string): boolean => name.endsWith('num_batches_tracked');

/**
 * Tries every container with every renaming and keeps the one with the most names of equal shape; between equals the
 * weights rather than an average of them, then the fewest left-over tensors, the likelier container, and the smaller change
 * of names. What is then missing is looked for under names that differ in one part, the same everywhere.
 */
export function matchStateDict(
  { containers }: Pick<Checkpoint, 'containers'>,
  wanted: readonly WantedTensor[],
): StateDictMatch {
  const trials: Trial[] = [];
  for (const container of containers) {
    const trial = bestOf(container, wanted);
    trials.push(trial);
    // The likelier container comes first: nothing later can be better than all of it and nothing else.
    if (isPerfect(trial, wanted)) break;
  }
  const [first, ...rest] = trials;
  if (first === undefined) return emptyMatch(wanted);
  const best = rest.reduce((winner, trial) => (isBetter(trial, winner) ? trial : winner), first);
  return { ...matchOf(best, wanted), container: best.container.path };
}

export const emptyMatch = (wanted: readonly WantedTensor[]): StateDictMatch => ({
  assignments: new Map(),
  missing: wanted.map(({ name }) => name),
  unexpected: [],
  misshaped: [],
  proposedRenames: [],
  renaming: undefined,
  container: '',
});

function matchOf({ byName, renaming }: Trial, wanted: readonly WantedTensor[]): Omit<StateDictMatch, 'container'> {
  const assignments = new Map<string, CheckpointTensor>();
  const missing: WantedTensor[] = [];
  const misshaped: Misshaped[] = [];
  for (const entry of wanted) {
    const tensor = byName.get(entry.name);
    if (tensor === undefined) missing.push(entry);
    else if (shapesAgree(entry.shape, tensor.shape)) assignments.set(entry.name, tensor);
    else misshaped.push({ name: entry.name, expected: entry.shape, found: tensor.shape });
  }
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const unexpected = new Map([...byName].filter(([name]) => !wantedNames.has(name)));
  const infix = misshaped.length > 0 ? undefined : infixRename(withoutLostCounters(missing, unexpected), unexpected);
  for (const [name, tensor] of infix?.found ?? []) assignments.set(name, tensor);
  const used = new Set(infix?.found.values());
  const left = [...unexpected.values()].filter((tensor) => !used.has(tensor));
  const stillMissing = withoutTied(missing, wanted, assignments);
  const descriptions = [renaming.description, infix?.description].filter((text) => text !== undefined);
  return {
    assignments,
    missing: stillMissing.map(({ name }) => name),
    unexpected: left.map(({ name }) => name),
    misshaped,
    proposedRenames: proposeRenames(stillMissing, left),
    renaming: descriptions.length === 0 ? undefined : descriptions.join(', '),
  };
}

/** Files that keep shared tensors once have them under any one of their names. */
function withoutTied(
  missing: readonly WantedTensor[],
  wanted: readonly WantedTensor[],
  assigned: ReadonlyMap<string, unknown>,
): WantedTensor[] {
  const first = ({ name, sameAs }: WantedTensor): string => sameAs ?? name;
  const found = new Set(wanted.filter(({ name }) => assigned.has(name)).map(first));
  return missing.filter((entry) => !found.has(first(entry)));
}

/** Old checkpoints have no counters: where there is none among the `unexpected`, none is looked for. */
function withoutLostCounters(
  missing: readonly WantedTensor[],
  unexpected: ReadonlyMap<string, unknown>,
): readonly WantedTensor[] {
  return [...unexpected.keys()].some(isCounter) ? missing : missing.filter(({ name }) => !isCounter(name));
}

const isBetter = (a: Trial, b: Trial): boolean => {
  if (a.matches !== b.matches) return a.matches > b.matches;
  if (a.average !== b.average) return b.average;
  return a.matches > 0 && a.byName.size < b.byName.size;
};

const isPerfect = ({ matches, average, byName }: Trial, wanted: readonly WantedTensor[]): boolean =>
  matches > 0 && matches === wanted.length && matches === byName.size && !average;

function bestOf(container: StateContainer, wanted: readonly WantedTensor[]): Trial {
  const plain = tryRenaming(container, unchanged, wanted);
  // Where no shape agrees, no change of names makes a match.
  if (isPerfect(plain, wanted) || !anyShapeAgrees(container, wanted)) return plain;
  const names = container.tensors.map(({ name }) => name);
  const renamings = renamingsFor(
    names,
    wanted.map(({ name }) => name),
  );
  return renamings
    .map((renaming) => tryRenaming(container, renaming, wanted))
    .reduce((winner, trial) => (isBetter(trial, winner) ? trial : winner), plain);
}

function anyShapeAgrees({ tensors }: StateContainer, wanted: readonly WantedTensor[]): boolean {
  const shapes = new Set(tensors.map(({ shape }) => shape.join()));
  // A scalar may be stored as one element.
  return wanted.some(({ shape }) => shapes.has(shape.join()) || (shape.length === 0 && shapes.has('1')));
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
  return { container, renaming, average: renaming.average || isAveragePath(container.path), byName, matches };
}
