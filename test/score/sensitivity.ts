/** How well the predicted sensitivity of weight tensors ranks the measured one (E4), on the trained examples. */
import { analyze } from '../../server/src/curvature/analysis/analyze';
import { rankCorrelation } from '../../server/src/curvature/statistics/rankCorrelation';
import type { Engine } from '../../server/src/engine/engine';
import { createOnnxEngine } from '../../server/src/engine/onnx/onnxEngine';
import { characters, examples, problemOfExample, type Example } from './examples';
import { analysisOptions } from './run';

/** One weight tensor, changed by itself. Plain data: kept between invocations. */
export interface Change {
  readonly model: string;
  readonly tensor: string;
  readonly change: string;
  readonly predicted: number;
  readonly measured: number;
  readonly trusted: boolean;
}

export interface RankAnswer {
  readonly model: string;
  readonly change: string;
  readonly tensors: number;
  /** Spearman's ρ; NaN for fewer than three. */
  readonly correlation: number;
  readonly trusted: number;
  readonly whereTrusted: number;
}

export const ALL_MODELS = 'all examples';
/** A sample of the character model is a sequence. */
const samplesOf = (example: Example): number => (example === characters ? 24 : 128);
const SEED = 0;
const FEWEST = 3;

/** Of every example that is not among the known ones. */
export async function* changesOfExamples(known: readonly Change[]): AsyncGenerator<readonly Change[]> {
  const engine = await createOnnxEngine();
  for (const example of examples)
    if (!known.some(({ model }) => model === example.name)) yield await changesOf(example, engine);
}

async function changesOf(example: Example, engine: Engine): Promise<Change[]> {
  const problem = await problemOfExample(example, { trained: true, samples: samplesOf(example), seed: SEED });
  const { studies } = await analyze(problem, engine, analysisOptions(['E4'], null));
  const table = studies.find(({ id }) => id === 'E4')?.tables[0];
  if (table === undefined) throw new Error(`${example.name}: E4 has no table`);
  const column = (title: string): number => {
    const at = table.columns.findIndex((each) => each.title === title);
    if (at < 0) throw new Error(`E4's table has no column ${title}`);
    return at;
  };
  const [tensor, change, predicted, measured, model] = [
    'weight',
    'change',
    'gradient and curvature',
    'measured',
    'quadratic model',
  ].map(column);
  return table.rows.map((row) => ({
    model: example.name,
    tensor: String(row[tensor ?? 0]),
    change: String(row[change ?? 0]),
    predicted: Number(row[predicted ?? 0]),
    measured: Number(row[measured ?? 0]),
    trusted: row[model ?? 0] === 'holds',
  }));
}

/** By kind of change: of every model, and of all of them taken together. */
export function rankAnswers(changes: readonly Change[]): RankAnswer[] {
  const kinds = [...new Set(changes.map(({ change }) => change))];
  const models = [...new Set(changes.map(({ model }) => model))];
  return kinds.flatMap((kind) => {
    const own = changes.filter(({ change }) => change === kind);
    return [
      ...models.map((name) =>
        ranked(
          name,
          kind,
          own.filter(({ model }) => model === name),
        ),
      ),
      ranked(ALL_MODELS, kind, own),
    ];
  });
}

function ranked(model: string, change: string, changes: readonly Change[]): RankAnswer {
  const inside = changes.filter(({ trusted }) => trusted);
  return {
    model,
    change,
    tensors: changes.length,
    correlation: correlationOf(changes),
    trusted: inside.length,
    whereTrusted: correlationOf(inside),
  };
}

const correlationOf = (changes: readonly Change[]): number =>
  changes.length < FEWEST
    ? NaN
    : rankCorrelation(
        changes.map(({ predicted }) => predicted),
        changes.map(({ measured }) => measured),
      );
