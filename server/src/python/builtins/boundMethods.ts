/** `types.MethodType(function, instance)`: code gives objects methods that their classes do not have. */
import { native } from '../native';
import { PyBoundMethod } from '../values';
import { defineMethods, methodClass } from './types';

defineMethods(methodClass, [
  native(
    '__new__(cls, function, instance, /)',
    ({ function: callee = null, instance = null }) => new PyBoundMethod(instance, callee),
  ),
]);
