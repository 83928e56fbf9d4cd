/**
 * The model that a function makes of what the program gives it: where its parameters are not known by themselves, the
 * functions that call it are followed, and theirs.
 */
import type { SourceSpan } from '../../graph/node';
import { functionOfCallback } from '../../javascript/callbacks';
import { pageModules } from '../../javascript/modules';
import { LimitExceeded, PythonException, TraceStop } from '../../python/errors';
import { parseCached } from '../../python/parseCache';
import type { ModuleSyntax, Statement } from '../../python/syntax';
import { PyClass, PyModule } from '../../python/values';
import type { PyInstance, PyValue } from '../../python/values';
import { definitionOf } from '../keras/modelMakers';
import { isKerasModel } from '../keras/kerasNames';
import type { Session } from '../torch/session';
import { definitions } from '../torch/syntaxSearch';
import { answersMessages, callMethod, callWithMessages, callWithUnknown, waitingCallbacks } from './callUnknown';
import { hasLayers, isCertain, namesLayers } from './certainModel';
import { layerNumbers } from './layerNumbers';

/** Callers that are followed, and calls between them and the function. */
const MOST_CALLERS = 12;
const MOST_CALLS_BETWEEN = 4;
/** Files that are read for their calls of one other, between the first and the last of a chain, and chains. */
const MOST_USERS = 4;
const MOST_FILES_BETWEEN = 3;
const MOST_CHAINS = 8;

/** A part of the program that can be run by itself. */
interface Caller {
  readonly statement: Statement | undefined;
  readonly text: string;
  /** How other code names it in a call. */
  readonly calledAs: RegExp;
  readonly run: () => PyValue;
}

/** A file whose parts may call the function. */
interface Program {
  readonly module: PyModule;
  readonly syntax: ModuleSyntax;
  readonly file: string;
}

/** `path`: a function or class of the file, or `Class.method`. The last model of which all is known. */
export function modelOfCallers(session: Session, path: string): PyInstance | undefined {
  const maker = definitionOf(session.syntax, path);
  if (maker === undefined) return undefined;
  return lastMadeIn(session, maker, START) ?? followed(session, [session], path, maker);
}

/** The same by the files of the project that use this one, and by those that use these. */
export function modelOfUsers(session: Session, path: string): PyInstance | undefined {
  const maker = definitionOf(session.syntax, path);
  const { sources } = session.interpreter.options;
  if (maker === undefined || sources?.usersOf === undefined) return undefined;
  let tries = 0;
  /** Files from the nearest user outwards. */
  let chains: readonly (readonly string[])[] = [[session.file]];
  for (let depth = 0; depth < MOST_FILES_BETWEEN && chains.length > 0; depth++) {
    const next: string[][] = [];
    for (const chain of chains)
      for (const file of sources.usersOf(chain.at(-1) ?? '').slice(0, MOST_USERS)) {
        if (chain.includes(file) || ++tries > MOST_CHAINS) continue;
        const files = [...chain.slice(1), file];
        const found = tried(session, (begun) => modelOfFiles(session, path, maker, files, begun));
        if (found !== undefined) return found;
        next.push([...chain, file]);
      }
    chains = next;
  }
  return undefined;
}

/** What the last of the files makes, or a function of one of them. */
function modelOfFiles(
  session: Session,
  path: string,
  maker: Statement,
  files: readonly string[],
  begun: Begun,
): PyInstance | undefined {
  const users = files.flatMap((file) => programOf(session, file) ?? []).reverse();
  if (users.length === 0) return undefined;
  const programs = [...users, ...loadedByPages(session), session];
  return lastMadeIn(session, maker, begun) ?? followed(session, programs, path, maker);
}

/** Runs a file that was not run before. */
function programOf({ interpreter }: Session, file: string): Program | undefined {
  const text = interpreter.options.sources?.read(file);
  if (text === undefined) return undefined;
  if (!interpreter.modules.has(file)) attempt(() => interpreter.runModule(text, file, file));
  const module = interpreter.modules.get(file);
  return module instanceof PyModule ? { module, syntax: parseCached(text, file), file } : undefined;
}

const loadedByPages = ({ interpreter }: Session): Program[] =>
  pageModules(interpreter).flatMap((module) => {
    const file = module.attributes.get('__file__');
    const text = typeof file === 'string' ? interpreter.options.sources?.read(file) : undefined;
    return typeof file === 'string' && text !== undefined ? [{ module, syntax: parseCached(text, file), file }] : [];
  });

function followed(
  session: Session,
  programs: readonly Program[],
  path: string,
  maker: Statement,
): PyInstance | undefined {
  const { interpreter } = session;
  // A caller may train without end.
  const seconds = interpreter.limits.seconds / 6;
  for (const caller of callersOf(session, programs, path, maker)) {
    const found = tried(session, (begun) =>
      attempt(() => interpreter.withinSeconds(seconds, caller.run)) ? lastMadeIn(session, maker, begun) : undefined,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The outermost first: what they give is the nearest to what the program says. */
function callersOf(session: Session, programs: readonly Program[], path: string, maker: Statement): readonly Caller[] {
  const parts = programs.flatMap((program) => partsOf(session, program)).filter(({ statement }) => statement !== maker);
  const found = new Set<Caller>();
  let wanted = [calledAs(path)];
  for (let depth = 0; depth < MOST_CALLS_BETWEEN && wanted.length > 0; depth++) {
    const next = parts.filter((each) => !found.has(each) && wanted.some((pattern) => pattern.test(each.text)));
    for (const each of next) found.add(each);
    wanted = next.map((each) => each.calledAs);
  }
  return [...found].reverse().slice(0, MOST_CALLERS);
}

const calledAs = (path: string): RegExp => {
  const [name = '', method] = path.split('.');
  // Of a module it may be a member: `models.build(…)`.
  return method === undefined ? new RegExp(`(?<![\\w$])${escaped(name)}\\s*\\(`) : memberCall(method);
};

/** `this.build(…)`, `agent.build(…)` */
const memberCall = (name: string): RegExp => new RegExp(`\\.${escaped(name)}\\s*\\(`);
const escaped = (name: string): string => name.replaceAll('$', '\\$');
/** Of a callback: somebody who is not read. */
const NOBODY = /(?!)/;

function partsOf(session: Session, { module, syntax, file }: Program): Caller[] {
  const parts: Caller[] = [];
  const add = (statement: Statement, called: RegExp, run: () => PyValue): void => {
    parts.push({ statement, text: syntax.source.text.slice(statement.start, statement.end), calledAs: called, run });
  };
  for (const [name, statement] of definitions(syntax)) {
    const value = module.attributes.get(name);
    if (value === undefined) continue;
    if (statement.kind === 'FunctionDefinition') add(statement, calledAs(name), () => callWithUnknown(session, value));
    if (statement.kind !== 'ClassDefinition' || !(value instanceof PyClass)) continue;
    for (const part of statement.body) {
      if (part.kind !== 'FunctionDefinition') continue;
      const method = part.function.name;
      if (method === '__init__') add(part, calledAs(name), () => callWithUnknown(session, value));
      else add(part, memberCall(method), () => callMethod(session, value, method));
    }
  }
  for (const callback of waitingCallbacks(session)) {
    const called = functionOfCallback(callback);
    if (called?.syntax.source.file !== file) continue;
    const { source, start, end } = called.syntax;
    const answers = file === session.file && answersMessages(session);
    const run = (): PyValue => (answers ? callWithMessages : callWithUnknown)(session, callback);
    const text = source.text.slice(start, end);
    parts.push({ statement: undefined, text, calledAs: answers ? memberCall('postMessage') : NOBODY, run });
  }
  return parts;
}

/** A model that was made within the text of `maker`, when nothing of it that is known to matter was passed over. */
function lastMadeIn(session: Session, maker: Statement, { incidents, made }: Begun): PyInstance | undefined {
  const { records, interpreter, syntax } = session;
  const { line, endLine } = syntax.source.span(maker);
  const within = (span: SourceSpan | undefined): boolean =>
    span !== undefined && span.file === session.file && line <= span.line && span.line <= endLine;
  const passedOver = interpreter.incidents.slice(incidents).filter(({ span }) => within(span));

  if (passedOver.some(({ span }) => span === undefined || namesLayers(session, span))) return undefined;
  const found = [...records.constructions].slice(made).flatMap(([instance, { span }]) => {
    const isWhole = isKerasModel(instance) && hasLayers(instance) && !records.unfinished.has(instance);
    return isWhole && within(span) && isCertain(session, instance) ? [instance] : [];
  });
  return found.at(-1);
}

/** What was there when a trial began. */
interface Begun {
  readonly incidents: number;
  readonly made: number;
}
const START: Begun = { incidents: 0, made: 0 };

/** Runs tolerantly; what a trial in vain has made is not seen by the next. */
function tried(session: Session, run: (begun: Begun) => PyInstance | undefined): PyInstance | undefined {
  const {
    interpreter,
    records: { constructions },
  } = session;
  const forget = layerNumbers(session);
  const before = interpreter.tolerant;
  const begun = { incidents: interpreter.incidents.length, made: constructions.size };
  interpreter.tolerant = true;
  try {
    const found = run(begun);
    if (found === undefined) {
      for (const each of [...constructions.keys()].slice(begun.made)) constructions.delete(each);
      forget();
    }
    return found;
  } finally {
    interpreter.tolerant = before;
    interpreter.incidents.length = begun.incidents;
  }
}

/** What ends a caller is of no interest, since the model may be there before; but for a limit, which may have cut it. */
function attempt(run: () => PyValue): boolean {
  try {
    run();
  } catch (error) {
    if (!(error instanceof PythonException || error instanceof TraceStop)) throw error;

    return !(error instanceof LimitExceeded);
  }
  return true;
}
