/** Names and inputs that expressions from outside the code (`--input`, `--model`, `--loss`) are given. */
import { input } from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { isJavaScript } from '../../javascript/isJavaScript';
import type { Interpreter } from '../../python/interpreter';
import { PyClass, PyFunction, PyModule } from '../../python/values';
import type { TorchDtype, TracedInput } from '../model';
import type { Session } from './session';
import { graphDtype } from './tensor/dtype';

const familiar: Readonly<Record<string, string>> = {
  torch: 'torch',
  nn: 'torch.nn',
  F: 'torch.nn.functional',
  np: 'numpy',
  keras: 'keras',
  tf: 'tensorflow',
  math: 'math',
  argparse: 'argparse',
  types: 'types',
  yacs: 'yacs',
};

/** In JavaScript, where a module may be given the library instead of importing it. */
const familiarInJavaScript: Readonly<Record<string, string>> = { ...familiar, tf: 'tfjs' };

/** Scope of an expression: the file's own names over those that everybody imports, as far as `text` mentions them. */
export function expressionScope({ interpreter, module, file }: Session, text: string): PyModule {
  const scope = new PyModule(module.name, file);
  for (const [name, home] of Object.entries(isJavaScript(file) ? familiarInJavaScript : familiar))
    if (new RegExp(`\\b${name}\\b`).test(text)) scope.attributes.set(name, interpreter.importModule(home));
  for (const [name, value] of module.attributes) scope.attributes.set(name, value);
  if (interpreter.modules.has('keras._layer')) addLayers(interpreter, scope, text);
  return scope;
}

/** What is called in a text and not defined by the file is of Keras: `body(Input((64, 64, 3)), 10)`. */
function addLayers(interpreter: Interpreter, scope: PyModule, text: string): void {
  const homes = ['keras', 'keras.layers'].map((home) => interpreter.importModule(home));
  for (const [, name = ''] of text.matchAll(/(?<![.\w])([A-Z]\w*)\(/g)) {
    if (scope.attributes.has(name)) continue;
    const found = homes.map((home) => home.attributes.get(name) ?? home.missing?.(name));
    const known = found.find((value) => value instanceof PyClass || value instanceof PyFunction);
    if (known !== undefined) scope.attributes.set(name, known);
  }
}

/** A value the graph takes at run time. `range`: number of different indices. */
export function graphInput(name: string, shape: Shape, dtype: TorchDtype, range: number | undefined): TracedInput {
  const node = input(name, shape, graphDtype(dtype));
  return { name, node, shape, dtype: node.dtype, torchDtype: dtype, sample: undefined, range };
}
