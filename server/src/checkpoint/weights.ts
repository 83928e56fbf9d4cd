/** Which of a checkpoint's weights are used: those of the model, an average of them, or what a user names. */
import { averagesOf, isAveragePath } from './averages';
import type { Checkpoint, CheckpointTensor, StateContainer } from './checkpoint';
import { emptyMatch, matchStateDict, type StateDictMatch } from './stateDict';
import { shapesAgree, type WantedTensor } from './wanted';

export interface WeightsMatch extends StateDictMatch {
  /** What was used and what else there is, for the provenance. */
  readonly notes: readonly string[];
}

/** A tensor that a model has, where it stands among the parameters: lists of averages are in this order. */
export interface WantedState extends WantedTensor {
  /** `other name`: of a tensor that stands elsewhere. */
  readonly role: 'trained parameter' | 'frozen parameter' | 'buffer' | 'other name';
}

export class UnknownWeights extends Error {
  override readonly name = 'UnknownWeights';
  constructor(
    readonly asked: string,
    readonly known: readonly string[],
  ) {
    super(`the checkpoint has no weights '${asked}'`);
  }
}

/**
 * `asked`: 'ema' (any average of the weights), 'model', or the path of a container; absent: what fits best.
 * An average often lacks buffers and frozen parameters; those come from the model's own state.
 * Throws `UnknownWeights`.
 */
export function matchWeights(
  checkpoint: Pick<Checkpoint, 'containers'>,
  wanted: readonly WantedState[],
  asked?: string,
): WeightsMatch {
  const { containers } = checkpoint;
  const own = containers.filter(({ path }) => !isAveragePath(path));
  if (asked === undefined) return matchedByDefault(containers, wanted);
  if (asked === 'model' && own.length > 0) return { ...matchStateDict({ containers: own }, wanted), notes: [] };
  const chosen = chosenContainers(containers, asked);
  if (chosen.length === 0) throw new UnknownWeights(asked, weightNames(containers));
  const main = bestMatch(chosen, wanted);
  return main.missing.length === 0 ? withNote(main) : completed(main, matchStateDict({ containers: own }, wanted));
}

/** Names that `matchWeights` takes for these containers. */
export const weightNames = (containers: readonly StateContainer[]): string[] => [
  ...new Set([
    ...(averagesOf(containers).length > 0 ? ['ema'] : []),
    ...containers.map(({ path }) => path).filter((path) => path !== ''),
  ]),
];

function matchedByDefault(containers: readonly StateContainer[], wanted: readonly WantedState[]): WeightsMatch {
  const match = matchStateDict({ containers }, wanted);
  if (isAveragePath(match.container)) return withNote(match);
  const averages = averagesOf(containers).filter((container) => fitsParameters(container, wanted));
  const [average] = averages;
  if (average === undefined || match.assignments.size === 0) return { ...match, notes: [] };
  return { ...match, notes: [`an average of the weights is in '${average.path}' as well; weights "ema" would use it`] };
}

/** The containers that `asked` may mean, the likeliest first. */
export function chosenContainers(containers: readonly StateContainer[], asked: string): StateContainer[] {
  if (asked === 'ema') return averagesOf(containers);
  const exact = [...containers, ...averagesOf(containers)].filter(({ path }) => path === asked);
  return exact.length > 0 ? exact.slice(0, 1) : containers.filter(({ path }) => path.endsWith(`.${asked}`)).slice(0, 1);
}

const withNote = (match: StateDictMatch): WeightsMatch => ({
  ...match,
  notes: match.container === '' ? [] : [`weights from '${match.container}'${average(match)}`],
});

const average = ({ container }: StateDictMatch): string =>
  isAveragePath(container) ? ', an average over training' : '';

function bestMatch(containers: readonly StateContainer[], wanted: readonly WantedState[]): StateDictMatch {
  const matches = containers.map(
    (container) => inOrder(container, wanted) ?? matchStateDict({ containers: [container] }, wanted),
  );
  return matches.reduce(
    (best, match) => (match.assignments.size > best.assignments.size ? match : best),
    emptyMatch(wanted),
  );
}

/** A list has no names: its tensors are all parameters, or all that are trained, in the model's order. */
function inOrder(container: StateContainer, wanted: readonly WantedState[]): StateDictMatch | undefined {
  if (!container.tensors.every(({ name }, index) => name === String(index))) return undefined;
  const targets = [
    wanted.filter(({ role }) => role === 'trained parameter' || role === 'frozen parameter'),
    wanted.filter(({ role }) => role === 'trained parameter'),
  ].find((tensors) => agree(tensors, container.tensors));
  if (targets === undefined) return undefined;
  const assignments = new Map(
    targets.flatMap(({ name }, index): [string, CheckpointTensor][] => {
      const tensor = container.tensors[index];
      return tensor === undefined ? [] : [[name, tensor]];
    }),
  );
  return {
    ...emptyMatch([]),
    assignments,
    missing: wanted.filter(({ name, sameAs }) => !assignments.has(sameAs ?? name)).map(({ name }) => name),
    renaming: "a list in the order of the model's parameters",
    container: container.path,
  };
}

const agree = (wanted: readonly WantedTensor[], found: readonly CheckpointTensor[]): boolean =>
  wanted.length === found.length &&
  wanted.every(({ shape }, index) => shapesAgree(shape, found[index]?.shape ?? [NaN]));

function fitsParameters(container: StateContainer, wanted: readonly WantedState[]): boolean {
  const { assignments } = bestMatch([container], wanted);
  return wanted.every(({ name, role }) => role !== 'trained parameter' || assignments.has(name));
}

/** What the chosen weights lack is taken from the model's state. */
function completed(main: StateDictMatch, own: StateDictMatch): WeightsMatch {
  const added = main.missing.filter((name) => own.assignments.has(name));
  if (main.assignments.size === 0 || added.length === 0) return withNote(main);
  const other = own.container === '' ? "the model's state" : `'${own.container}'`;
  return {
    ...main,
    assignments: new Map([...own.assignments, ...main.assignments]),
    missing: main.missing.filter((name) => !own.assignments.has(name)),
    unexpected: [],
    proposedRenames: [],
    notes: [...withNote(main).notes, `${added.length} tensors that it lacks, such as ${added[0]}, from ${other}`],
  };
}
