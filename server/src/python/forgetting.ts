/** Tolerant mode: what a statement would have changed is not known once it was skipped, or ran an unknown number of times. */
import { assign } from './assignment';
import { LimitExceeded, PythonException, TraceStop } from './errors';
import type { Frame } from './frame';
import { carriesOn, keepMember, memberOf, memberSetBy } from './memberPlaces';
import type { Member } from './memberPlaces';
import { UNBOUND } from './scope';
import type { Expression, ExpressionOf, Statement, StatementOf } from './syntax';
import { PyDict, PyInstance, PyList, PySet, Unknown, UnknownList } from './values';
import type { PyValue } from './values';

export function forgetTarget(target: Expression, unknown: Unknown, frame: Frame): void {
  switch (target.kind) {
    case 'Name':
      frame.scope.target(target.name).variables.set(target.name, unknown);
      return;
    case 'Tuple':
    case 'List':
      for (const element of target.elements) forgetTarget(element, unknown, frame);
      return;
    case 'Starred':
      forgetTarget(target.value, unknown, frame);
      return;
    case 'Attribute':
      tryToAssign(target, unknown, frame);
      keepUnknown(target, unknown, frame);
      return;
    case 'Subscript':
      if (valueOf(target.object, frame) instanceof PyDict && !tryToAssign(target, unknown, frame))
        forgetTarget(target.object, unknown, frame);
      return;
    default: {
      const member = memberOf(target);
      if (member !== undefined) forgetMember(member, unknown, frame);
    }
  }
}

const forgetMember = ({ object, name }: Member, unknown: Unknown, frame: Frame): void =>
  keepMember(valueOf(object, frame), name, unknown);

function tryToAssign(target: Expression, value: PyValue, frame: Frame): boolean {
  try {
    assign(target, value, frame);
    return true;
  } catch (error) {
    if (!(error instanceof PythonException || error instanceof TraceStop) || error instanceof LimitExceeded)
      throw error;
    return false;
  }
}

/** Where a class handles assignment by itself, what it has kept is not known either. */
function keepUnknown(target: ExpressionOf<'Attribute'>, unknown: Unknown, frame: Frame): void {
  const owner = valueOf(target.object, frame);
  if (owner instanceof PyInstance && valueOf(target, frame) !== unknown) owner.attributes.set(target.name, unknown);
}

/** The names and attributes that a skipped statement would have set become unknown. */
export function forget(statement: Statement, unknown: Unknown, frame: Frame): void {
  const forgetName = (name: string): void => {
    frame.scope.target(name).variables.set(name, unknown);
  };
  switch (statement.kind) {
    case 'Assign':
      for (const target of statement.targets) forgetTarget(target, unknown, frame);
      return;
    case 'AugmentedAssign':
    case 'AnnotatedAssign':
      forgetTarget(statement.target, unknown, frame);
      return;
    case 'FunctionDefinition':
      forgetName(statement.function.name);
      return;
    case 'ClassDefinition':
      forgetName(statement.name);
      return;
    case 'Import':
      for (const { name, alias } of statement.names) forgetName(alias ?? name.split('.', 1)[0] ?? name);
      return;
    case 'ImportFrom':
      if (statement.names !== '*') for (const { name, alias } of statement.names) forgetName(alias ?? name);
      return;
    case 'ExpressionStatement': {
      const member = memberSetBy(statement);
      if (member !== undefined) forgetMember(member, unknown, frame);
      notifySkipped(statement, unknown, frame, () => true);
      return;
    }
    default:
  }
}

/** `model.add(layer)`, `layers.append(layer)`: the object may not be what the program has. `forgets`: which containers count. */
function notifySkipped(
  { value }: StatementOf<'ExpressionStatement'>,
  cause: Unknown,
  frame: Frame,
  forgets: (container: PyList | PyDict | PySet) => boolean,
): void {
  const method = value.kind === 'Call' ? memberOf(value.callee) : undefined;
  const object = method && valueOf(method.object, frame);
  if (method === undefined) return;
  if (object instanceof PyInstance) frame.interpreter.skippedCall?.(object, method.name, cause);
  if (object instanceof PyList && changesList.test(method.name) && forgets(object))
    forgetLength(method.object, cause, frame);
  if ((object instanceof PyDict || object instanceof PySet) && changesKeys.test(method.name) && forgets(object))
    frame.interpreter.growth.unknownLength(object, cause);
}

const changesKeys = /^(add|clear|discard|pop|popitem|remove|setdefault|subtract|update|\w+_update)$/;
const changesList = /^(append|extend|insert|pop|remove|clear|push|unshift|splice)$/;

function itemsOf(container: PyList | PyDict | PySet): readonly PyValue[] {
  if (container instanceof PyList) return container.items;
  return container instanceof PyDict ? container.values() : container.items();
}

/** Calls of a block that may not run, or may run again. Of lists and dictionaries those count that hold parts of models. */
export function forgetCalls(body: readonly Statement[], cause: Unknown, frame: Frame): void {
  const { isPart = (): boolean => false } = frame.interpreter.options;
  const holdsParts = (container: PyList | PyDict | PySet): boolean => itemsOf(container).some(isPart);
  for (const statement of nested(body)) {
    if (statement.kind === 'ExpressionStatement') notifySkipped(statement, cause, frame, holdsParts);
    for (const target of statement.kind === 'Assign' ? statement.targets : []) {
      const container = target.kind === 'Subscript' ? valueOf(target.object, frame) : undefined;
      if (target.kind === 'Subscript' && container instanceof PyDict && container.values().some(isPart))
        forgetTarget(target.object, cause, frame);
    }
  }
}

/** What a loop counts, collects or carries on, when it is not known how often it runs. `before`: values at its beginning. */
export function forgetGrowth(
  body: readonly Statement[],
  cause: Unknown,
  frame: Frame,
  before: ReadonlyMap<string, PyValue>,
): void {
  for (const statement of nested(body)) {
    if (statement.kind === 'AugmentedAssign') forget(statement, cause, frame);
    if (statement.kind === 'Assign') forgetCarried(statement, cause, frame, before);
    const member = memberSetBy(statement);
    if (member !== undefined && carriesOn(statement, member, frame)) forgetMember(member, cause, frame);
    if (statement.kind !== 'ExpressionStatement' || statement.value.kind !== 'Call') continue;
    const method = memberOf(statement.value.callee);
    if (method !== undefined && /^(append|push)$/.test(method.name)) forgetLength(method.object, cause, frame);
  }
  forgetCalls(body, cause, frame);
}

/** `x = layer(x)`: every iteration begins with the value of the one before. */
function forgetCarried(
  { targets, value }: StatementOf<'Assign'>,
  cause: Unknown,
  frame: Frame,
  before: ReadonlyMap<string, PyValue>,
): void {
  const names: readonly string[] = frame.source.text.slice(value.start, value.end).match(/[^\W\d]\w*/g) ?? [];
  for (const target of targets)
    if (target.kind === 'Name' && names.includes(target.name) && before.get(target.name) !== valueOf(target, frame))
      forgetTarget(target, cause, frame);
}

/** Statements that run whenever the block may: not those of functions it defines. */
function* nested(body: readonly Statement[]): Generator<Statement> {
  for (const statement of body) {
    yield statement;
    if (statement.kind === 'If' || statement.kind === 'For' || statement.kind === 'While') {
      yield* nested(statement.body);
      yield* nested(statement.otherwise);
    } else if (statement.kind === 'With') yield* nested(statement.body);
    else if (statement.kind === 'Try') yield* nested(statement.body);
  }
}

function forgetLength(target: Expression, cause: Unknown, frame: Frame): void {
  const list = valueOf(target, frame);
  if (!(list instanceof PyList)) return;
  const item = list.items.at(-1);
  const unknown = item === undefined ? cause : new UnknownList(item, cause.reason, cause.origin);
  forgetTarget(target, unknown, frame);
}

/** Attributes and members by their objects and names. */
export type PartAttributes = ReadonlyMap<
  string,
  { readonly forget: (unknown: Unknown) => void; readonly value: PyValue | undefined }
>;

/** What a block sets beside its function's names: attributes of parts of models, members in translated code, outer names; and what they are now. */
export function partAttributes(body: readonly Statement[], frame: Frame): PartAttributes {
  const { isPart } = frame.interpreter.options;
  const found = new Map<string, { forget: (unknown: Unknown) => void; value: PyValue | undefined }>();
  const textOf = ({ start, end }: Expression): string => frame.source.text.slice(start, end);
  for (const statement of nested(body)) {
    const member = memberSetBy(statement);
    if (member !== undefined)
      found.set(`${textOf(member.object)}.${member.name}`, {
        forget: (unknown) => forgetMember(member, unknown, frame),
        value: memberValue(member, frame),
      });
    for (const target of statement.kind === 'Assign' ? statement.targets : []) {
      const isOfPart = target.kind === 'Attribute' && isPart?.(valueOf(target.object, frame) ?? null) === true;
      // The function's own names are restored and joined by themselves.
      const isOutside = target.kind === 'Name' && frame.scope.target(target.name) !== frame.scope;
      if (isOfPart || isOutside)
        found.set(isOutside ? target.name : textOf(target), {
          forget: (unknown) => forgetTarget(target, unknown, frame),
          value: valueOf(target, frame),
        });
    }
  }
  return found;
}

/** A name's or attribute's value, where reading it has no effects. */
function valueOf(expression: Expression, frame: Frame): PyValue | undefined {
  if (expression.kind === 'Name') {
    const value = frame.scope.lookup(expression.name);
    return value === UNBOUND ? undefined : value;
  }
  const member = memberOf(expression);
  return member && memberValue(member, frame);
}

function memberValue(member: Member, frame: Frame): PyValue | undefined {
  const owner = valueOf(member.object, frame);
  if (!(owner instanceof PyInstance)) return undefined;
  // Of a plain object of JavaScript.
  const fields = owner.attributes.get('fields');
  const parts = owner.attributes.get('_modules');
  const homes = [owner.attributes, ...[fields, parts].filter((each) => each instanceof PyDict)];
  return homes.map((home) => home.get(member.name)).find((value) => value !== undefined);
}
