/** `abc.ABC`: classes with abstract methods cannot be instantiated. */
import { objectClass, typeClass } from './builtins/types';
import { nativeClass } from './native';
import { PyClass } from './values';

export const abstractMeta = nativeClass('ABCMeta', [typeClass]);

export const abstractBase = new PyClass('ABC', [objectClass], new Map(), undefined, undefined, 'ABC', {
  metaclass: abstractMeta,
});
