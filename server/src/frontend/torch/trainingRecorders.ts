/** Makes the library functions whose use is a fact of a training script tell of their calls. */
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { NativeFunction, PyModule, PyTuple, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { standardLibrary } from '../../python/library/standardLibrary';
import type { ModuleRecords } from './moduleRecords';
import type { ModuleMaker } from './nnLibrary';
import { openModule } from './openModule';
import { dataArray, installScriptTensors } from './scriptTensors';

const lossFunctions = [
  'cross_entropy',
  'nll_loss',
  'mse_loss',
  'l1_loss',
  'smooth_l1_loss',
  'huber_loss',
  'binary_cross_entropy',
  'binary_cross_entropy_with_logits',
  'kl_div',
  'poisson_nll_loss',
  'multi_margin_loss',
  'soft_margin_loss',
];

/** Functions that read or write files: module, name, kind of record. */
const fileFunctions: readonly (readonly [string, string, string])[] = [
  ['torch', 'load', 'torch.load'],
  ['torch', 'save', 'torch.save'],
  ['numpy', 'load', 'numpy.load'],
  ['numpy', 'loadtxt', 'numpy.loadtxt'],
  ['numpy', 'genfromtxt', 'numpy.loadtxt'],
  ['pandas', 'read_csv', 'pandas.read_csv'],
  ['pandas', 'read_parquet', 'pandas.read_parquet'],
  ['pandas', 'read_json', 'pandas.read_json'],
  ['safetensors.torch', 'load_file', 'safetensors.load'],
];

function record(records: ModuleRecords, interpreter: Interpreter, kind: string, args: Map<string, PyValue>): void {
  records.libraryCalls.push({ kind, args, span: interpreter.currentSpan, instance: null });
}

/** The module, if it can be imported as one. */
function moduleNamed(interpreter: Interpreter, name: string): PyModule | undefined {
  const module: unknown = interpreter.importModule(name);
  return module instanceof PyModule ? module : undefined;
}

/** Packages whose only known functions are those that tell of files. */
export const recordedPackages: ReadonlyMap<string, ModuleMaker> = new Map(
  ['pandas', 'safetensors', 'safetensors.torch']
    .filter((name) => !standardLibrary.has(name))
    .map((name) => [name, openModule(name, name === 'safetensors' ? ['torch'] : [], () => undefined)] as const),
);

/** Wraps the functions in place; for an interpreter that only reads a training script. */
export function installRecorders(interpreter: Interpreter, records: ModuleRecords): void {
  const functional = moduleNamed(interpreter, 'torch.nn.functional');
  for (const name of lossFunctions) {
    const original = functional?.attributes.get(name);
    if (functional === undefined || !(original instanceof NativeFunction)) continue;
    const wrapped = new NativeFunction(original.signature, (args, caller) => {
      // A loss inside `forward` is the model's own.
      if (records.active.length === 0)
        record(
          records,
          caller,
          'loss_function',
          new Map<string, PyValue>([...Object.entries(args), ['function', name]]),
        );
      const unknown = Object.values(args).find((value) => value instanceof Unknown);
      return unknown ?? original.call(args, caller);
    });
    functional.attributes.set(name, wrapped);
  }
  for (const [home, name, kind] of fileFunctions) {
    const module = moduleNamed(interpreter, home);
    module?.attributes.set(
      name,
      native(`${name}(*args, **kwargs)`, ({ args }, caller) => {
        const items = args instanceof PyTuple ? args.items : [];
        record(records, caller, kind, new Map(items.map((item, i) => [String(i), item])));
        return new Unknown(`the content of a file read by ${kind}`, caller.currentSpan);
      }),
    );
  }
  installFlatFiles(interpreter, records);
  installScriptTensors(interpreter);
}

/** Files of numbers without a header: arrays of one axis, whose length is the file's. */
function installFlatFiles(interpreter: Interpreter, records: ModuleRecords): void {
  const numpy = moduleNamed(interpreter, 'numpy');
  const signatures = {
    memmap: "dtype='uint8', mode='r+', offset=0, shape=None, order='C'",
    fromfile: 'dtype=None, *args',
  };
  for (const [name, parameters] of Object.entries(signatures))
    numpy?.attributes.set(
      name,
      native(
        `${name}(filename, ${parameters}, **kwargs)`,
        ({ filename = null, dtype = null, shape = null }, caller) => {
          record(records, caller, 'numpy.memmap', new Map([['0', filename]]));
          return (
            dataArray(caller, shape, dtype) ?? new Unknown(`the content of a file read by ${name}`, caller.currentSpan)
          );
        },
      ),
    );
}
