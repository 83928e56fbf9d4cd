/** From what a study found to what is reported of it. */
import { notComputed } from '../analysis/quantities';
import type { Quantity } from '../quantity';
import type { StudyResult } from '../result';
import { StudyRefusal, type Study, type StudyOutcome } from './study';

type Announced = Pick<Study, 'id' | 'title' | 'group' | 'quantities'>;

/** Quantities that a study announced and left out, layer-wise ones aside, are told as such. */
export function completed(
  { quantities: announced }: Pick<Announced, 'quantities'>,
  { quantities }: StudyOutcome,
): readonly Quantity[] {
  const given = new Set(quantities.map(({ id }) => id.replace(/\[.*$/, '')));
  return [
    ...quantities,
    ...announced.filter((id) => !given.has(id)).map((id) => notComputed(id, 'does not apply here')),
  ];
}

export const studyResultOf = (
  { id, title, group }: Announced,
  { charts, tables, remarks }: StudyOutcome,
  quantities: readonly Quantity[],
): StudyResult => ({
  id,
  title,
  group,
  quantities: quantities.map((quantity) => quantity.id),
  charts: charts ?? [],
  tables: tables ?? [],
  remarks: remarks ?? [],
});

/** Why there are no numbers, in place of them. */
export const refused = ({ quantities }: Pick<Announced, 'quantities'>, reason: string): StudyOutcome => ({
  quantities: quantities.map((id) => notComputed(id, reason)),
  remarks: [`Not computed: ${reason}.`],
});

/** The outcome, or the refusal as one. */
export function withRefusal(study: Pick<Announced, 'quantities'>, outcome: () => StudyOutcome): StudyOutcome {
  try {
    return outcome();
  } catch (error) {
    if (error instanceof StudyRefusal) return refused(study, error.message);
    throw error;
  }
}
