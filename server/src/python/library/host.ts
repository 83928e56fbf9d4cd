/** `_host`: what the library modules written in Python need from the interpreter. */
import { dictClass, typeOf } from '../builtins/types';
import type { Interpreter } from '../interpreter';
import { namedTupleClass } from '../namedTuples';
import { native } from '../native';
import { parseSignature } from '../signatures';
import { findPattern } from './regularExpression';
import { updateDict } from '../builtins/containers';
import { NativeFunction, PyClass, PyDict, PyFunction, PyList, PyModule, PyTuple, Unknown } from '../values';
import type { PyValue } from '../values';

const orderedDict = new PyClass('OrderedDict', [dictClass], new Map(), undefined);
orderedDict.attributes.set(
  'move_to_end',
  native('move_to_end(self, key, last=True)', ({ self, key = null, last = true }, interpreter) => {
    if (!(self instanceof PyDict)) return null;
    const value = self.get(key);
    if (value === undefined) return interpreter.raiseWith('KeyError', [key]);
    const others = self.entries().filter(([other]) => !interpreter.equals(other, key));
    self.clear();
    const entry: [PyValue, PyValue] = [key, value];
    for (const [k, v] of interpreter.truth(last) ? [...others, entry] : [entry, ...others]) self.set(k, v);
    return null;
  }),
);

const defaultDict = new PyClass('defaultdict', [dictClass], new Map(), undefined);
defaultDict.attributes.set(
  '__init__',
  native(
    '__init__(self, default_factory=None, mapping=None, /, **kwargs)',
    ({ self, default_factory: factory = null, mapping = null, kwargs }, interpreter) => {
      if (!(self instanceof PyDict)) return null;
      self.missing = factory;
      updateDict(interpreter, self, mapping, kwargs);
      return null;
    },
  ),
);

function fieldNames(interpreter: Interpreter, given: PyValue): string[] {
  if (typeof given === 'string')
    return given
      .replaceAll(',', ' ')
      .split(/\s+/)
      .filter((name) => name !== '');
  return interpreter.collect(given).map((name) => interpreter.toText(name, 'field name'));
}

const namedtuple = native(
  'namedtuple(typename, field_names, *, rename=False, defaults=None, module=None)',
  ({ typename = null, field_names: given = null, defaults = null }, interpreter) => {
    const fields = fieldNames(interpreter, given);
    const values = defaults === null ? [] : interpreter.collect(defaults);
    const withDefault = fields.slice(fields.length - values.length);
    const pairs = withDefault.map((field, i) => [field, values[i] ?? null] as const);
    return namedTupleClass(
      interpreter,
      interpreter.toText(typename, 'typename'),
      fields,
      new Map(pairs),
      new Map(),
      interpreter.frame?.module,
    );
  },
);

/** (name, kind, () or (default,)) of every parameter of a function. */
const parametersOf = native('parameters(function)', ({ function: callee = null }, interpreter) => {
  const described =
    callee instanceof PyFunction
      ? callee.syntax.parameters.map(({ name, kind }) => ({ name, kind, default: callee.defaults.get(name) }))
      : callee instanceof NativeFunction
        ? (callee.parameters ?? parseSignature(callee.signature))
        : interpreter.raise('TypeError', `${interpreter.repr(callee)} is not a callable object`);
  return new PyList(
    described.map(
      ({ name, kind, default: fallback }) =>
        new PyTuple([name, kind, new PyTuple(fallback === undefined ? [] : [fallback])]),
    ),
  );
});

export function hostModule(): PyModule {
  const module = new PyModule('_host');
  const { attributes } = module;
  attributes.set(
    'unknown',
    native(
      'unknown(reason)',
      ({ reason }, interpreter) =>
        new Unknown(typeof reason === 'string' ? reason : 'unknown', interpreter.currentSpan),
    ),
  );
  attributes.set(
    'is_unknown',
    native('is_unknown(value)', ({ value = null }) => value instanceof Unknown),
  );
  attributes.set('parameters', parametersOf);
  attributes.set(
    'command_line',
    native('command_line()', (_, { options }) => new PyList([...(options.commandLine ?? [])])),
  );
  attributes.set(
    'note_options',
    native('note_options(namespace)', ({ namespace = null }, { parsedOptions }) => {
      parsedOptions.push(namespace);
      return null;
    }),
  );
  attributes.set('find', findPattern);
  attributes.set('OrderedDict', orderedDict);
  attributes.set('defaultdict', defaultDict);
  attributes.set('namedtuple', namedtuple);
  return module;
}

/** `sys` */
export function sysModule(interpreter: Interpreter): PyModule {
  const module = new PyModule('sys');
  const { attributes } = module;
  const version = new PyTuple(
    [3n, 12n, 0n, 'final', 0n],
    ['major', 'minor', 'micro', 'releaselevel', 'serial'],
    'sys.version_info',
  );
  attributes.set('version_info', version);
  attributes.set('version', '3.12.0');
  attributes.set('platform', 'linux');
  attributes.set('byteorder', 'little');
  attributes.set('argv', new PyList(['main.py', ...(interpreter.options.commandLine ?? [])]));
  attributes.set('path', new PyList(['.']));
  attributes.set('maxsize', 2n ** 63n - 1n);
  attributes.set('executable', 'python');
  attributes.set('modules', interpreter.moduleTable);
  attributes.set(
    'exit',
    native('exit(code=None)', ({ code = null }, inner) => inner.raiseWith('SystemExit', code === null ? [] : [code])),
  );
  attributes.set(
    'getrecursionlimit',
    native('getrecursionlimit()', () => 1000n),
  );
  attributes.set(
    'setrecursionlimit',
    native('setrecursionlimit(n)', () => null),
  );
  attributes.set(
    'getsizeof',
    native('getsizeof(x, default=0)', () => 64n),
  );
  attributes.set(
    'exc_info',
    native('exc_info()', () => new PyTuple([null, null, null])),
  );
  for (const stream of ['stdout', 'stderr', 'stdin'])
    attributes.set(stream, new Unknown(`sys.${stream} belongs to the run`, undefined));
  return module;
}

/** Of the module `os`. */
const constants = {
  name: 'posix',
  sep: '/',
  linesep: '\n',
  pathsep: ':',
  extsep: '.',
  curdir: '.',
  pardir: '..',
  devnull: '/dev/null',
} as const;

/** `os`: environment and disk are unknown; names of functions that only do something do nothing. */
export function osModule(interpreter: Interpreter): PyModule {
  const path = interpreter.importModule('posixpath');
  const notKnown = (what: string) =>
    native(
      `${what}(*args, **kwargs)`,
      (_, inner) => new Unknown(`os.${what} depends on the machine`, inner.currentSpan),
    );
  const module = new PyModule('os', undefined, (name) => (name.startsWith('__') ? undefined : notKnown(name)));
  const { attributes } = module;
  attributes.set('path', path);
  for (const [name, text] of Object.entries(constants)) attributes.set(name, text);
  attributes.set('PathLike', new PyClass('PathLike', [typeOf(null).bases[0] ?? dictClass], new Map(), undefined));
  const fallback = native('getenv(key, default=None)', ({ default: given = null }, inner) =>
    given === null ? new Unknown('the environment is not known', inner.currentSpan) : given,
  );
  attributes.set('getenv', fallback);
  attributes.set('environ', environment(interpreter));
  attributes.set(
    'fspath',
    native('fspath(path)', ({ path: given = null }, inner) => inner.str(given)),
  );
  attributes.set(
    'getcwd',
    native('getcwd()', () => '.'),
  );
  attributes.set(
    'listdir',
    native("listdir(path='.')", ({ path: given = null }, inner) => {
      const names = given instanceof Unknown ? undefined : inner.options.sources?.list?.(inner.str(given));
      return names === undefined
        ? new Unknown('the content of a folder is not known', inner.currentSpan)
        : new PyList([...names]);
    }),
  );
  for (const name of [
    'makedirs',
    'mkdir',
    'remove',
    'unlink',
    'rmdir',
    'rename',
    'chdir',
    'system',
    'putenv',
    'removedirs',
    'replace',
  ])
    attributes.set(
      name,
      native(`${name}(*args, **kwargs)`, () => null),
    );
  interpreter.modules.set('os.path', path);
  return module;
}

/** `os.environ`: a mapping whose entries are what the program itself has set; others are unknown. */
function environment(interpreter: Interpreter): PyDict {
  const dict = new PyDict();
  const cls = new PyClass('_Environ', [dictClass], new Map(), undefined);
  cls.attributes.set(
    '__missing__',
    native('__missing__(self, key)', (_, inner) => new Unknown('the environment is not known', inner.currentSpan)),
  );
  cls.attributes.set(
    'get',
    native('get(self, key, default=None, /)', ({ self, key = null, default: fallback = null }, inner) => {
      const own = self instanceof PyDict ? self.get(key) : undefined;
      return own ?? (fallback === null ? new Unknown('the environment is not known', inner.currentSpan) : fallback);
    }),
  );
  dict.cls = cls;
  interpreter.step();
  return dict;
}
