/** The modules of the standard library, each made when it is first imported. */
import type { Interpreter, LibraryFactory } from '../interpreter';
import { cachedPropertyClass } from '../builtins/types';
import { PyModule } from '../values';
import { abcModule, enumModule } from './abc';
import argparseSource from './argparse.py';
import collectionsSource from './collections.py';
import contextlibSource from './contextlib.py';
import { copyModule } from './copy';
import dataclassesSource from './dataclasses.py';
import fnmatchSource from './fnmatch.py';
import functoolsSource from './functools.py';
import { hostModule, osModule, sysModule } from './host';
import { importlibModule } from './importlib';
import inspectSource from './inspect.py';
import itertoolsSource from './itertools.py';
import { jsonModule } from './json';
import loggingSource from './logging.py';
import { mathModule } from './math';
import operatorSource from './operator.py';
import pathlibSource from './pathlib.py';
import posixpathSource from './posixpath.py';
import randomSource from './random.py';
import reSource from './re.py';
import stringSource from './string.py';
import timeSource from './time.py';
import sixSource from './six.py';
import tqdmSource from './tqdm.py';
import typesSource from './types.py';
import unittestSource from './unittest.py';
import { abstractCollectionsModule, addAliases, typingModule } from './typing';
import warningsSource from './warnings.py';
import { yamlModule } from './yaml';

/** A module written in Python, bundled as text. */
const python =
  (name: string, source: string, complete?: (module: PyModule) => void): LibraryFactory =>
  (interpreter) => {
    const module = interpreter.runLibrarySource(source, `<python>/${name}.py`, name);
    complete?.(module);
    return module;
  };

const typing =
  (name: string): LibraryFactory =>
  (interpreter: Interpreter) =>
    addAliases(typingModule(name), interpreter.builtins);

function builtinsModule({ builtins }: Interpreter): PyModule {
  const module = new PyModule('builtins');
  for (const [name, value] of builtins) module.attributes.set(name, value);
  return module;
}

export const standardLibrary: ReadonlyMap<string, LibraryFactory> = new Map<string, LibraryFactory>([
  ['_host', hostModule],
  ['abc', abcModule],
  ['argparse', python('argparse', argparseSource)],
  // The same with configuration files, which are not looked for.
  ['configargparse', python('configargparse', argparseSource)],
  ['builtins', builtinsModule],
  ['collections', python('collections', collectionsSource)],
  ['collections.abc', abstractCollectionsModule],
  ['contextlib', python('contextlib', contextlibSource)],
  ['copy', copyModule],
  ['dataclasses', python('dataclasses', dataclassesSource)],
  ['enum', enumModule],
  ['fnmatch', python('fnmatch', fnmatchSource)],
  [
    'functools',
    python('functools', functoolsSource, (module) => module.attributes.set('cached_property', cachedPropertyClass)),
  ],
  ['importlib', importlibModule],
  ['inspect', python('inspect', inspectSource)],
  ['itertools', python('itertools', itertoolsSource)],
  ['json', jsonModule],
  ['logging', python('logging', loggingSource)],
  ['math', mathModule],
  ['operator', python('operator', operatorSource)],
  ['os', osModule],
  ['pathlib', python('pathlib', pathlibSource)],
  ['posixpath', python('posixpath', posixpathSource)],
  ['random', python('random', randomSource)],
  ['re', python('re', reSource)],
  ['string', python('string', stringSource)],
  ['sys', sysModule],
  ['time', python('time', timeSource)],
  ['six', python('six', sixSource)],
  ['six.moves', python('six.moves', sixSource)],
  ['tqdm', python('tqdm', tqdmSource)],
  ['tqdm.auto', python('tqdm.auto', tqdmSource)],
  ['tqdm.notebook', python('tqdm.notebook', tqdmSource)],
  ['types', python('types', typesSource)],
  ['typing', typing('typing')],
  ['typing_extensions', typing('typing_extensions')],
  ['unittest', python('unittest', unittestSource)],
  ['warnings', python('warnings', warningsSource)],
  ['yaml', yamlModule],
]);
