/** Methods of iterators and generators. */
import { PythonException } from '../errors';
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { PyClass, PyInstance, PyIterator } from '../values';
import type { PyValue } from '../values';
import { makeException } from './exceptions';
import { defineMethods, generatorClass, iteratorClass } from './types';

const iteratorOf = (value: PyValue | undefined, interpreter: Interpreter): PyIterator =>
  value instanceof PyIterator ? value : interpreter.raise('TypeError', 'an iterator is needed');

/** The value of a step, or StopIteration with the generator's return value. */
function unwrap({ done, value }: IteratorResult<PyValue, PyValue>, interpreter: Interpreter): PyValue {
  if (done !== true) return value;
  const exception = makeException('StopIteration', value === null ? [] : [value]);
  throw interpreter.exceptionFor(exception);
}

defineMethods(iteratorClass, [
  native('__iter__(self)', ({ self = null }) => self),
  native('__next__(self)', ({ self }, interpreter) =>
    unwrap(iteratorOf(self, interpreter).source.next(null), interpreter),
  ),
]);

defineMethods(generatorClass, [
  native('send(self, value, /)', ({ self, value = null }, interpreter) =>
    unwrap(iteratorOf(self, interpreter).source.next(value), interpreter),
  ),
  native('throw(self, kind, value=None, traceback=None, /)', ({ self, kind = null, value = null }, interpreter) => {
    const { source } = iteratorOf(self, interpreter);
    const given = value instanceof PyInstance ? value : kind;
    const instance = given instanceof PyClass ? interpreter.call(given, value === null ? [] : [value]) : given;
    if (!(instance instanceof PyInstance))
      return interpreter.raise('TypeError', 'exceptions must derive from BaseException');
    const error = interpreter.exceptionFor(instance);
    if (source.throw === undefined) throw error;
    return unwrap(source.throw(error), interpreter);
  }),
  native('close(self)', ({ self }, interpreter) => {
    const { source } = iteratorOf(self, interpreter);
    try {
      source.throw?.(interpreter.exceptionFor(makeException('GeneratorExit', [])));
    } catch (error) {
      if (!(error instanceof PythonException && interpreter.isKind(error, 'GeneratorExit'))) throw error;
    }
    return null;
  }),
]);
