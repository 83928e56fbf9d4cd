/** Reads one source file without running it: models, shapes, training facts, links, findings. */
import { diagnoseStatically } from '../diagnosis/staticDiagnosis';
import type { BadSettings, NamedCheckpoint } from '../diagnosis/staticRule';
import type { InputSpec } from '../frontend/model';
import { isModelFile } from '../frontend/modelFileNames';
import { derivativeHazards } from '../frontend/torch/derivativeHazards';
import { definitions } from '../frontend/torch/syntaxSearch';
import { readTrainingFacts, type TrainingFacts } from '../frontend/torch/trainingFacts';
import { PythonSyntaxError } from '../python/errors';
import type { SourceProvider } from '../python/interpreter';
import { parseCached } from '../python/parseCache';
import type { ModuleSyntax } from '../python/syntax';
import { pragmaAt } from '../project/pragma';
import { SettingsError, type ModelSettings } from '../project/settings';
import type { CheckpointCandidate, FileReading, ModelReading } from '../protocol/reading';
import type { OpenedCheckpoint } from './checkpointFit';
import { Definitions, type DefinitionCache } from './definitionCache';
import { linksIn } from './links';
import { candidatesFor, namedAmong, type OpenedCandidate, type WantedCheckpoint } from './modelCheckpoints';
import type { CheckpointFiles } from '../checkpoint/checkpointFiles';
import { emptyReading, readModelFile } from './readModelFile';
import { readModels, type ModelsRequest } from './models';
import type { ReadingRequest } from './readingRequest';
import { inputsOfScript } from '../worker/scriptInputs';

/** What a reading reaches the outside world through. */
export interface ReadingWorld {
  readonly sources: SourceProvider;
  readonly hash: (text: string) => string;
  /** The script that trains the models of `file`. */
  readonly trainingScript: (file: string) => string | undefined;
  /** Files that import `file`, the nearest first. */
  readonly users: (file: string) => readonly string[];
  /** Other texts of the project that call what `file` defines. */
  readonly demonstrations: (file: string) => readonly string[];
  /** What configuration files say about the models of `file`; paths are absolute. Throws `SettingsError`. */
  readonly configuration: (file: string, model: string) => ModelSettings;
  /** The existing file (or also folder) that a path written in `fromFile` means. */
  readonly locate: (path: string, fromFile: string, folders?: 'also folders') => string | undefined;
  /** Opens a checkpoint's index; remembered by whoever gives this function. */
  readonly openCheckpoint: (
    file: string,
  ) => Promise<OpenedCheckpoint & { readonly modified: number; readonly size: number }>;
  /** Shapes of one sample's arrays in a data file, inputs first; undefined where it is none that can be read quickly. */
  readonly openData: (file: string) => Promise<readonly InputSpec[] | undefined>;
  /** Files beside a model's own, open while `use` runs. */
  readonly withFiles: <T>(use: (files: CheckpointFiles) => Promise<T>) => Promise<T>;
  readonly cache: DefinitionCache;
  /** Facts of scripts that were read, by everything they depend on. */
  readonly facts: Map<string, TrainingFacts>;
  readonly cancelled?: () => boolean;
}

export interface Reading {
  readonly reading: FileReading;
  /** By the name of the model, best first. */
  readonly checkpoints: Readonly<Record<string, readonly CheckpointCandidate[]>>;
}

/** Never throws for what a file may contain; throws `ReadingCancelled` when told to stop. */
export async function readFile(request: ReadingRequest, world: ReadingWorld): Promise<Reading> {
  const start = performance.now();
  const { file, text } = request;
  const nothing = emptyReading(file, world.hash(text));
  if (isModelFile(file)) {
    const models = await readModelFile(request, world);
    return { reading: { ...nothing, models, milliseconds: performance.now() - start }, checkpoints: {} };
  }
  const { syntax, error } = parse(text, file);
  const empty: FileReading = { ...nothing, syntaxError: error };
  if (syntax === undefined) return { reading: { ...empty, milliseconds: performance.now() - start }, checkpoints: {} };
  const dependencies = JSON.stringify([request.epoch, request.settings, otherTexts(request, world.hash)]);
  const training = trains(text) ? factsOf(file, text, world) : null;
  const settings = new LayeredSettings(request, world);
  const ofFile = settings.of('', 0);
  const script = scriptOf(request.file, ofFile.trainScript, training, world);
  const facts = script === undefined || script === file ? training : scriptFacts(script, syntax, dependencies, world);
  const data = await dataOf(ofFile.data, facts, world);
  const { models, shapes, unread } = readModels({
    file,
    text,
    syntax,
    sources: world.sources,
    settingsOf: settings.of,
    definitions: new Definitions(world.cache, syntax),
    dependencies,
    facts,
    programs: {
      facts,
      users: () => world.users(file),
      demonstrations: () => world.demonstrations(file),
      read: (program) =>
        program === file ? (training ?? factsOf(file, text, world)) : scriptFacts(program, syntax, dependencies, world),
      syntax: () => syntax,
    },
    data,
    ...(world.cancelled === undefined ? {} : { cancelled: world.cancelled }),
  });
  const links = linksIn(syntax, (path) => world.locate(path, file));
  const [main] = models;
  const configured = main === undefined ? {} : settings.of(main.name, main.place.line);
  const { candidates, named } = await checkpointsOf(request, world, models, facts, links, settings);
  // While the text is no Python, what the models lack is said by the syntax error alone.
  const certain = error === null ? { models, checkpoints: named } : { models: [], checkpoints: [] };
  const findings = diagnoseStatically({
    file,
    ...certain,
    badSettings: settings.problems,
    hazards: derivativeHazards(syntax),
  });
  const reading = {
    ...empty,
    models,
    shapes,
    training,
    configured,
    links,
    findings,
    unread,
    milliseconds: performance.now() - start,
  };
  return { reading, checkpoints: candidates };
}

/** Settings of models, nearest first: pragma, pyproject.toml, editor. What cannot be understood is kept as a problem. */
class LayeredSettings {
  readonly problems: BadSettings[] = [];
  private readonly known = new Map<string, ModelSettings>();
  constructor(
    private readonly request: ReadingRequest,
    private readonly world: ReadingWorld,
  ) {}

  readonly of = (name: string, line: number): ModelSettings => {
    const key = `${name}:${line}`;
    const known = this.known.get(key) ?? this.gather(name, line);
    this.known.set(key, known);
    return known;
  };

  private gather(name: string, line: number): ModelSettings {
    const { file, text, settings } = this.request;
    const configuration = this.attempt(line, () => this.world.configuration(file, name));
    const pragma = line === 0 ? undefined : this.attempt(line, () => pragmaAt(text, line, file));
    const near = (path: string | undefined): string | undefined =>
      path === undefined ? undefined : (this.world.locate(path, file, 'also folders') ?? path);
    const [checkpoint, data] = [near(pragma?.checkpoint), near(pragma?.data)];
    return {
      ...settings,
      ...configuration,
      ...pragma,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...(data === undefined ? {} : { data }),
    };
  }

  private attempt(line: number, read: () => ModelSettings | undefined): ModelSettings | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      const at = Math.max(1, line);
      if (!this.problems.some(({ message }) => message === error.message))
        this.problems.push({
          message: error.message,
          place: { file: this.request.file, line: at, column: 1, endLine: at, endColumn: 2 },
        });
      return undefined;
    }
  }
}

function parse(text: string, file: string): { syntax: ModuleSyntax | undefined; error: FileReading['syntaxError'] } {
  try {
    return { syntax: parseCached(text, file, { strict: true }), error: null };
  } catch (error) {
    if (!(error instanceof PythonSyntaxError)) throw error;
    const place = { message: error.reason, ...error.span };
    try {
      // What can be read in spite of the error keeps its hints.
      return { syntax: parseCached(text, file), error: place };
    } catch {
      return { syntax: undefined, error: place };
    }
  }
}

/** Open texts that imports may find. */
const otherTexts = ({ overlays, file }: ReadingRequest, hash: ReadingWorld['hash']): string =>
  Object.entries(overlays)
    .filter(([path]) => path !== file)
    .map(([path, text]) => `${path} ${hash(text)}`)
    .join();

/** Cheap test that saves reading files that train nothing. */
const trains = (text: string): boolean =>
  /\boptim|torch\.(load|save)|DataLoader|\.(backward|compile|fit|fitDataset|minimize|computeGradients|load_weights)\s*\(/.test(
    text,
  );

/** The script that trains the models of a file: the one the settings name, the file itself if it makes an optimizer, one that uses it. */
function scriptOf(
  file: string,
  named: string | undefined,
  training: TrainingFacts | null,
  world: ReadingWorld,
): string | undefined {
  const located = named === undefined ? undefined : world.locate(named, file);
  if (located !== undefined) return located;
  return training === null || training.optimizers.length === 0 ? world.trainingScript(file) : file;
}

const MOST_SCRIPTS = 50;

/**
 * What another file says about the training of this one. It does not depend on how this file's definitions are written, only on
 * which there are: it is not read again at every keystroke.
 */
function scriptFacts(script: string, own: ModuleSyntax, dependencies: string, world: ReadingWorld): TrainingFacts {
  const text = world.sources.read(script) ?? '';
  const names = [...definitions(own).keys()].join();
  const key = world.hash([script, text, dependencies, names].join('\n'));
  const known = world.facts.get(key);
  if (known !== undefined) return known;
  const facts = factsOf(script, text, world);
  if (world.facts.size >= MOST_SCRIPTS) world.facts.clear();
  world.facts.set(key, facts);
  return facts;
}

function factsOf(file: string, text: string | undefined, world: ReadingWorld): TrainingFacts {
  return readTrainingFacts({
    file,
    sources: world.sources,
    ...(text === undefined ? {} : { source: text }),
    ...(world.cancelled === undefined ? {} : { watch: { cancelled: world.cancelled } }),
  });
}

/** What the data set that belongs to the file says of the model's inputs. */
async function dataOf(
  configured: string | undefined,
  facts: TrainingFacts | null,
  world: ReadingWorld,
): Promise<ModelsRequest['data']> {
  if (configured !== undefined) {
    const specs = await world.openData(configured);
    return specs === undefined ? undefined : { specs: inputsAmong(specs), certain: true };
  }
  const made = inputsOfScript(facts);
  if (made !== undefined) return { specs: made, certain: false };
  for (const { value } of facts?.dataFiles ?? []) {
    const path = world.locate(value, facts?.file ?? '');
    const specs = path === undefined ? undefined : await world.openData(path);
    if (specs !== undefined) return { specs: inputsAmong(specs), certain: false };
  }
  return undefined;
}

/** The last array is the target, where there is more than one. */
const inputsAmong = (specs: readonly InputSpec[]): readonly InputSpec[] =>
  specs.slice(0, Math.max(1, specs.length - 1));

/** Checkpoints of the workspace that the further models of a file are compared with. */
const COMPARED_WITH_OTHERS = 8;

/** Every checkpoint that was found, named or chosen, against every model of the file; findings are about the main one. */
async function checkpointsOf(
  request: ReadingRequest,
  world: ReadingWorld,
  models: readonly ModelReading[],
  facts: TrainingFacts | null,
  links: FileReading['links'],
  settings: LayeredSettings,
): Promise<{ candidates: Reading['checkpoints']; named: NamedCheckpoint[] }> {
  const [main] = models;
  if (main === undefined) return { candidates: {}, named: [] };
  const opened = new Map<string, OpenedCandidate['found']>();
  const candidates: Record<string, readonly CheckpointCandidate[]> = {};
  const named: NamedCheckpoint[] = [];
  for (const model of models) {
    const configured = settings.of(model.name, model.place.line).checkpoint;
    const entries: OpenedCandidate[] = [];
    for (const entry of wantedFor(request, world, facts, configured, model === main)) {
      const found = opened.get(entry.file) ?? (await world.openCheckpoint(entry.file));
      opened.set(entry.file, found);
      entries.push({ ...entry, found });
    }
    const own = candidatesFor(model, entries);
    candidates[model.name] = own;
    if (model === main) named.push(...namedAmong(model, own, entries, links));
  }
  return { candidates, named };
}

function wantedFor(
  request: ReadingRequest,
  world: ReadingWorld,
  facts: TrainingFacts | null,
  configured: string | undefined,
  isMain: boolean,
): WantedCheckpoint[] {
  // What was chosen was chosen for the main model; the nearest come first.
  const known = isMain
    ? request.checkpoints
    : request.checkpoints
        .slice(0, COMPARED_WITH_OTHERS)
        .map(({ file }) => ({ file, origin: 'found in the workspace' as const }));
  const wanted = new Map<string, WantedCheckpoint>(known.map((entry) => [entry.file, entry]));
  if (configured !== undefined && wanted.get(configured)?.origin !== 'chosen')
    wanted.set(configured, { file: configured, origin: 'configured' });
  for (const { value } of facts === null ? [] : [...facts.loads, ...facts.saves]) {
    const target = world.locate(value, facts?.file ?? request.file);
    const before = target === undefined ? undefined : wanted.get(target);
    if (target !== undefined && (before === undefined || before.origin === 'found in the workspace'))
      wanted.set(target, { file: target, origin: 'named by the training script' });
  }
  return [...wanted.values()];
}
