/** numpy: Python sources of our own (library/numpy/*.py), whose definitions are read when they are first asked for. */
import arithmetic from './library/numpy/arithmetic.py';
import array from './library/numpy/array.py';
import constants from './library/numpy/constants.py';
import creation from './library/numpy/creation.py';
import elementwise from './library/numpy/elementwise.py';
import fft from './library/numpy/fft.py';
import functional from './library/numpy/functional.py';
import grids from './library/numpy/grids.py';
import linalg from './library/numpy/linalg.py';
import ordering from './library/numpy/ordering.py';
import polynomials from './library/numpy/polynomials.py';
import products from './library/numpy/products.py';
import random from './library/numpy/random.py';
import reductions from './library/numpy/reductions.py';
import selection from './library/numpy/selection.py';
import shapes from './library/numpy/shapes.py';
import statistics from './library/numpy/statistics.py';
import types from './library/numpy/types.py';
import whole from './library/numpy/whole.py';
import windows from './library/numpy/windows.py';
import { namesOfDefinitions } from '../../python/definitions';
import { gatheringModule, submodules } from './gatheringModule';
import type { ModuleMaker } from './nnLibrary';
import { createNumbersModule } from './numpyNumbers';

/** Sources whose names are members of `numpy` itself. */
const own: Readonly<Record<string, string>> = {
  arithmetic,
  array,
  constants,
  creation,
  elementwise,
  functional,
  grids,
  ordering,
  polynomials,
  products,
  reductions,
  selection,
  shapes,
  statistics,
  types,
  windows,
};
/** Sources of submodules, and what others need. */
const others: Readonly<Record<string, string>> = { fft, linalg, random, whole };

const homeOf = (name: string): string => `numpy._${name}`;

/** Public names that a source sets at its top level. */
const publicNames = (source: string): string[] =>
  namesOfDefinitions(source).filter((name) => !name.startsWith('_') || name === '__version__');

const membersOf = (name: string, source: string): [string, string][] =>
  publicNames(source).map((member) => [member, homeOf(name)]);

const children = ['random', 'linalg', 'fft', 'testing', 'lib', 'exceptions', 'core'];

const members = Object.entries(own).flatMap(([name, source]) => membersOf(name, source));
const ofFunctional = membersOf('functional', functional);
const strides: [string, string][] = ['sliding_window_view', 'as_strided'].map((name) => [name, homeOf('grids')]);

const gathered: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  numpy: new Map([...members, ...submodules('numpy', children)]),
  'numpy.random': new Map(membersOf('random', random)),
  'numpy.linalg': new Map(membersOf('linalg', linalg)),
  'numpy.fft': new Map(membersOf('fft', fft)),
  'numpy.testing': new Map(ofFunctional),
  'numpy.exceptions': new Map(ofFunctional),
  'numpy.lib': new Map([...members, ['stride_tricks', '=numpy.lib.stride_tricks']]),
  'numpy.lib.stride_tricks': new Map(strides),
  'numpy.core': new Map(members),
};

/** The modules of numpy. Members that are not written here are unknown. */
export function numpyModules(): Map<string, ModuleMaker> {
  const modules = new Map<string, ModuleMaker>();
  for (const [name, source] of Object.entries({ ...own, ...others }))
    modules.set(homeOf(name), (interpreter) =>
      interpreter.runDefinitions(source, `<torch>/${homeOf(name)}.py`, homeOf(name)),
    );
  modules.set('numpy._numbers', createNumbersModule);
  for (const [name, homes] of Object.entries(gathered))
    modules.set(name, (interpreter) => gatheringModule(interpreter, name, homes, { isOpen: true }));
  return modules;
}
