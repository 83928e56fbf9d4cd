/** A Python file opened for reading: the interpreter with PyTorch's library, and the file's module after its top level ran. */
import type { SourceSpan } from '../../graph/node';
import type { Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { PythonException, PythonSyntaxError, TraceStop } from '../../python/errors';
import { Interpreter } from '../../python/interpreter';
import type { Incident, Limits, Observer, SourceProvider } from '../../python/interpreter';
import { parseCached } from '../../python/parseCache';
import type { ModuleSyntax, Statement } from '../../python/syntax';
import { PyInstance, PyModule } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { TraceStopped } from '../model';
import { createKerasModules } from '../keras/kerasLibrary';
import { createSklearnModules } from '../keras/sklearnModules';
import { mayBeCalled } from '../../javascript/callbacks';
import { iterateUnknown } from '../../javascript/unknownIteration';
import { isJavaScript } from '../../javascript/isJavaScript';
import { createTfjsModules } from '../tfjs/tfjsLibrary';
import { createTorchModules } from './functions/torchModules';
import { installedCompletions, withoutInstalled } from './installedPackages';
import { completeFromMainBlock } from './mainBlock';
import { ModuleRecords } from './moduleRecords';
import { isPart, membersOf, noteNotMade, noteSkippedCall } from './moduleRegistry';
import { createExperimentModules } from './experimentLibraries';
import { createNnModules } from './nnLibrary';
import type { ModuleMaker } from './nnLibrary';
import { factoryObserver } from './factoryObserver';
import { createTransformersModules } from './transformersLibrary';
import { visit } from './syntaxSearch';
import { trainingStatements } from './trainingStatements';
import { createTorchvisionModules } from './torchvisionModules';

export interface SessionRequest {
  readonly file: string;
  readonly source: string;
  readonly sources: SourceProvider;
  readonly seed: number;
  readonly limits?: Partial<Limits>;
  readonly watch?: Watch;
  /** Arguments that a script is started with. */
  readonly commandLine?: readonly string[];
  /** What is said of the shapes of the model's inputs, one sample of each. */
  readonly inputShapes?: readonly Shape[];
  /** Statements that are not Python are left out. Absent: they end the reading, as they would end the program. */
  readonly pastSyntaxErrors?: boolean;
  /** Which sizes stand for those of sequences that a model of Keras leaves open. */
  readonly openAxes?: 'short' | 'long';
}

/** What somebody who waits for a reading wants to see of it, and how to end it. */
export interface Watch {
  readonly observer?: Observer;
  /** A run of `forward` begins; what was observed of an earlier one may be of other inputs. */
  readonly forwardBegins?: (interpreter: Interpreter) => void;
  readonly cancelled?: () => boolean;
}

export interface Session {
  readonly watch: Watch | undefined;
  readonly interpreter: Interpreter;
  readonly records: ModuleRecords;
  readonly module: PyModule;
  readonly syntax: ModuleSyntax;
  readonly file: string;
  /** Statements at top level that could not be followed; empty when all were. */
  readonly incidents: readonly Incident[];
}

/** The dotted name under which a file is imported: folders that are packages, then the file. */
function importName(file: string, sources: SourceProvider): string {
  const parts = file.split(/[\\/]/);
  const name = [(parts.pop() ?? '').replace(/\.(py|ipynb)$/, '')];
  while (parts.length > 0 && sources.read([...parts, '__init__.py'].join('/')) !== undefined)
    name.unshift(parts.pop() ?? '');
  return name.join('.');
}

/** A model, whether or not it is wrapped for several devices. */
function withoutWrapper(a: PyValue, b: PyValue): PyValue | undefined {
  const wraps = (outer: PyValue, inner: PyValue): boolean =>
    outer instanceof PyInstance &&
    /DataParallel$/.test(outer.cls.name) &&
    membersOf(outer, '_modules')?.get('module') === inner;
  if (wraps(a, b)) return b;
  return wraps(b, a) ? a : undefined;
}

function newInterpreter(
  { file, sources, seed, limits, watch, commandLine, inputShapes = [], openAxes = 'short' }: SessionRequest,
  mode: 'strict' | 'tolerant',
  more: ReadonlyMap<string, ModuleMaker> = new Map(),
  skips?: (statement: Statement) => boolean,
) {
  const records = new ModuleRecords();
  // What made a module is asked of training scripts only.
  const observer = more.size === 0 ? watch?.observer : factoryObserver(records, watch?.observer);
  const interpreter = new Interpreter({
    sources,
    libraries: withoutInstalled(
      new Map([
        ...createTorchModules(seed),
        ...createTorchvisionModules(records),
        ...createNnModules(records),
        ...createKerasModules(records, openAxes, inputShapes),
        ...createSklearnModules(),
        ...createExperimentModules(),
        ...createTfjsModules(records, inputShapes),
        ...createTransformersModules(file),
        ...more,
      ]),
      (name) => sources.resolveModule(name, file) !== undefined,
    ),
    completions: installedCompletions(records),
    mode,
    ...(skips === undefined ? {} : { skips }),
    same: withoutWrapper,
    isPart,
    notMade: (object, error) => {
      noteNotMade(records, object, error);
    },
    skippedCall: (object, method, cause) => noteSkippedCall(records, object, method, cause),
    ...(isJavaScript(file)
      ? {
          givenAway: (value, callee, caller): void => {
            if (mayBeCalled(value)) records.givenAway.push(value);
            iterateUnknown(callee, value, caller);
          },
        }
      : {}),
    ...(commandLine === undefined ? {} : { commandLine }),
    ...(limits === undefined ? {} : { limits }),
    ...(observer === undefined ? {} : { observer }),
    ...(watch?.cancelled === undefined ? {} : { cancelled: watch.cancelled }),
  });
  return { interpreter, records, watch };
}

/**
 * Runs the file's top level by Python's rules; where that fails (a script that downloads data, reads the command line, …)
 * again tolerantly, so that the definitions are there. What trains is left out. Throws `PythonSyntaxError`.
 */
export function openSession(request: SessionRequest): Session {
  const { file, source, sources } = request;
  const syntax = parseCached(source, file);
  const name = importName(file, sources);
  const skips = trainingStatements(syntax);
  try {
    const opened = newInterpreter(request, 'strict', undefined, skips);
    const module = opened.interpreter.runModule(source, file, name);
    completeFromMainBlock(opened.interpreter, module, syntax);
    return { ...opened, module, syntax, file, incidents: [] };
  } catch (error) {
    const skipped = error instanceof PythonSyntaxError && (request.pastSyntaxErrors === true || onlyPrints(syntax));
    if (!(error instanceof PythonException || error instanceof TraceStop || skipped)) throw error;
  }
  const { interpreter, records, watch } = newInterpreter(request, 'tolerant', undefined, skips);
  const module = interpreter.runModule(source, file, name);
  const incidents = [...interpreter.incidents];
  interpreter.tolerant = false;
  completeFromMainBlock(interpreter, module, syntax);
  return { interpreter, records, watch, module, syntax, file, incidents };
}

/** Is what is no Python 3 in a text only the printing of Python 2, which no model depends on? */
function onlyPrints(syntax: ModuleSyntax): boolean {
  let all = true;
  visit(syntax.body, (tree) => {
    if (tree.kind === 'Invalid') all &&= tree.message.startsWith("Missing parentheses in call to 'print'");
  });
  return all;
}

export interface OpenedScript {
  readonly session: Session;
  /** What ended the run before its end (a limit); what ran until then counts. */
  readonly error: unknown;
}

/**
 * Opens a file in tolerant mode as the program that was started (`__name__ == '__main__'`). `prepare` may change the
 * library first. Throws `PythonSyntaxError`.
 */
export function openScript(
  request: SessionRequest,
  prepare: (interpreter: Interpreter, records: ModuleRecords) => void,
  more: ReadonlyMap<string, ModuleMaker>,
): OpenedScript {
  const { file, source } = request;
  const syntax = parseCached(source, file);
  const { interpreter, records, watch } = newInterpreter(request, 'tolerant', more);
  prepare(interpreter, records);
  const session = { interpreter, records, watch, syntax, file, incidents: interpreter.incidents };
  try {
    const module = interpreter.runModule(source, file, '__main__', importName(file, request.sources));
    return { session: { ...session, module }, error: undefined };
  } catch (error) {
    if (!(error instanceof TraceStop || error instanceof PythonException)) throw error;
    return { session: { ...session, module: new PyModule('__main__', file) }, error };
  }
}

/** What ended the reading, if `error` is one of its ways to end; anything else is thrown on. */
export function stoppedBy(error: unknown, file: string): TraceStopped {
  const at = (span: SourceSpan | undefined, reason: string, hint?: string): TraceStopped => ({
    file: span?.file ?? file,
    line: span?.line ?? 1,
    column: span?.column ?? 1,
    endLine: span?.endLine ?? span?.line ?? 1,
    endColumn: span?.endColumn ?? span?.column ?? 1,
    reason,
    hint,
  });
  if (error instanceof TraceStop) return at(error.span, error.reason, error.hint);
  if (error instanceof PythonException) return at(error.span, error.description);
  if (error instanceof PythonSyntaxError) return at(error.span, `SyntaxError: ${error.reason}`);
  if (error instanceof ShapeError) return at(undefined, error.message);
  throw error;
}
