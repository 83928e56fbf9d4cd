/** Notes which of the code's own functions made a module: its call says how to make it again. */
import type { Frame } from '../../python/frame';
import type { Observer } from '../../python/interpreter';
import { evaluate } from '../../python/expressions';
import { PyBoundMethod, PyDict, PyFunction, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';
import { keyText } from './keyText';
import { isTorchModule } from './moduleRegistry';
import type { FactoryCall, ModuleRecords } from './moduleRegistry';

/** Passes everything on to `next`. */
export const factoryObserver = (records: ModuleRecords, next: Observer | undefined): Observer => ({
  named(place, value, frame) {
    next?.named(place, value, frame);
    // Assignments are seen, too; only in a function's return is the value the frame's own.
    if (frame.scope.kind !== 'function' || frame.returnValue !== value) return;
    if (!isTorchModule(value) || records.factories.has(value)) return;
    const call = callOf(frame);
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

/** The call that a frame runs, if it is one of a function at the top level of its file. */
function callOf({ functionName: name, module, source, scope }: Frame): FactoryCall | undefined {
  const callee = module.attributes.get(name);
  if (source.isLibrary || !(callee instanceof PyFunction)) return undefined;
  const args: (readonly [string, PyValue])[] = [];
  for (const { name: parameter, kind } of callee.syntax.parameters) {
    const value = scope.variables.get(parameter);
    if (value === undefined) return undefined;
    if (kind === 'star') {
      if (!(value instanceof PyTuple) || value.items.length > 0) return undefined;
    } else if (kind === 'doubleStar') {
      for (const [key, item] of value instanceof PyDict ? value.entries() : []) args.push([keyText(key), item]);
    } else args.push([parameter, value]);
  }
  return { name, file: source.file, args };
}
