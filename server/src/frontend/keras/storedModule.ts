/** `keras._stored`: what library/*.py needs of data sets from outside Python. */
import { bind } from '../../dataset/dataCall';
import { kerasSets } from '../../dataset/keras/catalogue';
import { isUnknownExtent, UNKNOWN_EXTENT } from '../../dataset/unknownExtent';
import { RandomState } from '../../dataset/randomState';
import { vmap } from '../../autodiff/vmap';
import type { Node } from '../../graph/node';
import { constant } from '../../graph/operations';
import { substitute } from '../../graph/simplify/substitute';
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { PyDict, PyList, PyModule, PyTuple, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import { keyText } from '../torch/keyText';
import type { ModuleRecords } from '../torch/moduleRecords';
import type { ModuleMaker } from '../torch/nnLibrary';
import { dataValue, dataValues, storedTensor } from '../torch/storedArrays';
import { asDtype } from '../torch/tensor/dtype';
import { dataTensor } from '../torch/tensor/dataTensor';
import type { TensorPayload } from '../torch/tensor/payload';
import { makeTensor, payloadOf } from '../torch/tensor/tensor';

const items = (value: PyValue | undefined): readonly PyValue[] => (value instanceof PyTuple ? value.items : []);

const textOrNone = (text: string | undefined): PyValue => text ?? null;

/** Arrays of a set by name, as (shape, type, classes, whether they are sequences); unknown where its arguments are not. */
function heldArrays(name: string, args: Readonly<Record<string, ReturnType<typeof dataValue>>>): PyDict | undefined {
  const arrays = kerasSets[name]?.arrays(args);
  return (
    arrays &&
    PyDict.of(
      Object.entries(arrays).map(([array, { shape, dtype, classes, isSequences }]): [PyValue, PyValue] => [
        array,
        new PyTuple([
          new PyTuple(shape.map(BigInt)),
          textOrNone(dtype),
          classes === undefined ? null : BigInt(classes),
          isSequences === true,
        ]),
      ]),
    )
  );
}

const payloadsOf = (value: PyValue): readonly TensorPayload[] =>
  value instanceof PyList ? value.items.flatMap((each) => payloadOf(each) ?? []) : [];

function overRows(
  interpreter: Interpreter,
  [results = [], samples = [], arrays = []]: readonly (readonly TensorPayload[])[],
): PyValue[] {
  const count = arrays[0]?.shape[0] ?? 0;
  const inputs = samples.map(({ node }) => node).filter((node) => node.primitive === 'input');
  const mapped = vmap({ inputs, outputs: results.map(({ node }) => node) }, new Set(inputs), count);
  const given = new Map<Node, Node>();
  mapped.inputs.forEach((input, i) => {
    const array = arrays[i]?.node;
    if (array !== undefined) given.set(input, array);
  });
  return substitute(mapped.outputs, given).map((node, i) =>
    makeTensor(interpreter, node, results[i]?.dtype ?? 'float32'),
  );
}

export function createStoredModule(records: ModuleRecords): ModuleMaker {
  return (interpreter: Interpreter): PyModule => {
    const described = native('described(name, args, kwargs)', ({ name = null, args = null, kwargs = null }) => {
      const set = keyText(name);
      const call = {
        name: set,
        origin: 'library' as const,
        positional: items(args).map(dataValue),
        named: dataValues(kwargs),
      };
      const bound = bind(call, kerasSets[set]?.parameters ?? []);
      return heldArrays(set, bound) ?? new Unknown(`arguments of ${set}.load_data`, interpreter.currentSpan);
    });

    /** `call`: the full name of what gives the array, with `args` and `kwargs` as `parameters` names them. */
    const stored = native(
      'stored(call, parameters, args, kwargs, array, shape, dtype, classes=None)',
      ({
        call = null,
        parameters = null,
        args = null,
        kwargs = null,
        array = null,
        shape = null,
        dtype = null,
        classes = null,
      }) => {
        const made = {
          name: keyText(call),
          origin: 'library' as const,
          positional: items(args).map(dataValue),
          named: dataValues(kwargs),
        };
        return storedTensor(interpreter, records, {
          call: { ...made, positional: [], named: bind(made, items(parameters).map(keyText)) },
          array: keyText(array),
          shape: items(shape).map(Number),
          dtype: asDtype(dtype) ?? 'float32',
          ...(typeof classes === 'bigint' ? { classes: Number(classes) } : {}),
        });
      },
    );

    const permutation = native('permutation(count, seed)', ({ count = null, seed = null }) => {
      if (typeof count !== 'bigint' || typeof seed !== 'bigint' || isUnknownExtent(Number(count)))
        return new Unknown('a permutation of data', interpreter.currentSpan);
      const order = new RandomState(Number(seed)).permutation(Number(count));
      return makeTensor(interpreter, constant(Int32Array.from(order), [order.length]), 'int64');
    });

    const parametersOf = native(
      'parameters_of(name)',
      ({ name = null }) => new PyTuple([...(kerasSets[keyText(name)]?.parameters ?? [])]),
    );

    const sampleOf = native('sample_of(array)', ({ array = null }) => {
      const payload = payloadOf(array);
      if (payload === undefined || payload.shape.length === 0)
        return new Unknown('a sample of what is no array', interpreter.currentSpan);
      return dataTensor(interpreter, payload.shape.slice(1), payload.dtype);
    });

    /** `results` of one sample, as arrays of the results of all rows of `arrays`. */
    const lifted = native(
      'lifted(results, samples, arrays)',
      ({ results = null, samples = null, arrays = null }) =>
        new PyList(overRows(interpreter, [results, samples, arrays].map(payloadsOf))),
    );

    const unknownExtent = native('unknown_extent()', () => BigInt(UNKNOWN_EXTENT));

    const module = new PyModule('keras._stored');
    for (const member of [described, stored, permutation, parametersOf, sampleOf, lifted, unknownExtent])
      module.attributes.set(member.name, member);
    return module;
  };
}
