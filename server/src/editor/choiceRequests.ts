/** What a user can choose for a model, and what was chosen: checkpoint, data, output. */
import { methods, type Candidates, type CandidatesParams, type ChooseParams } from '../protocol/editor';
import { isModelFile, modelNameOf } from '../frontend/modelFileNames';
import { unitFor, wholeReading } from './analyzeRequests';
import type { ServerContext } from './context';
import type { Unit } from './documents';
import { sizeText } from './fileHover';

export function registerChoiceRequests(context: ServerContext): void {
  const { connection } = context;
  connection.onRequest(methods.candidates, (params: CandidatesParams) => candidatesFor(context, params));
  connection.onRequest(methods.choose, (params: ChooseParams) => choose(context, params));
}

const nothing: Candidates = {
  checkpoints: [],
  data: [],
  outputs: [],
  current: { checkpoint: null, data: null, output: null },
};

async function candidatesFor(context: ServerContext, { uri, model }: CandidatesParams): Promise<Candidates> {
  const unit = unitFor(context, uri);
  if (unit === undefined) return nothing;
  await context.files.scan();
  context.readings.invalidate();
  const found = await wholeReading(context, uri, ({ models }) =>
    model === undefined ? models.length > 0 : models.some(({ name }) => name === model),
  );
  if (found === undefined) return nothing;
  const { reading, checkpoints } = found.read;
  const [main] = reading.models;
  const name = model ?? main?.name ?? '';
  const choice = context.choices.of(unit.path, name);
  const candidates = (checkpoints[name] ?? []).map((each) =>
    each.file === choice.checkpoint ? { ...each, origin: 'chosen' as const } : each,
  );
  const [best] = candidates;
  const used = best?.fit.kind === 'fits' || best?.origin === 'configured' ? best.file : null;
  const data = context.files.near(unit.path, context.files.data()).map((file) => ({
    file,
    origin: file === choice.data ? 'chosen' : 'found in the workspace',
    description: sizeText(file),
  }));
  return {
    checkpoints: candidates,
    data,
    outputs: main?.outputs ?? [],
    current: { checkpoint: choice.checkpoint ?? used, data: choice.data ?? null, output: choice.output ?? null },
  };
}

async function choose(context: ServerContext, params: ChooseParams): Promise<null> {
  const unit = unitFor(context, params.uri);
  if (unit === undefined) return null;
  context.choices.set(unit.path, params.model ?? (await mainModelOf(context, unit)), params);
  context.readings.invalidate();
  context.refresh();
  return null;
}

async function mainModelOf(context: ServerContext, unit: Unit): Promise<string> {
  if (isModelFile(unit.path)) return modelNameOf(unit.path);
  const { reading } = await context.readings.fresh(unit);
  return reading.models[0]?.name ?? '';
}
