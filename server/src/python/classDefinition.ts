/** `class` statements. */
import { finishEnum, isEnumClass } from './enums';
import { evaluateArguments } from './expressions';
import type { Frame } from './frame';
import { Frame as FrameOf } from './frame';
import { objectClass, typeClass } from './builtins/types';
import { callValue } from './calls';
import { findAttribute } from './attributes';
import { makeNamedTupleClass, namedTupleMarker } from './namedTuples';
import { Scope, analyseBlock } from './scope';
import { executeBlock } from './statements';
import type { StatementOf } from './syntax';
import { PyClass, PyDescriptor, PyDict, PyFunction, PyInstance, PySuper, PyTuple, Unknown } from './values';
import type { PyValue } from './values';

export function defineClass(statement: StatementOf<'ClassDefinition'>, frame: Frame): PyValue {
  const { interpreter } = frame;
  const node = { start: statement.start, end: statement.nameRange.end };
  frame.node = node;
  const collected = evaluateArguments(statement.args, frame, statement.name);
  const given = collected instanceof Unknown ? { args: [collected], kwargs: undefined } : collected;
  const keywords = new Map(given.kwargs);
  const metaclass = keywords.get('metaclass');
  keywords.delete('metaclass');
  const { bases, unread, namedTuple } = resolveBases(given.args, frame);
  const scope = new Scope('class', new Map(), frame.scope, analyseBlock(statement.body));
  const outer =
    frame.scope.kind === 'module'
      ? ''
      : frame.scope.kind === 'class'
        ? `${frame.scope.qualifiedName}.`
        : `${frame.functionName}.<locals>.`;
  scope.qualifiedName = outer + statement.name;
  scope.variables.set('__module__', frame.module.name);
  scope.variables.set('__qualname__', scope.qualifiedName);
  const body = new FrameOf(interpreter, scope, frame.source, frame.module, frame, undefined, scope.qualifiedName);
  interpreter.within(body, () => executeBlock(statement.body, body));
  frame.node = node;
  const attributes = scope.variables;
  const [first] = statement.body;
  if (first?.kind === 'ExpressionStatement' && first.value.kind === 'Constant' && typeof first.value.value === 'string')
    attributes.set('__doc__', first.value.value);
  if (namedTuple) return makeNamedTupleClass(interpreter, statement.name, attributes, frame.module);
  const inheritedMeta = bases.find((base) => base.metaclass !== undefined)?.metaclass;
  const chosenMeta = metaclass instanceof PyClass && metaclass !== typeClass ? metaclass : inheritedMeta;
  let cls: PyValue;
  const build = (name: string, ownBases: readonly PyClass[], own: Map<string, PyValue>): PyClass => {
    try {
      return new PyClass(
        name,
        ownBases.length === 0 ? [objectClass] : ownBases,
        own,
        frame.module,
        frame.source.span(statement.nameRange),
        scope.qualifiedName,
        {
          unreadBase: unread,
          metaclass: chosenMeta,
        },
      );
    } catch (error) {
      if (error instanceof TypeError) return interpreter.raise('TypeError', error.message);
      throw error;
    }
  };
  const construct = chosenMeta?.lookup('__new__');
  if (chosenMeta !== undefined && construct instanceof PyFunction) {
    interpreter.classBuilder = build;
    cls = callValue(
      interpreter,
      construct,
      [chosenMeta, statement.name, new PyTuple(bases), PyDict.of(attributes)],
      keywords,
    );
    interpreter.classBuilder = undefined;
  } else cls = build(statement.name, bases, attributes);
  if (!(cls instanceof PyClass)) return cls;
  scope.definedClass = cls;
  if (isEnumClass(cls)) finishEnum(interpreter, cls, scope);
  const initialise = chosenMeta?.lookup('__init__');
  if (chosenMeta !== undefined && initialise instanceof PyFunction)
    callValue(interpreter, initialise, [cls, statement.name, new PyTuple(bases), PyDict.of(attributes)], keywords);
  setNames(frame, cls);
  callInitSubclass(frame, cls, keywords);
  return cls;
}

function resolveBases(
  values: readonly PyValue[],
  frame: Frame,
): { bases: PyClass[]; unread: Unknown | undefined; namedTuple: boolean } {
  const { interpreter } = frame;
  const bases: PyClass[] = [];
  let unread: Unknown | undefined;
  let namedTuple = false;
  for (const value of values) {
    if (value instanceof PyClass) {
      if (value === namedTupleMarker) namedTuple = true;
      else if (!bases.includes(value)) bases.push(value);
    } else if (value instanceof Unknown) unread ??= value;
    else {
      const entries = findAttribute(interpreter, value, '__mro_entries__');
      if (entries === undefined)
        return interpreter.raise(
          'TypeError',
          `a class cannot derive from a '${interpreter.typeOf(value).name}' object`,
        );
      const replaced = callValue(interpreter, entries, [new PyTuple(values)], undefined);
      if (replaced instanceof PyTuple) for (const base of replaced.items) if (base instanceof PyClass) bases.push(base);
    }
  }
  // `Generic` after a class that already derives from it adds nothing.
  const kept = bases.filter((base) => base !== objectClass || bases.length === 1);
  return { bases: kept, unread, namedTuple };
}

/** `__set_name__` of the descriptors in the class body. */
function setNames({ interpreter }: Frame, cls: PyClass): void {
  for (const [name, value] of [...cls.attributes]) {
    if (!(value instanceof PyInstance)) continue;
    const method = value.cls.lookup('__set_name__');
    if (method !== undefined) callValue(interpreter, method, [value, cls, name], undefined);
  }
}

function callInitSubclass({ interpreter }: Frame, cls: PyClass, keywords: ReadonlyMap<string, PyValue>): void {
  const own = cls.attributes.get('__init_subclass__');
  if (own instanceof PyFunction) cls.attributes.set('__init_subclass__', new PyDescriptor('classmethod', own));
  const inherited = findAttribute(interpreter, new PySuper(cls, cls), '__init_subclass__');
  if (inherited !== undefined && !(inherited instanceof Unknown)) callValue(interpreter, inherited, [], keywords);
}
