/** Reads one source file without running it: models, shapes, training facts, links, findings. */
import { diagnoseStatically } from '../diagnosis/staticDiagnosis';
import type { NamedCheckpoint } from '../diagnosis/staticRule';
import { readTrainingFacts, type TrainingFacts } from '../frontend/torch/trainingFacts';
import { PythonSyntaxError } from '../python/errors';
import type { SourceProvider } from '../python/interpreter';
import { parseModule } from '../python/parse';
import type { ModuleSyntax } from '../python/syntax';
import type { CheckpointCandidate, FileReading, ModelReading } from '../protocol/reading';
import { fitOf, fitScore, type OpenedCheckpoint } from './checkpointFit';
import { linksIn } from './links';
import { readModels } from './models';
import type { ReadingRequest } from './readingRequest';

/** What a reading reaches the outside world through. */
export interface ReadingWorld {
  readonly sources: SourceProvider;
  readonly hash: (text: string) => string;
  /** The script that trains the models of `file`. */
  readonly trainingScript: (file: string) => string | undefined;
  /** The existing file that a path written in `fromFile` means. */
  readonly locate: (path: string, fromFile: string) => string | undefined;
  /** Opens a checkpoint's index; remembered by whoever gives this function. */
  readonly openCheckpoint: (
    file: string,
  ) => Promise<OpenedCheckpoint & { readonly modified: number; readonly size: number }>;
  readonly cancelled?: () => boolean;
}

export interface Reading {
  readonly reading: FileReading;
  /** Best first. */
  readonly checkpoints: readonly CheckpointCandidate[];
}

/** Never throws for what a file may contain; throws `ReadingCancelled` when told to stop. */
export async function readFile(request: ReadingRequest, world: ReadingWorld): Promise<Reading> {
  const start = performance.now();
  const { file, text } = request;
  const { syntax, error } = parse(text, file);
  const empty: FileReading = {
    file,
    textHash: world.hash(text),
    syntaxError: error,
    models: [],
    shapes: [],
    training: null,
    links: [],
    findings: [],
    milliseconds: 0,
  };
  if (syntax === undefined) return { reading: { ...empty, milliseconds: performance.now() - start }, checkpoints: [] };
  const training = trains(text) ? factsOf(file, text, world) : null;
  const script = training === null || training.optimizers.length === 0 ? world.trainingScript(file) : file;
  const facts = script === undefined || script === file ? training : factsOf(script, undefined, world);
  const { models, shapes } = readModels({
    file,
    text,
    syntax,
    sources: world.sources,
    settings: request.settings,
    facts,
    ...(world.cancelled === undefined ? {} : { cancelled: world.cancelled }),
  });
  const links = linksIn(syntax, (path) => world.locate(path, file));
  const { candidates, named } = await checkpointsOf(request, world, models, facts, links);
  const findings = diagnoseStatically({ file, models, checkpoints: named });
  const reading = { ...empty, models, shapes, training, links, findings, milliseconds: performance.now() - start };
  return { reading, checkpoints: candidates };
}

function parse(text: string, file: string): { syntax: ModuleSyntax | undefined; error: FileReading['syntaxError'] } {
  try {
    return { syntax: parseModule(text, file, { strict: true }), error: null };
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error;
    const place = { message: error.reason, ...error.span };
    try {
      // What can be read in spite of the error keeps its hints.
      return { syntax: parseModule(text, file), error: place };
    } catch {
      return { syntax: undefined, error: place };
    }
  }
}

/** Cheap test that saves reading files that train nothing. */
const trains = (text: string): boolean => /\boptim|torch\.(load|save)|DataLoader|\.backward\s*\(/.test(text);

function factsOf(file: string, text: string | undefined, world: ReadingWorld): TrainingFacts {
  return readTrainingFacts({
    file,
    sources: world.sources,
    ...(text === undefined ? {} : { source: text }),
    ...(world.cancelled === undefined ? {} : { watch: { cancelled: world.cancelled } }),
  });
}

async function checkpointsOf(
  request: ReadingRequest,
  world: ReadingWorld,
  models: readonly ModelReading[],
  facts: TrainingFacts | null,
  links: FileReading['links'],
): Promise<{ candidates: CheckpointCandidate[]; named: NamedCheckpoint[] }> {
  const [model] = models;
  if (model === undefined || model.stateKeys.length === 0) return { candidates: [], named: [] };
  const wanted = new Map(request.checkpoints.map((entry) => [entry.file, entry]));
  for (const { value } of facts === null ? [] : [...facts.loads, ...facts.saves]) {
    const target = world.locate(value, facts?.file ?? request.file);
    const known = target === undefined ? undefined : wanted.get(target);
    if (target !== undefined && (known === undefined || known.origin === 'found in the workspace'))
      wanted.set(target, { file: target, origin: 'named by the training script' });
  }
  const opened = await Promise.all(
    [...wanted.values()].map(async (entry) => ({ entry, found: await world.openCheckpoint(entry.file) })),
  );
  const judged = opened.map(({ entry, found }) => ({ entry, found, fit: fitOf(found, model) }));
  const keys = model.stateKeys.length;
  const rank = { chosen: 3, configured: 2, 'named by the training script': 1, 'found in the workspace': 0 } as const;
  judged.sort(
    (a, b) =>
      rank[b.entry.origin] - rank[a.entry.origin] ||
      fitScore(b.fit, keys) - fitScore(a.fit, keys) ||
      b.found.modified - a.found.modified,
  );
  const named = judged.flatMap(({ entry, found, fit }): NamedCheckpoint[] => {
    const place = entry.place ?? links.find(({ target }) => target === entry.file)?.place;
    // A script's file may be of another model: only what was said to belong to this one is a finding.
    const certain = entry.origin === 'chosen' || entry.origin === 'configured';
    if (place === undefined && !certain) return [];
    const warnings = found.ok ? found.checkpoint.warnings : [];
    const shown = certain || fit.kind !== 'differs' ? fit : ({ kind: 'fits' } as const);
    return [{ file: entry.file, fit: shown, warnings, place: place ?? model.place, model }];
  });
  const candidates = judged.map(({ entry, found, fit }) => ({
    file: entry.file,
    fit,
    origin: entry.origin,
    modified: found.modified,
    size: found.size,
  }));
  return { candidates, named };
}
