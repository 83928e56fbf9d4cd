/** Function objects: definition, binding of arguments, call. */
import { evaluate } from './expressions';
import { Frame } from './frame';
import { runGenerator } from './generators';
import type { Interpreter } from './interpreter';
import { Scope, analyseFunction } from './scope';
import { executeBlock } from './statements';
import type { FunctionSyntax } from './syntax';
import { PyDict, PyFunction, PyIterator, PyTuple, Unknown } from './values';
import type { PyValue } from './values';

/** Evaluates the defaults and makes the function. */
export function makeFunction(syntax: FunctionSyntax, frame: Frame): PyFunction {
  const defaults = new Map<string, PyValue>();
  for (const parameter of syntax.parameters)
    if (parameter.default !== undefined) defaults.set(parameter.name, evaluate(parameter.default, frame));
  const { scope } = frame;
  const prefix =
    scope.kind === 'module'
      ? ''
      : scope.kind === 'class'
        ? `${scope.qualifiedName}.`
        : `${scope.qualifiedName === '' ? frame.functionName : scope.qualifiedName}.<locals>.`;
  const made = new PyFunction(syntax, scope, frame.module, prefix + syntax.name, defaults);
  return made;
}

export function callFunction(
  interpreter: Interpreter,
  callee: PyFunction,
  args: readonly PyValue[],
  kwargs: ReadonlyMap<string, PyValue> | undefined,
): PyValue {
  const { syntax } = callee;
  const analysis = analyseFunction(syntax);
  const variables = bindArguments(interpreter, callee, args, kwargs);
  const scope = new Scope('function', variables, callee.closure, analysis);
  scope.qualifiedName = callee.qualifiedName;
  const first = syntax.parameters[0];
  const frame = new Frame(
    interpreter,
    scope,
    syntax.source,
    callee.module,
    interpreter.frame,
    first === undefined ? undefined : variables.get(first.name),
    callee.qualifiedName,
  );
  if (syntax.isAsync)
    return new Unknown(`'${syntax.name}' is an asynchronous function, which is not followed`, interpreter.currentSpan);
  if (analysis.isGenerator) return new PyIterator(runGenerator(frame, syntax), 'generator');
  if (interpreter.tolerant && !syntax.source.isLibrary) return runTolerantly(interpreter, frame, syntax);
  return runBody(interpreter, frame, syntax);
}

/** Recursion whose end depends on what is not known would go on for ever. */
function runTolerantly(interpreter: Interpreter, frame: Frame, syntax: FunctionSyntax): PyValue {
  const running = interpreter.running.get(syntax) ?? 0;
  if (interpreter.uncertain > 0 && running >= 2)
    return new Unknown(`'${syntax.name}' calls itself under a condition that is not known`, interpreter.currentSpan);
  interpreter.running.set(syntax, running + 1);
  try {
    return runBody(interpreter, frame, syntax);
  } finally {
    interpreter.running.set(syntax, running);
  }
}

function runBody(interpreter: Interpreter, frame: Frame, syntax: FunctionSyntax): PyValue {
  const caller = interpreter.enter(frame);
  try {
    const { body } = syntax;
    if ('kind' in body) return evaluate(body, frame);
    executeBlock(body, frame);
    return frame.possibleReturns === undefined ? frame.returnValue : interpreter.joinReturns(frame);
  } finally {
    interpreter.leave(caller);
  }
}

function bindArguments(
  interpreter: Interpreter,
  callee: PyFunction,
  args: readonly PyValue[],
  kwargs: ReadonlyMap<string, PyValue> | undefined,
): Map<string, PyValue> {
  const { parameters } = callee.syntax;
  const variables = new Map<string, PyValue>();
  let position = 0;
  let starred: string | undefined;
  let doubleStarred: string | undefined;
  let missing = false;
  for (const { name, kind } of parameters) {
    if (kind === 'positional' || kind === 'positionalOnly') {
      const value = args[position];
      if (value !== undefined) {
        position++;
        variables.set(name, value);
        if (kind === 'positional' && kwargs?.has(name) === true)
          interpreter.raise('TypeError', `${callee.qualifiedName}() got multiple values for argument '${name}'`);
        continue;
      }
    } else if (kind === 'star') {
      starred = name;
      continue;
    } else if (kind === 'doubleStar') {
      doubleStarred = name;
      continue;
    }
    const given = kind === 'positionalOnly' ? undefined : kwargs?.get(name);
    const value = given ?? (given === null ? null : callee.defaults.get(name));
    if (value === undefined && callee.unreadDecorator !== undefined) variables.set(name, callee.unreadDecorator);
    else if (value === undefined) missing = true;
    else variables.set(name, value);
  }
  if (starred !== undefined) variables.set(starred, new PyTuple(args.slice(position)));
  else if (position < args.length) tooManyArguments(interpreter, callee, args.length, kwargs);
  if (kwargs !== undefined) collectKeywords(interpreter, callee, kwargs, variables, doubleStarred);
  else if (doubleStarred !== undefined) variables.set(doubleStarred, new PyDict());
  if (missing) missingArguments(interpreter, callee, variables);
  return variables;
}

function collectKeywords(
  interpreter: Interpreter,
  callee: PyFunction,
  kwargs: ReadonlyMap<string, PyValue>,
  variables: Map<string, PyValue>,
  doubleStarred: string | undefined,
): void {
  const rest = new PyDict();
  for (const [name, value] of kwargs) {
    const known = callee.syntax.parameters.some(
      (parameter) => parameter.name === name && (parameter.kind === 'positional' || parameter.kind === 'keywordOnly'),
    );
    if (known) continue;
    const positionalOnly = callee.syntax.parameters.some(
      (parameter) => parameter.name === name && parameter.kind === 'positionalOnly',
    );
    if (doubleStarred === undefined && positionalOnly)
      interpreter.raise(
        'TypeError',
        `${callee.qualifiedName}() got some positional-only arguments passed as keyword arguments: '${name}'`,
      );
    if (doubleStarred === undefined)
      interpreter.raise('TypeError', `${callee.qualifiedName}() got an unexpected keyword argument '${name}'`);
    rest.set(name, value);
  }
  if (doubleStarred !== undefined) variables.set(doubleStarred, rest);
}

function tooManyArguments(
  interpreter: Interpreter,
  callee: PyFunction,
  given: number,
  kwargs: ReadonlyMap<string, PyValue> | undefined,
): never {
  const positional = callee.syntax.parameters.filter(({ kind }) => kind === 'positional' || kind === 'positionalOnly');
  const required = positional.filter(({ name }) => !callee.defaults.has(name)).length;
  const most = positional.length;
  const range = required === most ? `${most}` : `from ${required} to ${most}`;
  const plural = range === '1' ? '' : 's';
  const keywords = callee.syntax.parameters.filter(
    ({ name, kind }) => kind === 'keywordOnly' && kwargs?.has(name) === true,
  ).length;
  const also =
    keywords === 0
      ? ''
      : ` positional argument${given === 1 ? '' : 's'} (and ${keywords} keyword-only argument${keywords === 1 ? '' : 's'})`;
  return interpreter.raise(
    'TypeError',
    `${callee.qualifiedName}() takes ${range} positional argument${plural} but ${given}${also} ${given === 1 && also === '' ? 'was' : 'were'} given`,
  );
}

function missingArguments(interpreter: Interpreter, callee: PyFunction, variables: ReadonlyMap<string, PyValue>): void {
  const absent = callee.syntax.parameters.filter(
    ({ name, kind }) => kind !== 'star' && kind !== 'doubleStar' && !variables.has(name),
  );
  const positional = absent.filter(({ kind }) => kind !== 'keywordOnly');
  const [names, what] = positional.length > 0 ? [positional, 'positional'] : [absent, 'keyword-only'];
  interpreter.raise(
    'TypeError',
    `${callee.qualifiedName}() missing ${names.length} required ${what} argument${names.length === 1 ? '' : 's'}: ` +
      enumerateNames(names.map(({ name }) => `'${name}'`)),
  );
}

/** `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'` */
export function enumerateNames(names: readonly string[]): string {
  if (names.length <= 1) return names.join('');
  const last = names.at(-1) ?? '';
  return names.length === 2 ? `${names[0] ?? ''} and ${last}` : `${names.slice(0, -1).join(', ')}, and ${last}`;
}
