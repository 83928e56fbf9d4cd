/** How well the predicted increase of the loss ranks inputs of weights by what rounding one of them does (E2), on the trained examples. */
import type { Engine } from '../../server/src/engine/engine';
import { rankCorrelation } from '../../server/src/curvature/statistics/rankCorrelation';
import { BITS } from '../../server/src/curvature/studies/bitCandidates';
import type { Example } from './examples';
import { rowsOf } from './studyRows';

/** One input of a weight, rounded by itself. Plain data: kept between invocations. */
export interface RoundedActivation {
  readonly model: string;
  readonly activation: string;
  readonly bits: number;
  readonly measured: number;
  /** By the model's outputs expanded along the change. */
  readonly expanded: number;
  /** Ω as for weights. */
  readonly byTrace: number;
}

/** Spearman's ρ with the measured increases; NaN for fewer than three. */
export interface ActivationAnswer {
  readonly model: string;
  readonly bits: number;
  readonly activations: number;
  readonly expanded: number;
  readonly byTrace: number;
}

export const ALL_ACTIVATIONS = 'all examples';
const TABLE = 'Bit widths of activations';
const FEWEST = 3;

export async function activationsOf(example: Example, engine: Engine): Promise<RoundedActivation[]> {
  const rows = await rowsOf(example, engine, 'E2', TABLE);
  return rows.flatMap((row) =>
    BITS.map((bits) => ({
      model: example.name,
      activation: row.text('input of'),
      bits,
      measured: row.number(`measured at ${bits} bits`),
      expanded: row.number(`predicted at ${bits} bits`),
      byTrace: row.number(`Ω at ${bits} bits`),
    })),
  );
}

/** By width: of every model, and of all of them taken together. */
export function activationAnswers(activations: readonly RoundedActivation[]): ActivationAnswer[] {
  const models = [...new Set(activations.map(({ model }) => model))];
  return [...BITS].reverse().flatMap((bits) => {
    const own = activations.filter((each) => each.bits === bits);
    return [
      ...models.map((name) =>
        ranked(
          name,
          bits,
          own.filter(({ model }) => model === name),
        ),
      ),
      ranked(ALL_ACTIVATIONS, bits, own),
    ];
  });
}

function ranked(model: string, bits: number, own: readonly RoundedActivation[]): ActivationAnswer {
  const measured = own.map((each) => each.measured);
  const correlation = (predicted: readonly number[]): number =>
    own.length < FEWEST ? NaN : rankCorrelation(predicted, measured);
  return {
    model,
    bits,
    activations: own.length,
    expanded: correlation(own.map(({ expanded }) => expanded)),
    byTrace: correlation(own.map(({ byTrace }) => byTrace)),
  };
}
