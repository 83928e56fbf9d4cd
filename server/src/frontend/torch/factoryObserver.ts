/** Notes which of the code's own functions, methods and classes made a module: their calls say how to make it again. */
import type { Frame } from '../../python/frame';
import type { Observer } from '../../python/interpreter';
import { evaluate } from '../../python/expressions';
import type { Expression, FunctionSyntax } from '../../python/syntax';
import { PyBoundMethod, PyClass, PyDescriptor, PyDict, PyFunction, PyInstance, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import { keyText } from './keyText';
import { isModuleInstance, isOwnClass, isTorchModule } from './moduleRegistry';
import type { FactoryCall, ModuleRecords } from './moduleRecords';

/** Passes everything on to `next`. */
export const factoryObserver = (records: ModuleRecords, next: Observer | undefined): Observer => ({
  named(place, value, frame) {
    next?.named(place, value, frame);
    if (frame.scope.kind !== 'function' || frame.source.isLibrary) return;
    noteOwner(records, place, value, frame);
    // Assignments are seen, too; only in a function's return is the value the frame's own.
    if (frame.returnValue !== value || !isTorchModule(value) || records.factories.has(value)) return;
    const call = callOf(place, frame);
    if (call !== undefined) records.factories.set(value, call);
  },
  notCalled(callee, call, frame) {
    next?.notCalled?.(callee, call, frame);
    if (!(callee instanceof PyBoundMethod) || !isTorchModule(callee.self)) return;
    const keywords = call.args.flatMap((each): [string, PyValue][] =>
      each.kind === 'keyword' ? [[each.name, evaluate(each.value, frame)]] : [],
    );
    const args = new Map<string, PyValue>([...keywords, ['method', frame.interpreter.calleeName(callee)]]);
    records.libraryCalls.push({ kind: 'method', args, span: frame.source.span(call), instance: callee.self });
  },
});

/** An object of the code's own class as it is made, and the modules that it keeps. */
function noteOwner(records: ModuleRecords, place: Expression, value: PyValue, frame: Frame): void {
  const owner = frame.firstArgument;
  if (!(owner instanceof PyInstance) || isModuleInstance(owner) || !isOwnClass(owner.cls)) return;
  const method = methodOf(owner, place, frame);
  // At its first assignment, the parameters are what it was given.
  if (method?.name === '__init__' && !records.owners.has(owner)) {
    const args = argumentsOf(method, frame);
    if (args !== undefined) records.owners.set(owner, { name: owner.cls.name, file: frame.source.file, args });
  }
  if (place.kind !== 'Attribute' || place.object.kind !== 'Name' || !isTorchModule(value)) return;
  if (frame.scope.variables.get(place.object.name) === owner && !records.holders.has(value))
    records.holders.set(value, { owner, attribute: place.name });
}

/** The method of an object that a frame runs, where it is the one that its class has by that name. */
function methodOf(
  owner: PyInstance,
  { start }: Expression,
  { functionName, source }: Frame,
): FunctionSyntax | undefined {
  const method = owner.cls.lookup(functionName.slice(functionName.lastIndexOf('.') + 1));
  if (!(method instanceof PyFunction)) return undefined;
  const { syntax } = method;
  return syntax.source.file === source.file && syntax.start <= start && start < syntax.end ? syntax : undefined;
}

/** The static or class method that a frame runs, of a class at the top level of its file. */
function classMethod({ start }: Expression, { functionName, module, source }: Frame): FunctionSyntax | undefined {
  const [name = '', member = '', ...more] = functionName.split('.');
  const owner = more.length === 0 ? module.attributes.get(name) : undefined;
  const method = owner instanceof PyClass ? owner.attributes.get(member) : undefined;
  if (!(method instanceof PyDescriptor) || /property$/.test(method.kind)) return undefined;
  const syntax = method.getter instanceof PyFunction ? method.getter.syntax : undefined;
  const isIts = syntax?.source.file === source.file && syntax.start <= start && start < syntax.end;
  return isIts ? syntax : undefined;
}

/** The call that a frame runs, if it is one of a function at the top level of its file or of a method of its own class. */
function callOf(place: Expression, frame: Frame): FactoryCall | undefined {
  const { functionName: name, module, source, firstArgument } = frame;
  const callee = module.attributes.get(name);
  const { file } = source;
  if (callee instanceof PyFunction) {
    const args = argumentsOf(callee.syntax, frame);
    return args && { name, file, args };
  }
  const ofClass = classMethod(place, frame);
  if (ofClass !== undefined) {
    const args = argumentsOf(ofClass, frame)?.slice(firstArgument instanceof PyClass ? 1 : 0);
    return args && { name, file, args };
  }
  if (!(firstArgument instanceof PyInstance) || isModuleInstance(firstArgument)) return undefined;
  const method = methodOf(firstArgument, place, frame);
  const args = method && argumentsOf(method, frame);
  return args && { name: method.name, file, args, owner: firstArgument };
}

/** Values of the parameters by their names, without `self`; undefined where some have none. */
function argumentsOf({ parameters }: FunctionSyntax, { scope, firstArgument }: Frame): FactoryCall['args'] | undefined {
  const args: (readonly [string, PyValue])[] = [];
  for (const [i, { name: parameter, kind }] of parameters.entries()) {
    const value = scope.variables.get(parameter);
    if (value === undefined) return undefined;
    if (i === 0 && value === firstArgument && value instanceof PyInstance && !isModuleInstance(value)) continue;
    if (kind === 'star') {
      if (!(value instanceof PyTuple) || value.items.length > 0) return undefined;
    } else if (kind === 'doubleStar') {
      for (const [key, item] of value instanceof PyDict ? value.entries() : []) args.push([keyText(key), item]);
    } else args.push([parameter, value]);
  }
  return args;
}
