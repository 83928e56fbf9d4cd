/** Calls of numpy's functions of elements with plain numbers: tables are often computed number by number. */
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { PyDict, PyInstance, PyModule, PyTuple } from '../../python/values';
import type { PyValue } from '../../python/values';

const isNumber = (value: PyValue): boolean =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean';

/** The function that a ufunc has for numbers, where it is given nothing but as many as it takes. */
function ofNumbers(ufunc: PyInstance, operands: PyTuple, options: PyDict): PyValue {
  if (options.size > 0 || !operands.items.every(isNumber)) return null;
  return ufunc.attributes.get('nin') === BigInt(operands.items.length)
    ? (ufunc.attributes.get('_number') ?? null)
    : null;
}

/** `numpy._numbers` with `call_ufunc`, the `__call__` of a ufunc: its `_number`, else its `_general`. */
export function createNumbersModule(): PyModule {
  const module = new PyModule('numpy._numbers');
  const callUfunc = native('__call__(self, *operands, **options)', (given, interpreter: Interpreter) => {
    const { self, operands, options } = given;
    const args = operands instanceof PyTuple ? operands : new PyTuple([]);
    const named = options instanceof PyDict ? options : new PyDict();
    const number = self instanceof PyInstance ? ofNumbers(self, args, named) : null;
    if (number !== null) return interpreter.call(number, args.items);
    return interpreter.callMethod(self ?? null, '_general', [args, named]);
  });
  module.attributes.set('call_ufunc', callUfunc);
  return module;
}
