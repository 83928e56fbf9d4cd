import { resolve } from 'node:path';
import { parseInputSpec, type InputSpec, type TracedModel, type TraceStopped } from '../frontend/model';
import { isModelFile } from '../frontend/modelFileNames';
import { lossNote } from '../frontend/lossNote';
import { pretrainedNote } from '../frontend/pretrainedNote';
import { keptModelFile } from '../project/kerasModels';
import { openModelFile } from '../frontend/modelFiles';
import { traceModel, type Trace, type TraceRequest } from '../frontend/torch/traceModel';
import { readTrainingFacts, type TrainingFacts } from '../frontend/torch/trainingFacts';
import { parseCached } from '../python/parseCache';
import { findConfiguration } from '../project/configuration';
import { diskSources } from '../project/diskSources';
import { configuredCall, settingsOfModel } from '../project/modelSettings';
import { findProjectRoot } from '../project/projectRoot';
import { findTrainingScript } from '../project/trainingScript';
import { demonstrationsOf } from '../project/demonstrations';
import { usersOf } from '../project/usersOf';
import { DiskDataFiles } from '../project/diskDataFiles';
import { styleFor, type Style } from '../report/style';
import { inputSpecsOf, openData } from '../worker/loadSamples';
import { traceMadeModel } from '../worker/modelCalls';
import { scriptOptions } from '../worker/scriptData';
import { inputsOfScript, layoutsOf } from '../worker/scriptInputs';
import { failureOf } from '../worker/inputError';
import { reportFailure } from './analyzeCommand';
import { factsJson } from './factsJson';
import {
  count,
  oneOf,
  sitePackagesOption,
  text,
  texts,
  UsageError,
  type CommandHelp,
  type ParsedOptions,
} from './arguments';

export const traceHelp: CommandHelp = {
  name: 'trace',
  positionals: 'MODEL.py [options]',
  summary: 'Layers, shapes and parameters of a model, and what stopped the reading, at the exact expression.',
  options: [
    { name: 'model', value: 'NAME|CALL', help: 'Class or function, or a call: --model "ResNet(BasicBlock, [2, 2])"' },
    {
      name: 'input',
      value: 'SPEC',
      multiple: true,
      help: 'Per input: 3x32x32 or 3,32,32 (one sample), or "torch.randint(0,65,(2,16))"',
    },
    sitePackagesOption,
    { name: 'data', value: 'PATH', help: 'Take the shapes of the inputs from a data file' },
    { name: 'batch', value: 'N', help: 'Samples in the batch; default 2' },
    { name: 'mode', value: 'M', help: 'eval or train; default eval' },
    { name: 'format', value: 'F', help: 'text or json; default text' },
  ],
};

/** Runs `trace`; returns the exit code: 2 when the model could not be read to the end. */
export async function traceCommand(options: ParsedOptions, positionals: readonly string[]): Promise<number> {
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new UsageError('trace takes one file: hessian-lens trace MODEL.py');
  const format = oneOf(options, 'format', ['text', 'json'], 'text');
  const path = resolve(file);
  const model = text(options, 'model');
  const batch = count(options, 'batch', 1);
  const files = new DiskDataFiles();
  let traced: TracedModel;
  try {
    const inputs = await inputsOf(options, path);
    const mode = text(options, 'mode') === undefined ? undefined : oneOf(options, 'mode', ['eval', 'train'], 'eval');
    const sources = diskSources({ root: findProjectRoot(path) });
    const isFile = isModelFile(path);
    const trace = isFile ? (await openModelFile(files, path)).trace : traceModel;
    const request: TraceRequest = {
      file: path,
      sources,
      ...(isFile ? { source: '' } : {}),
      ...(mode === undefined ? {} : { mode }),
      ...(model === undefined ? {} : { model }),
      ...(batch === undefined ? {} : { batch }),
    };
    traced = inputs.length > 0 ? traceMade(trace, { ...request, inputs }) : traceWithScript(trace, request);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return reportFailure(failureOf(error));
  } finally {
    await files.close();
  }
  process.stdout.write(
    format === 'json'
      ? `${JSON.stringify(toTraceJson(traced, factsFor(path)), null, 2)}\n`
      : renderTrace(traced, styleFor(process.stdout)),
  );
  if (traced.stopped === null) return 0;
  const { reason, hint, line, column } = traced.stopped;
  return reportFailure({
    category: 'input',
    message: reason,
    file: traced.stopped.file,
    line,
    column,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Arguments and inputs as the settings have them, else inputs as the data set of the training script has them where the model takes those, else the usual sizes. */
function traceWithScript(trace: Trace, request: TraceRequest): TracedModel {
  const plain = traceMade(trace, request);
  const configured = traceConfigured(trace, request, plain);
  if (configured !== undefined) return configured;
  const made = inputsOfScript(factsFor(request.file));
  for (const inputs of made === undefined ? [] : layoutsOf(made)) {
    const traced = traceMade(trace, { ...request, inputs });
    if (traced.stopped === null) return traced;
  }
  return plain;
}

/** A model that is given what has no default is made as a program makes it. */
function traceMade(trace: Trace, request: TraceRequest): TracedModel {
  const { file } = request;
  const plain = trace(request);
  if (isModelFile(file)) return plain;
  const root = findProjectRoot(file);
  const programs = {
    get facts() {
      return factsFor(file);
    },
    users: () => usersOf(file, root),
    demonstrations: () => demonstrationsOf(file, root),
    read: (script: string) => readTrainingFacts({ file: script, sources: request.sources }),
    syntax: () => parseCached(request.sources.read(file) ?? '', file),
  };
  return traceMadeModel(trace, request, plain, programs).traced;
}

/** Undefined where no setting says what the model is given. `plain`: the trace without settings, which tells the model. */
function traceConfigured(trace: Trace, request: TraceRequest, plain: TracedModel): TracedModel | undefined {
  const { file, sources } = request;
  const settings = settingsOfModel(file, request.source ?? sources.read(file) ?? '', plain, findConfiguration(file));
  const { args, input, mode } = settings;
  if (args === undefined && input === undefined) return undefined;
  const model = configuredCall(request.model, plain.name, settings);
  return trace({
    ...request,
    ...(model === undefined ? {} : { model }),
    ...(input === undefined ? {} : { inputs: input.map(parseInputSpec) }),
    ...(request.mode === undefined && mode !== undefined ? { mode } : {}),
  });
}

/** Of the script that trains the models of a file; read once. */
const factsFor = remembered((file: string): TrainingFacts | undefined => {
  const root = findProjectRoot(file);
  const script = findTrainingScript(file, root);
  if (script === undefined) return undefined;
  const sources = diskSources({ root });
  return readTrainingFacts({ file: script, sources });
});

function remembered<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, { readonly value: T }>();
  return (key) => {
    const found = known.get(key) ?? { value: make(key) };
    known.set(key, found);
    return found.value;
  };
}

async function inputsOf(options: ParsedOptions, model: string): Promise<readonly InputSpec[]> {
  const specs = texts(options, 'input').map(parseInputSpec);
  const data = text(options, 'data');
  if (specs.length > 0 || data === undefined) return specs;
  const files = new DiskDataFiles();
  try {
    const all = inputSpecsOf(await openData(files, resolve(data), scriptOptions(factsFor(model))));
    return all.slice(0, Math.max(1, all.length - 1));
  } finally {
    await files.close();
  }
}

const describeInput = ({ name, shape, dtype }: TracedModel['inputs'][number]): unknown => ({ name, shape, dtype });

function outputShapes(traced: TracedModel): unknown {
  const visit = (tree: NonNullable<TracedModel['output']>): unknown => {
    switch (tree.kind) {
      case 'tensor':
        return { shape: tree.node.shape, dtype: tree.node.dtype };
      case 'sequence':
        return tree.items.map(visit);
      case 'mapping':
        return Object.fromEntries(tree.entries.map(([key, item]) => [key, visit(item)]));
      case 'other':
        return tree.text;
    }
  };
  return traced.output === undefined ? null : visit(traced.output);
}

/** The contract's JSON. `facts`: of the script that trains the model. */
export function toTraceJson(traced: TracedModel, facts: TrainingFacts | undefined): unknown {
  const { name, file, parameters, stateKeys, layers, inputs, totalParameters, stopped, handDerivative } = traced;
  return {
    model: name,
    file,
    parameters: parameters.map(({ name: key, shape, layer, line }) => ({ name: key, shape, layer, line })),
    stateDict: stateKeys.map(({ key, shape, kind }) => ({ key, shape, kind })),
    layers: layers.map(({ name: path, type, line, outputShape, parameters: count_ }) => ({
      name: path,
      type,
      line,
      outputShape,
      parameters: count_,
    })),
    input: inputs.map(describeInput),
    output: outputShapes(traced),
    totalParameters,
    guessed: traced.guessed ?? [],
    pretrained: (traced.pretrained ?? []).map(({ model, span }) => ({
      model,
      file: span?.file ?? null,
      line: span?.line ?? null,
    })),
    stopped: stopped === null ? null : describeStop(stopped),
    lossStopped: traced.lossStopped === undefined ? null : describeStop(traced.lossStopped),
    handDerivative: handDerivative === undefined ? null : describeStop(handDerivative),
    facts: facts === undefined ? null : factsJson(facts),
  };
}

const describeStop = ({ file, line, column, reason, hint }: TraceStopped): unknown => ({
  file,
  line,
  column,
  reason,
  ...(hint === undefined ? {} : { hint }),
});

const guessText = ({ guessed = [] }: TracedModel): string =>
  guessed.length === 0 ? '' : ` if ${guessed.join(', ')} (a guess)`;

function renderTrace(traced: TracedModel, style: Style): string {
  const { name, file, line, layers, inputs, parameters, totalParameters, handDerivative: byHand } = traced;
  const rows = layers.map((layer) => [
    layer.name === '' ? '(model)' : layer.name,
    layer.type,
    layer.outputShape === null ? '?' : `[${layer.outputShape.join(', ')}]`,
    layer.parameters === 0 ? '' : layer.parameters.toLocaleString('en-US'),
    layer.line === 0 ? '' : `line ${layer.line}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => (row[column] ?? '').length)));
  const inputText = inputs.map((input) => `${input.name} ${input.dtype} [${input.shape.join(', ')}]`).join(', ');
  return [
    `${style.bold(name === '' ? 'model' : name)}  ${style.dim(line === 0 ? file : `${file}:${line}`)}`,
    `  ${totalParameters.toLocaleString('en-US')} parameters in ${parameters.length} tensors${guessText(traced)}; input ${inputText || 'unknown'}`,
    ...(traced.pretrained ?? []).map(
      (weights) => `  note: ${pretrainedNote(weights, weights.kept && keptModelFile(weights.kept.file))}`,
    ),
    ...(traced.notes ?? []).map((note) => `  note: ${note}`),
    ...(traced.lossStopped === undefined ? [] : [`  note: ${lossNote(traced.lossStopped, traced)}`]),
    ...(byHand === undefined
      ? []
      : [`  note: ${byHand.reason} (${byHand.file}:${byHand.line}); no analysis is possible`]),
    '',
    ...rows.map((row) =>
      `  ${row.map((cell, column) => (column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ')}`.trimEnd(),
    ),
    '',
  ].join('\n');
}
