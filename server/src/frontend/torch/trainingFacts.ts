/**
 * What a training script says, read without running it: optimizer, schedule, batch size, loss, model, files, input
 * normalisation, gradient clipping. Every fact has the place it comes from.
 */
import type { SourceSpan } from '../../graph/node';
import type { Limits, SourceProvider } from '../../python/interpreter';
import { parseCached } from '../../python/parseCache';
import type { ModuleSyntax, Statement } from '../../python/syntax';
import { PyClass, PyDict, PyInstance, PyList, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import { datasetFacts, type DatasetFact } from './dataFacts';
import { keyText } from './keyText';
import type { ModuleName, TraceStopped } from '../model';
import { callText, factoryText } from './callText';
import { isLossModule, isModuleInstance, isOwnClass, isTorchModule } from './moduleRegistry';
import type { LibraryCall } from './moduleRegistry';
import { openScript, stoppedBy } from './session';
import type { Session, Watch } from './session';
import { namedModules, namedParameters } from './stateDict';
import { argumentOf, callAt, walk } from './syntaxSearch';
import { installRecorders, recordedPackages } from './trainingRecorders';

export type FactValue = null | boolean | number | string | readonly FactValue[];

export interface Fact<T> {
  readonly value: T;
  readonly span: SourceSpan;
  /** false: a default of the command line, one of several possibilities, or guessed from a name. */
  readonly certain: boolean;
}

export interface OptimizerFact {
  /** Class name, e.g. `SGD`. */
  readonly kind: string;
  readonly span: SourceSpan;
  readonly certain: boolean;
  /** Every argument of the class, defaults included; null where the script does not determine it. */
  readonly arguments: Readonly<Record<string, Fact<FactValue>>>;
  /** Arguments that a parameter group sets for itself. */
  readonly groups: readonly Readonly<Record<string, FactValue>>[];
}

export interface ScheduleFact {
  readonly kind: string;
  readonly span: SourceSpan;
}

export interface ModelFact {
  /** Name of the class, or of the variable that holds a module made of library classes only. */
  readonly name: string;
  /** File that defines the class. */
  readonly file: string;
  /** A call to evaluate in that file, e.g. `Net(64, classes=10)`; undefined if an argument is not known. */
  readonly call: string | undefined;
}

/** Text of a callable of (output, target). */
export interface LossFact extends Fact<string> {
  /** Module that defines the names in it; absent: the usual names of torch are enough. */
  readonly definedIn?: ModuleName;
}

export interface TrainingFacts {
  readonly file: string;
  readonly optimizers: readonly OptimizerFact[];
  readonly schedules: readonly ScheduleFact[];
  readonly batchSize: Fact<number> | null;
  /** A Python expression for the loss, e.g. `nn.CrossEntropyLoss(label_smoothing=0.1)` or `F.nll_loss`. */
  readonly loss: LossFact | null;
  readonly model: Fact<ModelFact> | null;
  /** Paths given to torch.load. */
  readonly loads: readonly Fact<string>[];
  /** Paths given to torch.save. */
  readonly saves: readonly Fact<string>[];
  /** Data files the script reads. */
  readonly dataFiles: readonly Fact<string>[];
  /** Data sets of torchvision, Hugging Face and the code's own classes, those that a loader reads first. */
  readonly datasets: readonly DatasetFact[];
  readonly normalisation: Fact<{ readonly mean: readonly number[]; readonly std: readonly number[] }> | null;
  readonly clipping: Fact<{ readonly kind: 'norm' | 'value'; readonly limit: number }> | null;
  readonly accumulationSteps: Fact<number> | null;
  readonly stopped: TraceStopped | null;
}

export interface FactsRequest {
  readonly file: string;
  /** Text of `file`; read through `sources` when absent. */
  readonly source?: string;
  readonly sources: SourceProvider;
  readonly limits?: Partial<Limits>;
  readonly watch?: Watch;
}

const nothing = (file: string): TrainingFacts => ({
  file,
  optimizers: [],
  schedules: [],
  batchSize: null,
  loss: null,
  model: null,
  loads: [],
  saves: [],
  dataFiles: [],
  datasets: [],
  normalisation: null,
  clipping: null,
  accumulationSteps: null,
  stopped: null,
});

/** Reads a training script. Never throws for what the script contains. */
export function readTrainingFacts(request: FactsRequest): TrainingFacts {
  const { file, sources, limits, watch } = request;
  const source = request.source ?? sources.read(file);
  const none = nothing(file);
  if (source === undefined) return { ...none, stopped: { ...placeless(file), reason: `${file} cannot be read` } };
  let session: Session;
  let stopped: TraceStopped | null = null;
  try {
    parseCached(source, file, { strict: true });
  } catch (error) {
    // What can be read in spite of it counts.
    stopped = stoppedBy(error, file);
  }
  try {
    const opened = openScript(
      {
        file,
        source,
        sources,
        seed: 0,
        ...(limits === undefined ? {} : { limits }),
        ...(watch === undefined ? {} : { watch }),
      },
      installRecorders,
      recordedPackages,
    );
    session = opened.session;
    if (opened.error !== undefined) stopped ??= stoppedBy(opened.error, file);
  } catch (error) {
    return { ...none, stopped: stopped ?? stoppedBy(error, file) };
  }
  return { ...factsOf(new ScriptReader(session, sources)), file, stopped };
}

const placeless = (file: string): Omit<TraceStopped, 'reason'> => ({
  file,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  hint: undefined,
});

/** Plain data of a Python value; undefined if it is not known or not plain. */
function plain(value: PyValue | undefined): FactValue | undefined {
  if (value === null || typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string')
    return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof PyTuple || value instanceof PyList) {
    const items = value.items.map(plain);
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  return undefined;
}

const numbers = (value: FactValue | undefined): readonly number[] | undefined =>
  Array.isArray(value) && value.every((item) => typeof item === 'number') ? value : undefined;

/** Names of objects whose attributes come from the command line or a configuration file. */
const configurationNames = /^(args?|opts?|flags|hparams|hps|cfg|config|conf|params|parser)$/i;

/** The run of a script, and its text. */
class ScriptReader {
  private readonly trees = new Map<string, ModuleSyntax>();
  constructor(
    readonly session: Session,
    private readonly sources: SourceProvider,
  ) {
    this.trees.set(session.file, session.syntax);
  }

  calls(kind: string): LibraryCall[] {
    // A loop's body may have run twice: the first call of each place counts.
    const first = new Map<string, LibraryCall>();
    for (const call of this.session.records.libraryCalls) {
      const place = `${call.span?.file}:${call.span?.line}:${call.span?.column}`;
      if (call.kind === kind && !first.has(place)) first.set(place, call);
    }
    return [...first.values()];
  }

  tree(file: string): ModuleSyntax | undefined {
    const known = this.trees.get(file);
    if (known !== undefined) return known;
    const text = this.sources.read(file);
    if (text === undefined) return undefined;
    const tree = parseCached(text, file);
    this.trees.set(file, tree);
    return tree;
  }

  /** Where an argument of a call is written, and whether the command line may change it. */
  argument(call: LibraryCall, keyword: string, position?: number): { span: SourceSpan; certain: boolean } {
    const span = call.span ?? this.start();
    const tree = this.tree(span.file);
    const syntax = tree === undefined ? undefined : callAt(tree, span);
    const argument = syntax === undefined ? undefined : argumentOf(syntax, keyword, position);
    // `**options` that are not known may hold what is not written.
    const open = syntax?.args.some(({ kind }) => kind === 'doubleStar') ?? false;
    if (tree === undefined || argument === undefined) return { span, certain: !open };
    let certain = true;
    for (const part of walk(argument.value))
      if (part.kind === 'Attribute' && part.object.kind === 'Name' && configurationNames.test(part.object.name))
        certain = false;
    return { span: tree.source.span(argument.value), certain };
  }

  start(): SourceSpan {
    return { file: this.session.file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  }
}

function factsOf(reader: ScriptReader): TrainingFacts {
  return {
    ...nothing(reader.session.file),
    optimizers: optimizerFacts(reader),
    schedules: reader
      .calls('scheduler')
      .map(({ args, span }) => ({ kind: keyText(args.get('class')), span: span ?? reader.start() })),
    batchSize: batchSizeFact(reader),
    loss: lossFact(reader),
    model: modelFact(reader),
    loads: pathFacts(reader, 'torch.load', 0),
    saves: pathFacts(reader, 'torch.save', 1),
    dataFiles: dataFileFacts(reader),
    datasets: datasetFacts(reader.session),
    normalisation: normalisationFact(reader),
    clipping: clippingFact(reader),
    accumulationSteps: namedNumber(
      reader,
      /^(gradient_|grad_)?(accum|accumulation|accumulate)(_steps|_iter|_grad_batches)?$/i,
    ),
  };
}

function optimizerFacts(reader: ScriptReader): OptimizerFact[] {
  const calls = reader.calls('optimizer');
  return calls.map((call) => {
    const { args } = call;
    const names = [...args.keys()].filter((name) => name !== 'class' && name !== 'groups');
    const entries = names.map((name, i): [string, Fact<FactValue>] => {
      // Position 0 is `params`.
      const place = reader.argument(call, name, i + 1);
      const value = plain(args.get(name));
      return [name, { value: value ?? null, span: place.span, certain: place.certain && value !== undefined }];
    });
    return {
      kind: keyText(args.get('class')),
      span: call.span ?? reader.start(),
      certain: calls.length === 1,
      arguments: Object.fromEntries(entries),
      groups: groupsOf(args.get('groups')),
    };
  });
}

function groupsOf(groups: PyValue | undefined): Record<string, FactValue>[] {
  if (!(groups instanceof PyList)) return [];
  return groups.items.map((group) => {
    const entries = group instanceof PyDict ? group.entries() : [];
    return Object.fromEntries(
      entries.flatMap(([name, value]): [string, FactValue][] => {
        const known = name === 'params' ? undefined : plain(value);
        return known === undefined ? [] : [[keyText(name), known]];
      }),
    );
  });
}

function batchSizeFact(reader: ScriptReader): Fact<number> | null {
  const loaders = reader.calls('DataLoader').filter(({ args }) => typeof args.get('batch_size') === 'bigint');
  const chosen = loaders.find(({ args }) => args.get('shuffle') === true) ?? loaders[0];
  if (chosen === undefined) return namedNumber(reader, /^(batch_?size|train_batch_size|bs|batch|batchsz|n_batch)$/i);
  return { value: Number(chosen.args.get('batch_size')), ...reader.argument(chosen, 'batch_size', 1) };
}

/** A whole number held by a top-level variable, or an attribute of a top-level configuration, with such a name. */
function namedNumber(reader: ScriptReader, pattern: RegExp): Fact<number> | null {
  const { module, syntax } = reader.session;
  for (const [name, value] of module.attributes)
    if (pattern.test(name) && typeof value === 'bigint')
      return { value: Number(value), span: assignmentOf(syntax, name) ?? reader.start(), certain: true };
  for (const owner of module.attributes.values()) {
    if (!(owner instanceof PyInstance) || isModuleInstance(owner)) continue;
    for (const [name, value] of owner.attributes)
      if (pattern.test(name) && typeof value === 'bigint')
        return { value: Number(value), span: optionOf(syntax, name) ?? reader.start(), certain: false };
  }
  return null;
}

function assignmentOf(syntax: ModuleSyntax, name: string): SourceSpan | undefined {
  const names = (statement: Statement): boolean =>
    (statement.kind === 'Assign' &&
      statement.targets.some((target) => target.kind === 'Name' && target.name === name)) ||
    (statement.kind === 'AnnotatedAssign' && statement.target.kind === 'Name' && statement.target.name === name);
  for (const tree of walk(syntax.body))
    if ((tree.kind === 'Assign' || tree.kind === 'AnnotatedAssign') && names(tree) && tree.value !== undefined)
      return syntax.source.span(tree.value);
  return undefined;
}

/** The `add_argument('--name', …)` of an option. */
function optionOf(syntax: ModuleSyntax, name: string): SourceSpan | undefined {
  for (const tree of walk(syntax.body)) {
    if (tree.kind !== 'Call' || tree.callee.kind !== 'Attribute' || tree.callee.name !== 'add_argument') continue;
    const flags = tree.args.map(({ value }) => (value.kind === 'Constant' ? value.value : null));
    if (flags.some((flag) => typeof flag === 'string' && flag.replace(/^-+/, '').replaceAll('-', '_') === name))
      return syntax.source.span(tree);
  }
  return undefined;
}

/** The loss that is called, else the only one that is made. */
function lossFact(reader: ScriptReader): LossFact | null {
  const { constructions, registrations } = reader.session.records;
  const isLoss = (value: PyValue): value is PyInstance => isTorchModule(value) && isLossModule(value);
  const used = reader
    .calls('loss_module')
    .map(({ instance }) => instance)
    .filter(isLoss);
  const losses = [...constructions.keys()].filter(isLoss);
  // Parts of another loss are not it.
  const whole = losses.filter((loss) => !registrations.has(loss));
  const made = whole.length > 0 ? whole : losses;
  const functions = reader.calls('loss_function').filter(({ span }) => span !== undefined);
  const chosen = used[0] ?? (functions.length === 0 ? made[0] : undefined);
  const count = new Set([...(used.length > 0 ? used : made).map(({ cls }) => cls.name)]).size;
  const construction = chosen === undefined ? undefined : constructions.get(chosen);
  if (chosen !== undefined && construction?.span !== undefined) {
    const home = isOwnClass(chosen.cls) ? homeOf(chosen.cls, reader) : undefined;
    const name = home === undefined ? `nn.${chosen.cls.name}` : chosen.cls.name;
    const text = callText(reader.session, name, construction);
    const definedIn = home === undefined ? {} : { definedIn: home };
    if (text !== undefined) return { value: text, span: construction.span, certain: count === 1, ...definedIn };
  }
  const [call] = functions;
  if (call?.span === undefined) return null;
  return {
    value: lossCallText(call),
    span: call.span,
    certain: new Set(functions.map(({ args }) => args.get('function'))).size === 1,
  };
}

/** How a class of the code's own is imported; the script itself by its file name. */
function homeOf({ module }: PyClass, { session }: ScriptReader): ModuleName {
  const { file } = session;
  const name = module === undefined || module.name === '__main__' ? undefined : module.name;
  return { name: name ?? /([^\\/]+?)(?:\.py)?$/.exec(file)?.[1] ?? file, fromFile: file };
}

/** A loss function with the options it was called with, as a callable of (output, target). */
function lossCallText({ args }: LibraryCall): string {
  const name = `F.${keyText(args.get('function'))}`;
  const options: string[] = [];
  for (const [option, usual] of [
    ['reduction', 'mean'],
    ['label_smoothing', 0],
    ['ignore_index', -100n],
    ['beta', 1],
    ['delta', 1],
  ] as const) {
    const value = args.get(option);
    if (value === undefined || value === null || value === usual || Number(value) === usual) continue;
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint')
      options.push(`${option}=${typeof value === 'string' ? JSON.stringify(value) : String(value)}`);
  }
  return options.length === 0 ? name : `lambda output, target: ${name}(output, target, ${options.join(', ')})`;
}

function pathFacts(reader: ScriptReader, kind: string, position: number): Fact<string>[] {
  return reader.calls(kind).flatMap((call): Fact<string>[] => {
    const value = call.args.get(String(position));
    const text = pathText(reader, value);
    return text === undefined ? [] : [{ value: text, ...reader.argument(call, 'f', position) }];
  });
}

/** Files that data libraries read, then those that open() reads and whose names are of data. */
function dataFileFacts(reader: ScriptReader): Fact<string>[] {
  const kinds = [
    'numpy.load',
    'numpy.memmap',
    'numpy.loadtxt',
    'pandas.read_csv',
    'pandas.read_parquet',
    'pandas.read_json',
  ];
  const opened = reader.session.interpreter.openedFiles.filter(({ path }) => /\.(txt|csv|tsv|jsonl)$/i.test(path));
  const facts = [
    ...kinds.flatMap((kind) => pathFacts(reader, kind, 0)),
    ...opened.map(({ path, span }) => ({ value: path, span: span ?? reader.start(), certain: false })),
  ];
  return facts.filter(({ value }, i) => facts.findIndex((other) => other.value === value) === i);
}

/** A path as text: a string, or a pathlib object. */
function pathText({ session: { interpreter } }: ScriptReader, value: PyValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof PyInstance && /Path$/.test(value.cls.name) ? interpreter.str(value) : undefined;
}

function normalisationFact(reader: ScriptReader): TrainingFacts['normalisation'] {
  for (const call of reader.calls('transform').filter(({ args }) => args.get('name') === 'Normalize')) {
    const argument = (name: string, position: number): readonly number[] | undefined =>
      numbers(plain(call.args.get(name) ?? call.args.get(String(position))));
    const [mean, std] = [argument('mean', 0), argument('std', 1)];
    if (mean !== undefined && std !== undefined) return { value: { mean, std }, ...reader.argument(call, 'mean', 0) };
  }
  return null;
}

function clippingFact(reader: ScriptReader): TrainingFacts['clipping'] {
  for (const kind of ['norm', 'value'] as const)
    for (const call of reader.calls(`clip_${kind}`)) {
      const limit = plain(call.args.get('limit'));
      const keyword = kind === 'norm' ? 'max_norm' : 'clip_value';
      if (typeof limit === 'number') return { value: { kind, limit }, ...reader.argument(call, keyword, 1) };
    }
  return null;
}

// ── the model

function modelFact(reader: ScriptReader): TrainingFacts['model'] {
  const { session } = reader;
  const { constructions } = session.records;
  const inside = new Set<PyInstance>();
  const made = [...constructions.keys()].filter(
    (each) => membersReady(each) && !each.cls.resolutionOrder.some(({ name }) => name === '_Loss'),
  );
  for (const module of made)
    for (const { name, module: child } of namedModules(module, false)) if (name !== '') inside.add(child);
  const isWrapper = ({ cls }: PyInstance): boolean => ['DataParallel', 'DistributedDataParallel'].includes(cls.name);
  const wrapped = new Set(
    made.filter(isWrapper).flatMap((module) =>
      namedModules(module, false)
        .filter(({ name }) => name === 'module')
        .map((each) => each.module),
    ),
  );
  const roots = made.filter((module) => !isWrapper(module) && (!inside.has(module) || wrapped.has(module)));
  const trained = trainedTensors(reader);
  const owners = roots.filter((root) => namedParameters(root).some(({ tensor }) => trained.has(tensor)));
  const choices = (owners.length > 0 ? owners : likelyModels(roots)).map((root) => withinWrapper(session, root));
  const chosen = choices.find(isOwn) ?? choices[0];
  const construction = chosen === undefined ? undefined : constructions.get(chosen);
  if (chosen === undefined || construction === undefined) return null;
  const certain = new Set(choices.map(({ cls }) => cls)).size === 1 && !construction.uncertain;
  const span = construction.span ?? reader.start();
  const { span: definition } = chosen.cls;
  if (definition !== undefined && isOwn(chosen)) {
    const { name } = chosen.cls;
    const call = callText(session, name, construction);
    if (call !== undefined) return { value: { name, file: definition.file, call }, span, certain };
    return (
      madeByFactory(session, chosen, span, certain) ?? { value: { name, file: definition.file, call }, span, certain }
    );
  }
  const factory = madeByFactory(session, chosen, span, certain);
  if (factory !== undefined) return factory;
  const variable = [...session.module.attributes].find(([, value]) => value === chosen)?.[0];
  if (variable === undefined) return null;
  return { value: { name: variable, file: session.file, call: variable }, span, certain };
}

/**
 * The model inside a module that adds training to it (Lightning's way) and cannot be written as a call, because it was given
 * the model: the child that has all of its parameters.
 */
function withinWrapper(session: Session, root: PyInstance): PyInstance {
  const { constructions } = session.records;
  const construction = constructions.get(root);
  if (construction === undefined || callText(session, root.cls.name, construction) !== undefined) return root;
  const count = namedParameters(root).length;
  const children = namedModules(root, false).filter(({ name }) => name !== '' && !name.includes('.'));
  const inner = children.find(
    ({ module }) => isOwn(module) && constructions.has(module) && namedParameters(module).length === count,
  );
  return inner?.module ?? root;
}

/** A module that a function of the code's own gave, as the call of that function. */
function madeByFactory(
  session: Session,
  module: PyInstance,
  span: SourceSpan,
  certain: boolean,
): Fact<ModelFact> | undefined {
  const factory = session.records.factories.get(module);
  const call = factory === undefined ? undefined : factoryText(session, factory);
  if (factory === undefined || call === undefined) return undefined;
  return { value: { name: factory.name, file: factory.file, call }, span, certain };
}

const isOwn = ({ cls }: PyInstance): boolean => isOwnClass(cls);

/** Modules of the script's own classes: those with parameters, else those not named like a loss. */
function likelyModels(roots: readonly PyInstance[]): PyInstance[] {
  const own = roots.filter(isOwn);
  const withParameters = own.filter((root) => namedParameters(root).length > 0);
  return withParameters.length > 0
    ? withParameters
    : own.filter(({ cls }) => !/loss|criterion|accuracy|metric/i.test(cls.name));
}

const membersReady = (module: PyInstance): boolean => module.attributes.get('_modules') instanceof PyDict;

function trainedTensors(reader: ScriptReader): Set<PyValue> {
  const tensors = new Set<PyValue>();
  for (const { args } of reader.calls('optimizer')) {
    const groups = args.get('groups');
    for (const group of groups instanceof PyList ? groups.items : []) {
      const params = group instanceof PyDict ? group.get('params') : undefined;
      for (const tensor of params instanceof PyList ? params.items : []) tensors.add(tensor);
    }
  }
  return tensors;
}
