/** From a document to an analysis: which model, with which checkpoint, data and settings; progress and results to whoever asked. */
import { existsSync, readFileSync } from 'node:fs';
import type { CancellationToken, WorkDoneProgressReporter } from 'vscode-languageserver/node';
import type { AnalyzeParams, AnalyzeReply, StoredResult } from '../protocol/editor';
import type { ModelReading } from '../protocol/reading';
import type { AnalyzeRequest, Failure } from '../protocol/worker';
import type { Outcome } from './analyses';
import type { ServerContext } from './context';
import { pathOf } from './paths';
import type { Unit } from './documents';

const input = (message: string, hint?: string): AnalyzeReply => {
  const failure: Failure = { category: 'input', message, ...(hint === undefined ? {} : { hint }) };
  return { ok: false, failure };
};

/** The unit of an open document, or of a file that is not open. */
export function unitFor(context: ServerContext, uri: string): Unit | undefined {
  const view = context.documents.viewOf(uri);
  if (view !== undefined) return view.unit;
  const open = context.documents.units().find((unit) => unit.uri === uri);
  const path = pathOf(uri);
  if (open !== undefined || path === undefined) return open;
  try {
    return { uri, path, text: readFileSync(path, 'utf8'), onDisk: true };
  } catch {
    return undefined;
  }
}

export async function analyze(
  context: ServerContext,
  params: AnalyzeParams,
  token: CancellationToken,
  progress: WorkDoneProgressReporter | undefined,
  onPartial: ((stored: StoredResult) => void) | undefined,
): Promise<AnalyzeReply> {
  const unit = unitFor(context, params.uri);
  if (unit === undefined) return input(`${params.uri} is not a Python file that can be read`);
  const { reading } = await context.readings.fresh(unit);
  const model =
    params.model === undefined ? reading.models[0] : reading.models.find(({ name }) => name === params.model);
  if (model === undefined)
    return input(
      params.model === undefined ? `${unit.path} has no model` : `${unit.path} has no model ${params.model}`,
      reading.models.length === 0
        ? 'A model is a class derived from torch.nn.Module, or a function that returns one.'
        : `It has ${reading.models.map(({ name }) => name).join(', ')}.`,
    );
  const control = new AbortController();
  token.onCancellationRequested(() => control.abort());
  progress?.begin(`Hessian of ${model.name}`, 0, 'starting', true);
  try {
    const outcome = await context.analyses.run(
      { uri: params.uri, path: unit.path, model: model.name },
      requestFor(context, unit, model, params),
      {
        onProgress: ({ fraction, stage, secondsLeft }) =>
          progress?.report(
            Math.round(100 * fraction),
            secondsLeft === undefined ? stage : `${stage}, about ${Math.max(1, Math.round(secondsLeft))} s left`,
          ),
        ...(onPartial === undefined ? {} : { onPartial }),
      },
      control.signal,
    );
    return replyFor(outcome);
  } finally {
    progress?.done();
    context.refresh();
  }
}

const replyFor = (outcome: Outcome): AnalyzeReply => outcome;

function requestFor(context: ServerContext, unit: Unit, model: ModelReading, params: AnalyzeParams): AnalyzeRequest {
  const { settings } = context;
  const choice = context.choices.of(unit.path, model.name);
  const isMain = context.readings.latest(unit)?.reading.models[0]?.name === model.name;
  const configured = isMain ? (context.readings.latest(unit)?.reading.configured ?? {}) : {};
  const checkpoint = choice.checkpoint ?? configured.checkpoint ?? bestCheckpoint(context, unit, isMain);
  const data = choice.data ?? configured.data ?? (settings.data === '' ? undefined : settings.data);
  const loss = configured.loss ?? (settings.loss === '' ? undefined : settings.loss);
  const trainScript = configured.trainScript ?? (settings.trainScript === '' ? undefined : settings.trainScript);
  const { engine, precision, samples, top, seed, memoryLimit } = settings.analysis;
  return {
    modelFile: unit.path,
    inputs: [],
    engine,
    precision,
    samples,
    top,
    seed,
    overlay: { ...context.documents.overlays(), [unit.path]: unit.text },
    ...(model.construction === null && isMain ? {} : { model: model.construction ?? model.name }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(data === undefined ? {} : { data }),
    ...(loss === undefined ? {} : { loss }),
    ...(trainScript === undefined ? {} : { trainScript }),
    ...(memoryLimit === 0 ? {} : { memoryLimit: memoryLimit * 2 ** 20 }),
    ...params.overrides,
  };
}

/** The best fitting checkpoint, where the training script names none that exists. */
function bestCheckpoint(context: ServerContext, unit: Unit, isMain: boolean): string | undefined {
  const { settings } = context;
  if (settings.checkpoint !== '' && existsSync(settings.checkpoint)) return settings.checkpoint;
  const [best] = isMain ? (context.readings.latest(unit)?.checkpoints ?? []) : [];
  return best?.fit.kind === 'fits' ? best.file : undefined;
}
