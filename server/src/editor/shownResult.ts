/** The result of a model that lenses and hovers show: a kept one that is fresh, else what an analysis under way has found so far, else one of an earlier version. */
import type { Staleness, StoredResult } from '../protocol/editor';
import type { ServerContext } from './context';
import { headlineOf, type Headline, type KeptResult } from './resultStore';

export interface ShownResult extends Headline {
  readonly model: string;
  readonly stale: readonly Staleness[];
  /** With all numbers; undefined when its file is gone. */
  readonly whole: () => StoredResult | undefined;
}

type Sources = Pick<ServerContext, 'results' | 'analyses'>;

export function shownResult(
  { results, analyses }: Sources,
  path: string,
  model: string | undefined,
): ShownResult | undefined {
  const kept = results.best(path, model);
  const stale = kept === undefined ? undefined : results.staleness(kept);
  if (kept !== undefined && stale?.length === 0) return ofKept(results, kept, stale);
  const growing = analyses.growing.find(
    ({ target }) => target.path === path && (model ?? target.model) === target.model,
  );
  if (growing !== undefined) return ofGrowing(growing.found);
  return kept === undefined || stale === undefined ? undefined : ofKept(results, kept, stale);
}

/** The first of those that used `file`, e.g. a training script. */
export function shownAbout({ results, analyses }: Sources, file: string): ShownResult | undefined {
  const [kept] = results.about(file);
  const [growing] = analyses.growing.filter(({ inputs }) => inputs.some(({ path }) => path === file));
  const { path, model } = kept ?? growing?.target ?? {};
  return path === undefined ? undefined : shownResult({ results, analyses }, path, model);
}

const ofGrowing = (found: StoredResult): ShownResult => ({
  ...headlineOf(found.result),
  model: found.model,
  stale: found.stale,
  whole: () => found,
});

function ofKept(results: Sources['results'], kept: KeptResult, stale: readonly Staleness[]): ShownResult {
  const { model, lambdaMax, margin, kappa } = kept;
  return { lambdaMax, margin, kappa, model, stale, whole: () => results.read(kept.id) };
}
