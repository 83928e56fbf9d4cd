/** Code lenses: curvature and parameters over the model's class, the margin over the optimizer. */
import type { CodeLens, Command } from 'vscode-languageserver/node';
import { isComputed, valueOf } from '../curvature/quantity';
import { clientCommands, serverCommands, type StoredResult } from '../protocol/editor';
import type { CheckpointCandidate, ModelReading } from '../protocol/reading';
import type { Reading } from '../reading/readFile';
import { formatNumber } from '../report/numbers';
import type { ServerContext } from './context';
import { rangeIn, type View } from './documents';
import { uriOf } from './paths';
import { shownAbout, shownResult, type ShownResult } from './shownResult';
import { marginText, parametersText, shortNumber } from './wording';

/** What resolving a lens needs. */
export type LensData =
  | { readonly kind: 'curvature' | 'analyze' | 'parameters'; readonly uri: string; readonly model: string }
  | { readonly kind: 'stability'; readonly uri: string };

/** Ranges only; texts come when a lens is seen. */
export function lensesFor(context: ServerContext, view: View, { reading }: Reading): CodeLens[] {
  const { codeLens } = context.settings;
  const lenses: CodeLens[] = [];
  for (const model of reading.models) {
    const range = rangeIn(view, model.place);
    if (range === undefined || model.place.file !== view.unit.path) continue;
    const add = (kind: 'curvature' | 'analyze' | 'parameters'): void =>
      void lenses.push({ range, data: { kind, uri: view.uri, model: model.name } satisfies LensData });
    if (codeLens.curvature && hasNumber(shownResult(context, view.unit.path, model.name))) add('curvature');
    if (codeLens.curvature && model.stopped === null && model.handDerivative === null) add('analyze');
    if (codeLens.parameters && model.totalParameters > 0) add('parameters');
  }
  const [optimizer] = reading.training?.optimizers ?? [];
  const range = optimizer === undefined ? undefined : rangeIn(view, optimizer.span);
  if (codeLens.stability && range !== undefined && hasNumber(shownAbout(context, view.unit.path)))
    lenses.push({ range, data: { kind: 'stability', uri: view.uri } satisfies LensData });
  return lenses;
}

const hasNumber = (shown: ShownResult | undefined): boolean => typeof shown?.lambdaMax === 'number';

export function resolveLens(context: ServerContext, lens: CodeLens): CodeLens {
  const data = lens.data as LensData;
  return { ...lens, command: commandOf(context, data) ?? { title: '', command: '' } };
}

function commandOf(context: ServerContext, data: LensData): Command | undefined {
  const view = context.documents.viewOf(data.uri);
  if (view === undefined) return undefined;
  if (data.kind === 'stability') return stabilityCommand(context, view);
  const latest = context.readings.latest(view.unit);
  const model = latest?.reading.models.find(({ name }) => name === data.model);
  if (data.kind === 'curvature') return curvatureCommand(context, view, data.model);
  if (data.kind === 'analyze') return analyzeCommand(context, view, data.model);
  return model === undefined
    ? undefined
    : parametersCommand(context, view, model, latest?.checkpoints[model.name] ?? []);
}

function showCommand(context: ServerContext, title: string, uri: string, model: string): Command {
  return context.hasPanels()
    ? { title, command: clientCommands.showSpectrum, arguments: [uri, model] }
    : { title, command: serverCommands.report, arguments: [uri, model] };
}

/** `λmax 32.5 · edge 4.3× · κ 3e4`; of an earlier version it says so. */
function curvatureCommand(context: ServerContext, view: View, model: string): Command | undefined {
  const shown = shownResult(context, view.unit.path, model);
  if (shown === undefined || shown.lambdaMax === null) return undefined;
  const { lambdaMax, margin, kappa, stale } = shown;
  const parts = [
    `λmax ${shortNumber(lambdaMax)}`,
    ...(margin === null ? [] : [`edge ${formatNumber(margin, 2)}×`]),
    ...(kappa === null ? [] : [`κ ${formatNumber(kappa, 2)}`]),
    ...(stale.length === 0 ? [] : [`of an earlier version (${stale.join(', ')})`]),
  ];
  return showCommand(context, parts.join(' · '), view.uri, model);
}

function analyzeCommand(context: ServerContext, view: View, model: string): Command {
  const running = context.analyses.of(view.unit.path, model);
  if (running !== undefined)
    return {
      title: `Analyzing… ${Math.round(100 * running.progress.fraction)} % (cancel)`,
      command: serverCommands.cancel,
      arguments: [running.id],
    };
  const title = context.results.best(view.unit.path, model) === undefined ? 'Analyze Hessian' : 'Analyze Hessian again';
  return context.hasPanels()
    ? { title, command: clientCommands.analyze, arguments: [view.uri, model] }
    : { title, command: serverCommands.analyze, arguments: [view.uri, model] };
}

function parametersCommand(
  context: ServerContext,
  view: View,
  model: ModelReading,
  checkpoints: readonly CheckpointCandidate[],
): Command {
  const [best] = checkpoints;
  const title = [parametersText(model), ...(best === undefined ? [] : [fitText(best)])].join(' · ');
  return context.hasPanels()
    ? { title, command: clientCommands.chooseCheckpoint, arguments: [view.uri, model.name] }
    : { title, command: '' };
}

const nameOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;

export function fitText({ file, fit }: CheckpointCandidate): string {
  if (fit.kind === 'fits') return `${nameOf(file)} fits`;
  if (fit.kind === 'unreadable') return `${nameOf(file)} cannot be read`;
  return `${nameOf(file)} does not fit (${fit.missing.length + fit.misshapen.length} keys differ)`;
}

/** `lr 0.5 is 4.3× the stable limit 0.117`. */
function stabilityCommand(context: ServerContext, view: View): Command | undefined {
  const stored = shownAbout(context, view.unit.path)?.whole();
  if (stored === undefined) return undefined;
  const title = stabilityTitle(stored);
  return showCommand(context, title, pathUri(stored), stored.model);
}

const pathUri = (stored: StoredResult): string => stored.uri || uriOf(stored.request.modelFile);

function stabilityTitle({ result, stale }: StoredResult): string {
  const { margin, limit, learningRate } = result.stability;
  const old = stale.length === 0 ? '' : ` · of an earlier version (${stale.join(', ')})`;
  if (!isComputed(margin) || learningRate === null)
    return `stable limit ${isComputed(limit) ? shortNumber(limit.value) : `not computed: ${limit.notComputed}`}${old}`;
  return `lr ${shortNumber(learningRate)} is ${marginText(margin.value, valueOf(limit))}${old}`;
}
