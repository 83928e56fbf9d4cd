/** The classes of built-in values. Their methods are added by the files beside this one. */
import { nativeClass } from '../native';
import type { NativeFunction, PyClass } from '../values';
import {
  Ellipsis,
  NativeFunction as NativeFunctionValue,
  NotImplemented,
  PyBoundMethod,
  PyBytes,
  PyClass as PyClassValue,
  PyContainer,
  PyDescriptor,
  PyDict,
  PyFunction,
  PyInstance,
  PyIterator,
  PyList,
  PyModule,
  PyRange,
  PySet,
  PySlice,
  PySuper,
  PyTuple,
  Unknown,
} from '../values';
import type { PyObject, PyValue } from '../values';

export const objectClass = nativeClass('object', []);
const derived = (name: string, base = objectClass): PyClass => nativeClass(name, [base]);

export const typeClass = derived('type');
export const noneClass = derived('NoneType');
export const intClass = derived('int');
export const boolClass = derived('bool', intClass);
export const floatClass = derived('float');
export const complexClass = derived('complex');
export const strClass = derived('str');
export const bytesClass = derived('bytes');
export const tupleClass = derived('tuple');
export const listClass = derived('list');
export const dictClass = derived('dict');
export const setClass = derived('set');
export const frozensetClass = derived('frozenset');
export const sliceClass = derived('slice');
export const rangeClass = derived('range');
export const functionClass = derived('function');
export const nativeFunctionClass = derived('builtin_function_or_method');
export const methodClass = derived('method');
export const moduleClass = derived('module');
export const iteratorClass = derived('iterator');
export const generatorClass = derived('generator', iteratorClass);
export const ellipsisClass = derived('ellipsis');
export const notImplementedClass = derived('NotImplementedType');
export const superClass = derived('super');
export const propertyClass = derived('property');
export const classmethodClass = derived('classmethod');
export const staticmethodClass = derived('staticmethod');
export const cachedPropertyClass = derived('cached_property');
export const unknownClass = derived('unknown');

const DESCRIPTOR_CLASSES = {
  property: propertyClass,
  classmethod: classmethodClass,
  staticmethod: staticmethodClass,
  cached_property: cachedPropertyClass,
} as const;

/** type(value) */
export function typeOf(value: PyValue): PyClass {
  switch (typeof value) {
    case 'bigint':
      return intClass;
    case 'number':
      return floatClass;
    case 'string':
      return strClass;
    case 'boolean':
      return boolClass;
    default:
      return value === null ? noneClass : classOfObject(value);
  }
}

function classOfObject(value: PyObject): PyClass {
  if (value instanceof PyInstance) return value.cls;
  if (value instanceof PyContainer) return value.cls ?? classOfContainer(value);
  if (value instanceof PyFunction) return functionClass;
  if (value instanceof PyClassValue) return value.metaclass ?? typeClass;
  if (value instanceof PyBoundMethod) return methodClass;
  if (value instanceof NativeFunctionValue) return nativeFunctionClass;
  if (value instanceof PyModule) return moduleClass;
  if (value instanceof PyIterator) return value.typeName === 'generator' ? generatorClass : iteratorClass;
  if (value instanceof PyRange) return rangeClass;
  if (value instanceof PySlice) return sliceClass;
  if (value instanceof PyBytes) return bytesClass;
  if (value instanceof PySuper) return superClass;
  if (value instanceof PyDescriptor) return DESCRIPTOR_CLASSES[value.kind];
  if (value instanceof Unknown) return unknownClass;
  if (value === Ellipsis) return ellipsisClass;
  if (value === NotImplemented) return notImplementedClass;
  return objectClass;
}

function classOfContainer(value: PyContainer): PyClass {
  if (value instanceof PyList) return listClass;
  if (value instanceof PyDict) return dictClass;
  if (value instanceof PySet) return value.frozen ? frozensetClass : setClass;
  if (value instanceof PyTuple) return tupleClass;
  return objectClass;
}

/** Adds methods to a built-in class. */
export function defineMethods(cls: PyClass, methods: readonly NativeFunction[]): void {
  for (const method of methods) cls.attributes.set(method.name, method);
}
