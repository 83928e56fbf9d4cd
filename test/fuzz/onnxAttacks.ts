/** ONNX files that are made to mislead: small ones that ask for much, and graphs that are none. */
import type { Random } from '../../server/src/curvature/random';
import { modelType } from '../../server/src/checkpoint/onnx/schema';

const FLOAT = 1;
const INT64 = 7;

interface Operator {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: readonly object[];
  readonly domain?: string;
}

const int = (name: string, i: number): object => ({ name, i, type: 2 });
const ints = (name: string, values: readonly number[]): object => ({ name, ints: values, type: 7 });
const graph = (name: string, g: object): object => ({ name, g, type: 5 });
const numbers = (name: string, values: readonly number[], dims: readonly number[] = [values.length]): object => ({
  name,
  dims,
  dataType: INT64,
  int64Data: values,
});
const floats = (name: string, dims: readonly number[], count = 0): object => ({
  name,
  dims,
  dataType: FLOAT,
  floatData: new Array<number>(count).fill(1),
});

const input = (dims: readonly number[], elemType = FLOAT): object => ({
  name: 'x',
  type: { tensorType: { elemType, shape: { dim: dims.map((dimValue) => ({ dimValue })) } } },
});

function model(
  node: readonly Operator[],
  initializer: readonly object[] = [],
  dims = [2, 3],
  more: object = {},
): Uint8Array {
  return modelType
    .encode({
      irVersion: 8,
      graph: { name: 'g', node, initializer, input: [input(dims)], output: [{ name: 'y' }] },
      opsetImport: [{ domain: '', version: 18 }],
      ...more,
    })
    .finish();
}

const chain = (length: number, opType: string, pair: boolean): Operator[] =>
  Array.from({ length }, (_, i) => {
    const from = i === 0 ? 'x' : `v${i}`;
    return {
      opType,
      input: pair ? [from, from] : [from],
      output: [i === length - 1 ? 'y' : `v${i + 1}`],
      attribute: opType === 'Concat' ? [int('axis', 1)] : [],
    };
  });

/** Branches in branches, or bodies of loops in each other. */
function nested(depth: number): Operator {
  let body: object = { node: [], output: [{ name: 'x' }] };
  for (let i = 0; i < depth; i++)
    body = {
      node: [
        {
          opType: 'If',
          input: ['c'],
          output: ['o'],
          attribute: [graph('then_branch', body), graph('else_branch', body)],
        },
      ],
      output: [{ name: 'o' }],
    };
  return {
    opType: 'If',
    input: ['c'],
    output: ['y'],
    attribute: [graph('then_branch', body), graph('else_branch', {})],
  };
}

/** Each function calls the one before twice: 2^depth calls. */
function functions(depth: number): object[] {
  return Array.from({ length: depth }, (_, i) => ({
    name: `f${i}`,
    domain: 'own',
    input: ['a'],
    output: ['b'],
    node:
      i === 0
        ? [{ opType: 'Relu', input: ['a'], output: ['b'] }]
        : [
            { opType: `f${i - 1}`, domain: 'own', input: ['a'], output: ['h'] },
            { opType: `f${i - 1}`, domain: 'own', input: ['h'], output: ['b'] },
          ],
    opsetImport: [{ domain: '', version: 18 }],
  }));
}

const counter = {
  node: [{ opType: 'Relu', input: ['v'], output: ['w'] }],
  input: [{ name: 'i' }, { name: 'c' }, { name: 'v' }],
  output: [{ name: 'c' }, { name: 'w' }, { name: 'w' }],
};

export const onnxAttacks: Readonly<Record<string, (random: Random) => Uint8Array>> = {
  'a circle of operators': () =>
    model([
      { opType: 'Add', input: ['x', 'b'], output: ['a'] },
      { opType: 'Relu', input: ['a'], output: ['b'] },
      { opType: 'Relu', input: ['b'], output: ['y'] },
    ]),
  'one name for several results': () =>
    model([
      { opType: 'Relu', input: ['x'], output: ['y'] },
      { opType: 'Tanh', input: ['x'], output: ['y', 'y'] },
    ]),
  'impossible sizes': (random) => {
    const sizes = [-1, 0, 2 ** 31, 2 ** 53 - 1, -(2 ** 40)];
    const size = sizes[random.integer(sizes.length)] ?? 0;
    return model([{ opType: 'Add', input: ['x', 'w'], output: ['y'] }], [floats('w', [size, 3])], [size, 3]);
  },
  doubling: (random) => model(chain(10 + random.integer(60), 'Concat', true)),
  'many operators': (random) => model(chain(2 ** (10 + random.integer(6)), 'Relu', false)),
  'branches in branches': (random) =>
    model([nested(1 + random.integer(12))], [{ name: 'c', dims: [], dataType: 9, int32Data: [random.integer(2)] }]),
  'functions that multiply': (random) =>
    model([{ opType: 'f39', domain: 'own', input: ['x'], output: ['y'] }], [], [2, 3 + random.integer(3)], {
      functions: functions(40),
    }),
  'a long loop': (random) =>
    model(
      [{ opType: 'Loop', input: ['n', '', 'x'], output: ['y', 'z'], attribute: [graph('body', counter)] }],
      [numbers('n', [10 ** (2 + random.integer(14))], [])],
    ),
  'huge results': (random) => {
    const huge = [2 ** 20, 2 ** 15, 2 ** 31, 2 ** 62][random.integer(4)] ?? 0;
    const operators: readonly Operator[] = [
      { opType: 'Expand', input: ['x', 's'], output: ['y'] },
      { opType: 'ConstantOfShape', input: ['s'], output: ['y'] },
      { opType: 'Tile', input: ['x', 's'], output: ['y'] },
      { opType: 'OneHot', input: ['s', 'd', 'v'], output: ['y'] },
      { opType: 'Resize', input: ['x', '', '', 's'], output: ['y'] },
      { opType: 'Range', input: ['a', 'd', 'b'], output: ['y'] },
      { opType: 'Pad', input: ['x', 'p'], output: ['y'] },
      { opType: 'HannWindow', input: ['d'], output: ['y'] },
      { opType: 'CenterCropPad', input: ['x', 's'], output: ['y'] },
      { opType: 'NonZero', input: ['e'], output: ['y'] },
      { opType: 'DFT', input: ['x', 'd'], output: ['y'], attribute: [int('axis', 0)] },
      { opType: 'MaxPool', input: ['x'], output: ['y'], attribute: [ints('kernel_shape', [huge])] },
      { opType: 'Upsample', input: ['x', 's'], output: ['y'] },
      { opType: 'EyeLike', input: ['e'], output: ['y'] },
      { opType: 'Trilu', input: ['e', 'd'], output: ['y'] },
      { opType: 'Split', input: ['x'], output: Array.from({ length: 1 + random.integer(2 ** 16) }, (_, i) => `y${i}`) },
      { opType: 'SplitToSequence', input: ['e'], output: ['y'] },
      { opType: 'CumSum', input: ['e', 'a'], output: ['y'] },
      { opType: 'Det', input: ['e'], output: ['y'] },
    ];
    const operator = operators[random.integer(operators.length)];
    const filled: Operator = { opType: 'ConstantOfShape', input: ['s'], output: ['e'] };
    return model(operator === undefined ? [] : operator.input.includes('e') ? [filled, operator] : [operator], [
      numbers('s', [huge, 16]),
      numbers('d', [huge], []),
      numbers('a', [0], []),
      numbers('b', [1], []),
      numbers('p', [huge, 0, 0, huge]),
      floats('v', [2], 2),
    ]);
  },
  'data outside the folder': (random) => {
    const places = ['../w.bin', '/etc/passwd', 'a/../../w', '', '.', 'w\0.bin', 'x'.repeat(5000), '..\\w'];
    const value = places[random.integer(places.length)] ?? '';
    return model(
      [{ opType: 'Add', input: ['x', 'w'], output: ['y'] }],
      [
        {
          name: 'w',
          dims: [3],
          dataType: FLOAT,
          dataLocation: 1,
          externalData: [
            { key: 'location', value },
            { key: 'offset', value: '9e99' },
          ],
        },
      ],
    );
  },
  'an attribute of the wrong kind': (random) => {
    const attributes = [
      int('axis', 2 ** 40),
      { name: 'axis', type: 5 },
      ints('perm', [0, 0]),
      int('axis', -(2 ** 31)),
      ints('axes', new Array<number>(1e5).fill(0)),
    ];
    const types = [
      'Softmax',
      'Transpose',
      'Concat',
      'ReduceMean',
      'Gather',
      'Flatten',
      'Squeeze',
      'LSTM',
      'Conv',
      'Attention',
      'Einsum',
    ];
    return model([
      {
        opType: types[random.integer(types.length)] ?? '',
        input: ['x', 'x', 'x'],
        output: ['y'],
        attribute: attributes,
      },
    ]);
  },
  'whole numbers with scales that do not fit': (random) =>
    model(
      [
        {
          opType: 'DequantizeLinear',
          input: ['q', 's'],
          output: ['w'],
          attribute: [int('axis', random.integer(9) - 4), int('block_size', random.integer(4))],
        },
        { opType: 'Add', input: ['x', 'w'], output: ['y'] },
      ],
      [
        { name: 'q', dims: [2, 3], dataType: 3, int32Data: [1, 2, 3, 4, 5, 6] },
        floats('s', [[2], [3], [2, 2], [0], [2, 3]][random.integer(5)] ?? [], random.integer(7)),
      ],
    ),
};
