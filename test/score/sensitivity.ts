/** How well the predicted sensitivity of weight tensors ranks the measured one (E4), on the trained examples. */
import { analyze } from '../../server/src/curvature/analysis/analyze';
import { isComputed } from '../../server/src/curvature/quantity';
import { analysisOptions } from './run';
import { startingPoints } from './problems';

export interface RankAnswer {
  readonly model: string;
  /** Spearman's ρ over weight tensors at 4 bits, or why there is none. */
  readonly correlation: number | string;
}

const EXAMPLES = ['digits, trained', 'character model, trained'];

export async function rankAnswers(): Promise<RankAnswer[]> {
  const answers: RankAnswer[] = [];
  for (const name of EXAMPLES)
    for await (const point of startingPoints(name.split(',')[0])) {
      if (point.name !== name) continue;
      const { quantities } = await analyze(point.analysed, point.engine, analysisOptions(['E4'], null));
      const found = quantities['E4.rankCorrelation'];
      answers.push({
        model: name,
        correlation: found === undefined ? 'not asked for' : isComputed(found) ? found.value : found.notComputed,
      });
    }
  return answers;
}
