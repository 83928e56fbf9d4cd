/** The models of a file: which they are, how they are made, and in which order they are read. */
import type { InputSpec } from '../frontend/model';
import { definitions } from '../frontend/torch/syntaxSearch';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';
import type { SourceProvider } from '../python/interpreter';
import { parseCached } from '../python/parseCache';
import type { ModuleSyntax } from '../python/syntax';
import type { ModelSettings } from '../project/settings';
import type { ModelReading, ShapeNote } from '../protocol/reading';
import type { CachedReading, Definitions } from './definitionCache';
import { callsOf } from './callsInFile';
import { modelCalls, type ModelCall, type ProgramsOf } from '../worker/modelCalls';
import { definitionPlace, GUESSED, ranOutOfTime, traceOnce, type KnownInputs } from './modelTrace';
import { layoutsOf } from '../worker/scriptInputs';
import { commentMark, isJavaScript } from '../javascript/isJavaScript';
import { definitionOf, modelMakers, neededArguments, type FunctionDefinition } from '../frontend/keras/modelMakers';
import { isAbstract, moduleClasses, usedClasses, type ClassDefinition } from './moduleClasses';

export interface ModelsRequest {
  readonly file: string;
  readonly text: string;
  readonly syntax: ModuleSyntax;
  readonly sources: SourceProvider;
  /** Settings of the model that is defined on a line (0: unknown) under a name. */
  readonly settingsOf: (name: string, line: number) => ModelSettings;
  /** Of the script that trains models of this file, where there is one. */
  readonly facts: TrainingFacts | null;
  /** Shapes of one sample's inputs in the data set that belongs to the main model. `certain`: the settings name the data. */
  readonly data: { readonly specs: readonly InputSpec[]; readonly certain: boolean } | undefined;
  readonly definitions: Definitions;
  /** Which programs show how models of this file are made. */
  readonly programs: ProgramsOf;
  /** Whatever else a reading depends on: imported files, settings. */
  readonly dependencies: string;
  readonly cancelled?: () => boolean;
}

export interface ReadModels {
  /** Models that are still to be read: the time was over. */
  readonly unread: number;
  readonly models: readonly ModelReading[];
  readonly shapes: readonly ShapeNote[];
}

/** Models of one file that are read. */
const MOST_MODELS = 64;
/** Of those that methods and attributes of objects give. */
const MOST_MEMBERS = 8;
/** Milliseconds after which the rest is left for another reading, which finds the ones so far in the cache. */
const TIME_FOR_OTHERS = 250;

/** Reads the main model and, as far as time allows, every other one that it does not use. */
export const readModels = (request: ModelsRequest): ReadModels => new ModelReader(request).read();

class ModelReader {
  private readonly classes: ReadonlyMap<string, ClassDefinition>;
  /** Names of classes that no other class of the file uses, the last first. */
  private readonly roots: readonly string[];
  private readonly makers: ReadonlyMap<string, FunctionDefinition>;
  private readonly models: ModelReading[] = [];
  private readonly shapes = new Map<string, ShapeNote>();
  /** Traces that were not in the cache. */
  private made = 0;
  /** The data set is the main model's. */
  private dataBelong = true;

  constructor(private readonly request: ModelsRequest) {
    const { syntax, definitions: known } = request;
    this.classes = moduleClasses(syntax);
    const used = usedClasses(this.classes, (statement) => known.namesIn(statement));
    this.roots = [...this.classes.keys()].reverse().filter((name) => !used.has(name));
    this.makers = modelMakers(syntax);
  }

  read(): ReadModels {
    const { file, facts, text } = this.request;
    const start = performance.now();
    const hasDefinitions = this.classes.size > 0 || this.makers.size > 0;
    if (!hasDefinitions && facts?.model?.value.file !== file && !mayMakeModels(text)) return this.result(0);
    const main = this.readMain();
    this.dataBelong = false;
    const found = main === undefined ? [] : [main];
    const seen = new Set(main?.model.layers.map(({ type }) => type));
    const others = [
      ...[...this.roots, ...this.makers.keys()]
        .filter((name) => name !== main?.model.name && !seen.has(name) && !this.isAbstract(name))
        .map((name) => () => this.readNamed(name)),
      ...this.callsOfMembers(main?.model.construction).map((call) => () => this.readOne(call)),
    ].slice(0, MOST_MODELS);
    let unread = others.length;
    for (const read of others) {
      if (this.made > 0 && performance.now() - start > TIME_FOR_OTHERS) break;
      unread--;
      found.push(read());
    }
    // Classes that cannot be made by themselves are shown as the project's model uses them.
    const parts = found.some(({ model }) => isAboutArguments(model)) ? this.readElsewhere() : new Set<string>();
    for (const each of found)
      if (isModel(each.model) && !(isAboutArguments(each.model) && parts.has(each.model.name))) this.add(each);
    return this.result(unread);
  }

  private result(unread: number): ReadModels {
    return { models: this.models, shapes: [...this.shapes.values()], unread };
  }

  /** Models that objects of other classes make or keep, as the training script makes them: `Agent(4, 2).network()`. */
  private callsOfMembers(main: string | null | undefined): string[] {
    const { facts, file } = this.request;
    const byName = new Map<string, string>();
    for (const { name, file: home, call } of facts?.made ?? [])
      if (home === file && call !== undefined && name.includes('.') && !byName.has(name)) byName.set(name, call);
    return [...byName.values()].filter((call) => call !== main).slice(0, MOST_MEMBERS);
  }

  private isAbstract(name: string): boolean {
    const statement = this.classes.get(name);
    return statement !== undefined && isAbstract(statement, this.request.syntax);
  }

  private add({ model, shapes }: CachedReading): void {
    if (model.name === '' || this.models.some((other) => other.name === model.name || this.makes(model, other))) return;
    this.models.push(model);
    this.addShapes(shapes);
  }

  /** Is `model` what a function gives that makes `variable`, which is shown? */
  private makes(model: ModelReading, variable: ModelReading): boolean {
    const maker = this.makers.get(model.name);
    if (maker === undefined) return false;
    const { line, endLine } = this.request.syntax.source.span(maker);
    return line < variable.place.line && variable.place.line <= endLine && hasSameLayers(model, variable);
  }

  private addShapes(shapes: readonly ShapeNote[]): void {
    for (const note of shapes) {
      const { file, line, column, endLine, endColumn } = note.place;
      const key = `${line}:${column}:${endLine}:${endColumn}`;
      if (file === this.request.file && !this.shapes.has(key)) this.shapes.set(key, note);
    }
  }

  /** What the training script makes, else what the file itself shows to be its model. */
  private readMain(): CachedReading | undefined {
    const { facts, file, syntax } = this.request;
    const fromScript = facts?.model?.value;
    if (fromScript?.file === file) {
      const found = this.readOne(fromScript.call ?? fromScript.name);
      if (!isAboutArguments(found.model) && found.model.name !== '' && mayBeRead(found.model)) return found;
    }
    const concrete = this.roots.filter((each) => !this.isAbstract(each));
    // A class with settings of its own is what the user means.
    const configured = concrete.find((each) => {
      const { args, input } = this.settingsOf(each);
      return args !== undefined || input !== undefined;
    });
    if (configured !== undefined) return this.readNamed(configured);
    const [first] = concrete;
    const plain = first === undefined ? undefined : this.readOne(first);
    if (plain !== undefined && !isAboutArguments(plain.model)) return plain;
    const found = this.readOne(undefined);
    const isOwn = definitions(syntax).has(found.model.name) || first === undefined;
    if (isOwn && found.model.name !== '' && !isAboutArguments(found.model)) return found;
    return first === undefined ? undefined : this.readNamed(first);
  }

  /** A class of the file: with its defaults, else with arguments that the file or the settings show. */
  private readNamed(name: string): CachedReading {
    const { args } = this.settingsOf(name);
    const plain = this.readOne(args === undefined ? name : `${name}(${args})`);
    const needed = args === undefined ? this.neededBy(name) : [];
    const isIncomplete = needed.length > 0 && plain.model.stopped !== null;
    if (!isIncomplete && !isAboutArguments(plain.model)) return plain;
    for (const { call, guessed = [] } of this.callsFor(name)) {
      const found = this.readOne(call);
      if (guessed.length === 0 ? !mayBeRead(found.model) : found.model.stopped !== null) continue;
      return { ...found, model: { ...found.model, guessed: [...guessed, ...found.model.guessed] } };
    }
    const place = definitionPlace(this.request.file, this.request.syntax, name, 0);
    const wanted = isIncomplete ? needed.join(', ') : (/: ('.*)$/.exec(plain.model.stopped?.reason ?? '')?.[1] ?? '');
    const hint = argumentsHint(this.request.file, this.makers.has(name) ? 'function' : 'class');
    const stopped = { ...place, reason: argumentsUnknown(name, wanted), hint };
    return { ...plain, model: { ...plain.model, place, name, stopped } };
  }

  /** Calls that the file shows, then those of programs that use it. */
  private *callsFor(name: string): Generator<Omit<ModelCall, 'note'>> {
    for (const call of callsOf(this.request.syntax, name)) yield { call };
    yield* modelCalls(this.request.file, this.request.programs, name);
  }

  private neededBy(name: string): string[] {
    const { file, syntax } = this.request;
    return this.makers.has(name) && isJavaScript(file) ? neededArguments(syntax, name) : [];
  }

  /**
   * Traces the project's model where it is defined in another file, for the shapes that it has in this one. Gives the
   * types of its layers.
   */
  private readElsewhere(): Set<string> {
    const { facts, sources, file, cancelled } = this.request;
    const model = facts?.model?.value;
    const text = model === undefined || model.file === file ? undefined : sources.read(model.file);
    if (model === undefined || text === undefined) return new Set();
    const construction = model.call ?? model.name;
    const read = (): CachedReading =>
      this.counted(() =>
        traceOnce({
          file: model.file,
          text,
          syntax: parseCached(text, model.file),
          sources,
          model: construction,
          inputs: this.inputsFor(undefined),
          ...(cancelled === undefined ? {} : { cancelled }),
        }),
      );
    const everything = [...definitions(this.request.syntax).keys()].join(' ');
    const context = ['elsewhere', model.file, text, construction, this.request.dependencies].join('\n');
    const found = this.request.definitions.read(file, everything, context, read, ranOutOfTime);
    this.addShapes(found.shapes);
    return new Set(found.model.layers.map(({ type }) => type));
  }

  private readOne(model: string | undefined): CachedReading {
    const { file, text, syntax, sources, cancelled } = this.request;
    const name = model === undefined ? undefined : /^[\w$]+(\.[\w$]+(?!\())?/.exec(model)?.[0];
    const read = (inputs: KnownInputs): CachedReading => {
      // The file's main model may be any definition of it.
      const construction = model ?? [...definitions(syntax).keys()].join(' ');
      const context = [model ?? '', JSON.stringify(inputs), this.request.dependencies].join('\n');
      const request = {
        file,
        text,
        syntax,
        sources,
        model,
        inputs,
        ...(cancelled === undefined ? {} : { cancelled }),
      };
      return this.request.definitions.read(
        file,
        construction,
        context,
        () => this.counted(() => traceOnce(request)),
        ranOutOfTime,
      );
    };
    const inputs = this.inputsFor(name);
    const uncertain = inputs.origin === 'data file' && this.request.data?.certain === false;
    if (!uncertain) return read(inputs);
    for (const specs of layoutsOf(this.request.data.specs)) {
      const found = read({ ...inputs, specs });
      if (found.model.stopped === null || isAboutArguments(found.model)) return found;
    }
    // Data that only the training script names may be another model's.
    return read(GUESSED);
  }

  private inputsFor(name: string | undefined): KnownInputs {
    const { input } = name === undefined ? {} : this.settingsOf(name);
    if (input !== undefined && input.length > 0) return { origin: 'configuration', specs: input };
    const data = this.dataBelong ? this.request.data : undefined;
    return data === undefined ? GUESSED : { origin: 'data file', specs: data.specs };
  }

  private counted(make: () => CachedReading): CachedReading {
    this.made++;
    return make();
  }

  /** Settings of a definition of the file, found by where it stands. */
  private settingsOf(name: string): ModelSettings {
    const { settingsOf, syntax, file } = this.request;
    return settingsOf(name, definitionOf(syntax, name) !== undefined ? definitionPlace(file, syntax, name, 0).line : 0);
  }
}

const argumentsUnknown = (name: string, wanted: string): string =>
  `the arguments of ${name} are not known${wanted === '' ? '' : ` (${wanted})`}`;
const argumentsHint = (file: string, kind: 'class' | 'function'): string =>
  `Say them in a comment above the ${kind}: ${commentMark(file)} hessian-lens: args="…"`;

/** The class itself could not be called: what it needs is not said. */
const isAboutArguments = ({ name, stopped }: ModelReading): boolean =>
  stopped !== null &&
  (stopped.reason.startsWith(argumentsUnknown(name, '')) ||
    new RegExp(`\\b${name}(\\.__init__)?\\(\\) missing \\d+ required`).test(stopped.reason));

/** Not stopped by the text of the call itself. */
const mayBeRead = (model: ModelReading): boolean =>
  model.stopped === null || (!isAboutArguments(model) && model.stopped.line > 1 && model.totalParameters > 0);

/** Has it the same layers, made at the same places? */
function hasSameLayers(a: ModelReading, b: ModelReading): boolean {
  const layersOf = ({ layers }: ModelReading): string[] =>
    layers.flatMap(({ name, file, line, parameters }) =>
      name === '' ? [] : [`${name} ${file}:${line} ${parameters}`],
    );
  return layersOf(a).length > 0 && layersOf(a).join('\n') === layersOf(b).join('\n');
}

/**
 * Not a function, a loss or a transform written as a module: those have no parameters, and what they are given is not to
 * be guessed.
 */
const isModel = ({ totalParameters, layers, stopped, inputOrigin }: ModelReading): boolean =>
  !givesNoModel.test(stopped?.reason ?? '') &&
  (totalParameters > 0 || inputOrigin !== 'usual sizes' || (stopped !== null && layers.length === 0));

/** A function that only looked like one that makes models. */
const givesNoModel = /, not a torch\.nn\.Module; name a class/;

const mayMakeModels = (text: string): boolean =>
  /\bnn\.Sequential\b|\btf\.(sequential|model)\b|\bsequential\(|\bdef \w*(model|net)\w*\(/i.test(text);
