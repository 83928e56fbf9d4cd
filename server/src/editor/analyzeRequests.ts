/** From a document to an analysis: which model, with which checkpoint, data and settings; progress and results to whoever asked. */
import { existsSync } from 'node:fs';
import type { WorkDoneProgressReporter } from 'vscode-languageserver/node';
import type { AnalyzeParams, AnalyzeReply, StoredResult } from '../protocol/editor';
import { isJavaScript } from '../javascript/isJavaScript';
import { isModelFile, modelFileFormat, modelNameOf } from '../frontend/modelFileNames';
import type { ModelSettings } from '../project/settings';
import type { FileReading, ModelReading } from '../protocol/reading';
import type { AnalyzeRequest, Failure } from '../protocol/worker';
import type { Reading } from '../reading/readFile';
import { ReadingAbandoned } from '../reading/readingClient';
import { cancelled, type Target } from './analyses';
import type { ServerContext } from './context';
import type { Unit } from './documents';
import { readText } from './fingerprints';
import { pathOf } from './paths';

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
  const text = textOf(path);
  return text === undefined ? undefined : { uri, path, text, onDisk: true };
}

/** Of a model file without text: the empty one. Undefined for a file that is no source, or is not there. */
function textOf(path: string): string | undefined {
  if (isModelFile(path) && modelFileFormat(path) !== 'tfjs') return existsSync(path) ? '' : undefined;
  return path.endsWith('.py') || isJavaScript(path) || isModelFile(path) ? readText(path) : undefined;
}

/**
 * Reads every model of a file, or as many as are enough. Undefined when there is no such Python file; rejects when reading
 * failed.
 */
export async function wholeReading(
  context: ServerContext,
  uri: string,
  isEnough: (reading: FileReading) => boolean = () => false,
): Promise<{ readonly unit: Unit; readonly read: Reading } | undefined> {
  for (let unreadBefore = Infinity; ;) {
    const unit = unitFor(context, uri);
    if (unit === undefined) return undefined;
    try {
      const read = await context.readings.fresh(unit);
      const { unread } = read.reading;
      if (unread === 0 || unread >= unreadBefore || isEnough(read.reading)) {
        // Nobody will tell when a file that is not open changes.
        if (!context.documents.units().some((open) => open.uri === unit.uri)) context.readings.forget(unit.uri);
        return { unit, read };
      }
      unreadBefore = unread;
      // The rest is read after this one was answered.
      await new Promise(setImmediate);
    } catch (error) {
      // A newer text came: that one counts.
      if (!(error instanceof ReadingAbandoned)) throw error;
    }
  }
}

/** Runs an analysis of a model of a file; what goes wrong is a failure in the reply. Never rejects. */
export async function analyze(
  context: ServerContext,
  params: AnalyzeParams,
  signal: AbortSignal,
  progress: WorkDoneProgressReporter | undefined,
  onPartial: ((stored: StoredResult) => void) | undefined,
): Promise<AnalyzeReply> {
  progress?.begin(`Hessian of ${params.model ?? 'the model'}`, 0, 'reading the code', true);
  const abandoned = new Promise<AnalyzeReply>((resolve) =>
    signal.addEventListener('abort', () => resolve({ ok: false, failure: cancelled }), { once: true }),
  );
  try {
    return await Promise.race([run(context, params, signal, progress, onPartial), abandoned]);
  } catch (error) {
    const message = `The code could not be read: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, failure: { category: 'internal', message } };
  } finally {
    progress?.done();
  }
}

async function run(
  context: ServerContext,
  params: AnalyzeParams,
  signal: AbortSignal,
  progress: WorkDoneProgressReporter | undefined,
  onPartial: ((stored: StoredResult) => void) | undefined,
): Promise<AnalyzeReply> {
  await context.configured();
  const path = pathOf(params.uri);
  if (path !== undefined && isModelFile(path)) return runModelFile(context, params, path, signal, progress, onPartial);
  const isWanted = ({ name }: ModelReading): boolean => name === params.model;
  const found = await wholeReading(context, params.uri, ({ models }) =>
    params.model === undefined ? models.length > 0 : models.some(isWanted),
  );
  if (found === undefined) return input(`${params.uri} is not a file that can be read`);
  const { unit, read } = found;
  const { models } = read.reading;
  const model = params.model === undefined ? models[0] : models.find(isWanted);
  if (model === undefined)
    return input(
      params.model === undefined ? `${unit.path} has no model` : `${unit.path} has no model ${params.model}`,
      models.length === 0
        ? 'A model is a class derived from torch.nn.Module, or a function that returns one.'
        : `It has ${models.map(({ name }) => name).join(', ')}.`,
    );
  const request = requestFor(context, unit, read, model, params);
  const target = { uri: params.uri, path: unit.path, model: model.name };
  return start(context, params, target, request, signal, progress, onPartial);
}

function start(
  context: ServerContext,
  params: AnalyzeParams,
  target: Target,
  request: AnalyzeRequest,
  signal: AbortSignal,
  progress: WorkDoneProgressReporter | undefined,
  onPartial: ((stored: StoredResult) => void) | undefined,
): Promise<AnalyzeReply> {
  const base = params.study === undefined ? undefined : resultToAddTo(context, target.path, target.model, request);
  return context.analyses.run(
    target,
    params.study === undefined ? request : { ...request, quantities: [...(base ? [] : ['default']), params.study] },
    {
      onProgress: ({ fraction, stage, secondsLeft }) =>
        progress?.report(
          Math.round(100 * fraction),
          secondsLeft === undefined ? stage : `${stage}, about ${Math.max(1, Math.round(secondsLeft))} s left`,
        ),
      ...(onPartial === undefined ? {} : { onPartial }),
    },
    signal,
    base,
  );
}

/** A file that is a model by itself is read by the worker alone. */
function runModelFile(
  context: ServerContext,
  params: AnalyzeParams,
  path: string,
  signal: AbortSignal,
  progress: WorkDoneProgressReporter | undefined,
  onPartial: ((stored: StoredResult) => void) | undefined,
): Promise<AnalyzeReply> {
  const model = modelNameOf(path);
  const choice = context.choices.of(path, model);
  const defaults = settingsOfModelFile(context.modelSettings({ uri: params.uri, path, text: '', onDisk: true }));
  const request = requestWith(context, path, { ...choice, defaults }, params);
  return start(context, params, { uri: params.uri, path, model }, request, signal, progress, onPartial);
}

/** All but what names other weights: the file has its own. */
const settingsOfModelFile = (settings: ModelSettings): ModelSettings =>
  Object.fromEntries(Object.entries(settings).filter(([key]) => key !== 'checkpoint' && key !== 'weights'));

/** The kept result of the same request, where its files are as they were. */
function resultToAddTo(
  context: ServerContext,
  path: string,
  model: string,
  request: AnalyzeRequest,
): StoredResult | undefined {
  const kept = context.results.best(path, model);
  const stored = kept === undefined ? undefined : context.results.read(kept.id);
  return stored?.stale.length === 0 && asksTheSame(stored.request, request) ? stored : undefined;
}

/** Texts that are not saved yet are in the fingerprints of the result. */
const asksTheSame = (one: AnalyzeRequest, other: AnalyzeRequest): boolean => questionOf(one) === questionOf(other);

const questionOf = (request: AnalyzeRequest): string =>
  JSON.stringify(
    Object.entries(request)
      .filter(([key]) => key !== 'overlay' && key !== 'quantities')
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

function requestFor(
  context: ServerContext,
  unit: Unit,
  { reading, checkpoints }: Reading,
  model: ModelReading,
  params: AnalyzeParams,
): AnalyzeRequest {
  const choice = context.choices.of(unit.path, model.name);
  const isMain = reading.models[0] === model;
  const defaults = context.modelSettings(unit);
  const [best] = checkpoints[model.name] ?? [];
  const isConfigured = best?.origin === 'configured' || defaults.checkpoint !== undefined;
  const checkpoint = choice.checkpoint ?? (!isConfigured && best?.fit.kind === 'fits' ? best.file : undefined);
  const { data } = choice;
  return {
    ...requestWith(context, unit.path, { checkpoint, data, defaults }, params),
    overlay: { ...context.documents.overlays(), [unit.path]: unit.text },
    ...(model.construction === null && isMain ? {} : { model: model.construction ?? model.name }),
    ...params.overrides,
  };
}

/** What was chosen for a model, and what settings say of all. */
interface Chosen {
  readonly checkpoint?: string | undefined;
  readonly data?: string | undefined;
  readonly output?: string | undefined;
  readonly defaults: ModelSettings;
}

/** A request with the editor's settings. */
function requestWith(
  context: ServerContext,
  modelFile: string,
  { checkpoint, data, output, defaults }: Chosen,
  params: AnalyzeParams,
): AnalyzeRequest {
  const { engine, precision, samples, top, seed, memoryLimit } = context.settings.analysis;
  return {
    modelFile,
    inputs: [],
    engine,
    precision,
    samples,
    top,
    seed,
    ...(Object.keys(defaults).length === 0 ? {} : { defaults }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(data === undefined ? {} : { data }),
    ...(output === undefined ? {} : { output }),
    ...(memoryLimit === 0 ? {} : { memoryLimit: memoryLimit * 2 ** 20 }),
    ...params.overrides,
  };
}
