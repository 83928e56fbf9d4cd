/** The hierarchy of built-in exceptions. */
import { native, nativeClass, nativeProperty } from '../native';
import type { PyValue } from '../values';
import { PyClass, PyInstance, PyTuple } from '../values';
import { objectClass } from './types';

/** Each line: a class and those directly derived from it. */
const HIERARCHY: readonly (readonly [string, string])[] = [
  ['BaseException', 'Exception SystemExit KeyboardInterrupt GeneratorExit'],
  [
    'Exception',
    'ArithmeticError AssertionError AttributeError BufferError EOFError ImportError LookupError MemoryError NameError ' +
      'OSError ReferenceError RuntimeError StopAsyncIteration StopIteration SyntaxError SystemError TypeError ValueError Warning ' +
      'ExceptionGroup',
  ],
  ['ArithmeticError', 'FloatingPointError OverflowError ZeroDivisionError'],
  ['ImportError', 'ModuleNotFoundError'],
  ['LookupError', 'IndexError KeyError'],
  ['NameError', 'UnboundLocalError'],
  [
    'OSError',
    'FileNotFoundError FileExistsError PermissionError TimeoutError IsADirectoryError NotADirectoryError ConnectionError InterruptedError',
  ],
  ['RuntimeError', 'NotImplementedError RecursionError'],
  ['SyntaxError', 'IndentationError'],
  ['ValueError', 'UnicodeError'],
  ['UnicodeError', 'UnicodeDecodeError UnicodeEncodeError'],
  [
    'Warning',
    'UserWarning DeprecationWarning FutureWarning RuntimeWarning SyntaxWarning ImportWarning PendingDeprecationWarning ResourceWarning UnicodeWarning BytesWarning',
  ],
];

export const baseExceptionClass = nativeClass('BaseException', [objectClass], {
  methods: [
    native('__init__(self, *args, **kwargs)', ({ self = null, args = null }) => {
      if (self instanceof PyInstance) self.attributes.set('args', args);
      return null;
    }),
    native('with_traceback(self, tb)', ({ self = null }) => self),
    native('add_note(self, note)', () => null),
  ],
  attributes: { __traceback__: null, __cause__: null, __context__: null },
});

export const exceptionClasses: ReadonlyMap<string, PyClass> = makeHierarchy();

function makeHierarchy(): Map<string, PyClass> {
  const classes = new Map([['BaseException', baseExceptionClass]]);
  for (const [parent, children] of HIERARCHY) {
    const base = classes.get(parent) ?? baseExceptionClass;
    for (const name of children.split(' ')) classes.set(name, new PyClass(name, [base], new Map(), undefined));
  }
  classes.get('StopIteration')?.attributes.set(
    'value',
    nativeProperty('value', ({ self }) => {
      const args = self instanceof PyInstance ? self.attributes.get('args') : undefined;
      return args instanceof PyTuple ? (args.items[0] ?? null) : null;
    }),
  );
  classes.set('IOError', classes.get('OSError') ?? baseExceptionClass);
  classes.set('EnvironmentError', classes.get('OSError') ?? baseExceptionClass);
  return classes;
}

/** An instance of a built-in exception. */
export function makeException(kind: string, args: readonly PyValue[]): PyInstance {
  const instance = new PyInstance(exceptionClasses.get(kind) ?? baseExceptionClass);
  instance.attributes.set('args', new PyTuple(args));
  return instance;
}
