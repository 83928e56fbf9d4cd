/** `abc` and `enum` */
import { abstractBase, abstractMeta } from '../abstract';
import { auto, enumClass, flagClass, intEnumClass, intFlagClass, strEnumClass } from '../enums';
import { native } from '../native';
import { PyDescriptor, PyFunction, PyModule } from '../values';
import type { PyValue } from '../values';

function markAbstract(value: PyValue): PyValue {
  const callee = value instanceof PyDescriptor ? value.getter : value;
  if (callee instanceof PyFunction) callee.attributes.set('__isabstractmethod__', true);
  return value;
}

export function abcModule(): PyModule {
  const module = new PyModule('abc');
  module.attributes.set('ABC', abstractBase);
  module.attributes.set('ABCMeta', abstractMeta);
  module.attributes.set(
    'abstractmethod',
    native('abstractmethod(function)', ({ function: callee = null }) => markAbstract(callee)),
  );
  for (const [name, kind] of [
    ['abstractproperty', 'property'],
    ['abstractclassmethod', 'classmethod'],
    ['abstractstaticmethod', 'staticmethod'],
  ] as const)
    module.attributes.set(
      name,
      native(`${name}(function)`, ({ function: callee = null }) => new PyDescriptor(kind, markAbstract(callee))),
    );
  return module;
}

export function enumModule(): PyModule {
  const module = new PyModule('enum');
  for (const cls of [enumClass, intEnumClass, strEnumClass, flagClass, intFlagClass])
    module.attributes.set(cls.name, cls);
  module.attributes.set('auto', auto);
  module.attributes.set(
    'unique',
    native('unique(enumeration)', ({ enumeration = null }) => enumeration),
  );
  module.attributes.set('EnumMeta', abstractMeta);
  module.attributes.set('EnumType', abstractMeta);
  return module;
}
