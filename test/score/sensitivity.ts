/** How well the predicted sensitivity of weights ranks the measured one (E3, E4), on the trained examples. */
import { rankCorrelation } from '../../server/src/curvature/statistics/rankCorrelation';
import type { Engine } from '../../server/src/engine/engine';
import { createOnnxEngine } from '../../server/src/engine/onnx/onnxEngine';
import { activationsOf, type RoundedActivation } from './activations';
import { examples, type Example } from './examples';
import { rowsOf, type StudyRow } from './studyRows';

/** What a change of weights does to the loss, and what was predicted. Plain data: kept between invocations. */
interface Predicted {
  readonly model: string;
  readonly measured: number;
  /** By the model's outputs expanded along the change. */
  readonly expanded: number;
  /** Null where it was not asked for. */
  readonly quadratic: number | null;
}

/** One weight tensor, changed by itself (E4). */
export interface Change extends Predicted {
  readonly tensor: string;
  readonly change: string;
  /** ½Ω of HAWQ; null for pruning. */
  readonly byTrace: number | null;
  /** The quadratic model is. */
  readonly trusted: boolean;
}

/** All weight tensors pruned together (E3). */
export interface Removal extends Predicted {
  readonly criterion: string;
  readonly sparsity: number;
  /** The sum of the criterion's scores. */
  readonly score: number;
}

export interface Sensitivities {
  readonly changes: readonly Change[];
  readonly removals: readonly Removal[];
  readonly activations: readonly RoundedActivation[];
}

export const NONE: Sensitivities = { changes: [], removals: [], activations: [] };

/** Spearman's ρ with the measured increases; NaN for fewer than three. */
export interface RankAnswer {
  readonly model: string;
  readonly change: string;
  readonly tensors: number;
  readonly expanded: number;
  readonly quadratic: number;
  readonly byTrace: number;
  readonly trusted: number;
  /** Of the quadratic model. */
  readonly whereTrusted: number;
}

export interface RemovalAnswer {
  readonly criterion: string;
  readonly removals: number;
  readonly expanded: number;
  /** Over removals of half of the weights. */
  readonly quadratic: number;
  readonly score: number;
}

export const ALL_MODELS = 'all examples';
export const ALL_CRITERIA = 'all criteria';
const MAGNITUDE = 'magnitude';
const HALF = 0.5;
const FEWEST = 3;

/** Of every example what is not among the known. */
export async function* sensitivitiesOfExamples(known: Sensitivities): AsyncGenerator<Sensitivities> {
  const engine = await createOnnxEngine();
  const isIn = (found: readonly { readonly model: string }[], { name }: Example): boolean =>
    found.some(({ model }) => model === name);
  for (const example of examples) {
    if (!isIn(known.changes, example)) yield { ...NONE, changes: await changesOf(example, engine) };
    if (!isIn(known.removals, example)) yield { ...NONE, removals: await removalsOf(example, engine) };
    if (!isIn(known.activations, example)) yield { ...NONE, activations: await activationsOf(example, engine) };
  }
}

async function changesOf(example: Example, engine: Engine): Promise<Change[]> {
  const rows = await rowsOf(example, engine, 'E4');
  return rows.map((row) => ({
    ...predictedIn(row, example),
    tensor: row.text('weight'),
    change: row.text('change'),
    byTrace: row.has('half the sensitivity Ω') ? row.number('half the sensitivity Ω') : null,
    trusted: row.text('quadratic model') === 'holds',
  }));
}

async function removalsOf(example: Example, engine: Engine): Promise<Removal[]> {
  const rows = await rowsOf(example, engine, 'E3');
  return rows.map((row) => ({
    ...predictedIn(row, example),
    criterion: row.text('criterion'),
    sparsity: row.number('share removed'),
    score: row.number('score'),
  }));
}

const predictedIn = (row: StudyRow, { name }: Example): Predicted => ({
  model: name,
  measured: row.number('measured'),
  expanded: row.number('expanded outputs'),
  quadratic: row.has('quadratic') ? row.number('quadratic') : null,
});

/** By kind of change: of every model, and of all of them taken together. */
export function rankAnswers(changes: readonly Change[]): RankAnswer[] {
  const kinds = [...new Set(changes.map(({ change }) => change))];
  const models = [...new Set(changes.map(({ model }) => model))];
  return kinds.flatMap((kind) => {
    const own = changes.filter(({ change }) => change === kind);
    const of = models.map((name) =>
      ranked(
        name,
        kind,
        own.filter(({ model }) => model === name),
      ),
    );
    return [...of, ranked(ALL_MODELS, kind, own)];
  });
}

function ranked(model: string, change: string, changes: readonly Change[]): RankAnswer {
  const inside = changes.filter(({ trusted }) => trusted);
  return {
    model,
    change,
    tensors: changes.length,
    expanded: correlationOf(changes, ({ expanded }) => expanded),
    quadratic: correlationOf(changes, ({ quadratic }) => quadratic),
    byTrace: correlationOf(changes, ({ byTrace }) => byTrace),
    trusted: inside.length,
    whereTrusted: correlationOf(inside, ({ quadratic }) => quadratic),
  };
}

/** By criterion over sparsities of all models, and over all removals. */
export function removalAnswers(removals: readonly Removal[]): RemovalAnswer[] {
  const criteria = [...new Set(removals.map(({ criterion }) => criterion))];
  const answer = (criterion: string, own: readonly Removal[], comparable: boolean): RemovalAnswer => ({
    criterion,
    removals: own.length,
    expanded: correlationOf(own, ({ expanded }) => expanded),
    quadratic: correlationOf(
      own.filter(({ sparsity }) => sparsity === HALF),
      ({ quadratic }) => quadratic,
    ),
    // Sums of magnitudes are no losses.
    score: comparable ? correlationOf(own, ({ score }) => score) : NaN,
  });
  return [
    ...criteria.map((name) =>
      answer(
        name,
        removals.filter(({ criterion }) => criterion === name),
        name !== MAGNITUDE,
      ),
    ),
    answer(ALL_CRITERIA, removals, false),
  ];
}

function correlationOf<T extends Predicted>(changes: readonly T[], prediction: (change: T) => number | null): number {
  const predicted = changes.flatMap((change) => prediction(change) ?? []);
  if (predicted.length < FEWEST || predicted.length < changes.length) return NaN;
  return rankCorrelation(
    predicted,
    changes.map(({ measured }) => measured),
  );
}
