/**
 * Names that make Python run code or touch the system when a pickle is loaded with `torch.load` or `pickle.load`.
 * Reading here never calls anything; the list decides what is *reported* as dangerous (HL404).
 */

const dangerousModules = new Set(
  (
    'os posix nt ntpath posixpath subprocess sys shutil socket socketserver importlib imp runpy pty ctypes webbrowser ' +
    'code codeop pdb bdb timeit profile cProfile trace commands multiprocessing asyncio concurrent threading _thread ' +
    'signal pickle _pickle cPickle dill cloudpickle joblib marshal shelve tempfile glob fileinput linecache zipimport ' +
    'pip setuptools ensurepip venv site http urllib urllib2 httplib requests aiohttp ftplib smtplib poplib telnetlib ' +
    'ssl platform idlelib doctest test unittest gc inspect sqlite3 logging.config torch.hub torch.package ' +
    'torch.utils.cpp_extension torch._inductor torch._dynamo numpy.testing numpy.f2py numpy.distutils'
  ).split(' '),
);

const dangerousBuiltins = new Set(
  (
    'eval exec execfile compile open __import__ getattr setattr delattr globals locals vars dir input raw_input ' +
    'breakpoint exit quit apply map filter reload help memoryview type super classmethod staticmethod property'
  ).split(' '),
);

const dangerousNames = new Set([
  'operator.attrgetter',
  'operator.itemgetter',
  'operator.methodcaller',
  '_operator.attrgetter',
  '_operator.itemgetter',
  '_operator.methodcaller',
  'functools.reduce',
  'types.FunctionType',
  'types.CodeType',
  'types.LambdaType',
  'types.MethodType',
  'io.open',
  '_io.open',
  '_io.FileIO',
  'io.FileIO',
  'codecs.open',
  'builtins.print',
  'torch.load',
  'torch.save',
  'torch.serialization.load',
  'torch.jit.load',
  'numpy.load',
  'numpy.save',
  'numpy.fromfile',
  'numpy.loadtxt',
  'numpy.genfromtxt',
]);

const builtinModules = new Set(['builtins', '__builtin__', '__builtins__']);

/** True for a global whose call by Python's unpickler can run code of the file's author. */
export function isDangerousGlobal(module: string, name: string): boolean {
  if (builtinModules.has(module)) return dangerousBuiltins.has(name.split('.')[0] ?? name);
  if (dangerousNames.has(`${module}.${name}`)) return true;
  const parts = module.split('.');
  return parts.some((_, count) => dangerousModules.has(parts.slice(0, count + 1).join('.')));
}
