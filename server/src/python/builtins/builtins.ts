/** The names that every module sees. */
import { native } from '../native';
import { Ellipsis, NotImplemented } from '../values';
import type { PyClass, PyValue } from '../values';
import './boundMethods';
import './containers';
import './iterators';
import './numbers';
import './objects';
import './strings';
import { exceptionClasses } from './exceptions';
import { builtinFunctions, descriptorFunctions } from './functions';
import {
  boolClass,
  bytesClass,
  cachedPropertyClass,
  classmethodClass,
  complexClass,
  dictClass,
  floatClass,
  frozensetClass,
  intClass,
  listClass,
  objectClass,
  propertyClass,
  rangeClass,
  setClass,
  sliceClass,
  staticmethodClass,
  strClass,
  tupleClass,
  typeClass,
} from './types';

const BUILTIN_CLASSES: readonly PyClass[] = [
  objectClass,
  typeClass,
  intClass,
  boolClass,
  floatClass,
  complexClass,
  strClass,
  bytesClass,
  tupleClass,
  listClass,
  dictClass,
  setClass,
  frozensetClass,
  sliceClass,
  rangeClass,
  propertyClass,
  classmethodClass,
  staticmethodClass,
];

/** Creates the descriptors: `property(f)` is a class call whose result is the descriptor itself. */
for (const [name, make] of descriptorFunctions) {
  const cls = {
    property: propertyClass,
    classmethod: classmethodClass,
    staticmethod: staticmethodClass,
    cached_property: cachedPropertyClass,
  }[name];
  cls?.attributes.set(
    '__new__',
    native('__new__(cls, fget=None, fset=None, fdel=None, doc=None)', ({ fget = null, fset = null, fdel = null }) =>
      make([fget, fset, fdel]),
    ),
  );
}

export function makeBuiltins(): ReadonlyMap<string, PyValue> {
  const names = new Map<string, PyValue>();
  for (const cls of BUILTIN_CLASSES) names.set(cls.name, cls);
  for (const [name, cls] of exceptionClasses) names.set(name, cls);
  for (const callee of builtinFunctions) names.set(callee.name, callee);
  names.set('Ellipsis', Ellipsis);
  names.set('NotImplemented', NotImplemented);
  names.set('__debug__', true);
  names.set('bytearray', bytesClass);
  // Old code of Keras was written for Python 2.
  names.set('xrange', rangeClass);
  names.set(
    'memoryview',
    native('memoryview(x)', ({ x = null }) => x),
  );
  return names;
}
