/** The attributes of `torch.Tensor`: methods from the tables of functions, operators, properties, in-place forms. */
import { elementCount } from '../../../graph/node';
import { add, broadcastTo, full, input, neg, reshape, round, scale, select, withSpan } from '../../../graph/operations';
import { evaluateConstant } from '../../../graph/evaluate/evaluate';
import type { Interpreter } from '../../../python/interpreter';
import { native, nativeProperty } from '../../../python/native';
import type { NativeCall } from '../../../python/native';
import { NotImplemented, identity, PyClass, PyDescriptor, PyIterator, Unknown } from '../../../python/values';
import type { NativeFunction, PyValue } from '../../../python/values';
import { clamp } from '../../compositions/elementwise';
import { readIndex, writeIndex } from '../../compositions/indexing';
import { dtypeObject, graphDtype, isFloating } from '../tensor/dtype';
import { extentValue, isDataTensor, shapeValue } from '../tensor/dataTensor';
import { asOperand, castTo } from '../tensor/promotion';
import { subscriptOf } from '../tensor/subscript';
import {
  bufferClass,
  cutOff,
  isTensor,
  makeParameter,
  makeTensor,
  makeView,
  parameterClass,
  payloadOf,
  tensorClass,
} from '../tensor/tensor';
import { arithmeticRows, invert, outOfPlaceArithmeticRows, whereRow } from './arithmetic';
import type { FunctionRow } from './call';
import { Call, inPlaceMethodOf, methodOf, nameOf, raisingShapeErrors, row, writeInto } from './call';
import { conversionRows, item } from './conversion';
import {
  bernoulliNode,
  exponentialNode,
  integerNode,
  legacyTensor,
  newRows,
  normalNode,
  randomRows,
  scaled,
  uniformNode,
} from './creation';
import { makeDevice } from './device';
import { elementwisePredicateRows, elementwiseRows } from './elementwise';
import { truncatedNormal } from './init';
import { linearAlgebraRows } from './linearAlgebra';
import { activationRows, sharedActivationRows } from './nnActivations';
import { reductionRows } from './reductions';
import { structureInPlaceRows, structureMethodRows, structureRows } from './structure';
import { unfollowedRows } from './unfollowed';
import { reshapingInPlace, subscripted, transposeAttributes, viewMethodRows, viewRows } from './views';

const attributes = tensorClass.attributes;

const define = (method: NativeFunction, name = method.name): void => void attributes.set(name, method);

// ── methods that equal functions

const withInPlaceForms: readonly FunctionRow[] = [...arithmeticRows, ...elementwiseRows, ...structureInPlaceRows];

const plain: readonly FunctionRow[] = [
  ...outOfPlaceArithmeticRows,
  ...elementwisePredicateRows,
  ...reductionRows,
  ...viewRows,
  ...viewMethodRows,
  ...structureRows,
  ...structureMethodRows,
  ...linearAlgebraRows,
  ...sharedActivationRows,
  ...randomRows,
  ...newRows,
  ...conversionRows,
  ...unfollowedRows,
];

for (const source of [...withInPlaceForms, ...plain]) define(methodOf(source));
for (const source of withInPlaceForms) define(inPlaceMethodOf(source));
for (const source of reshapingInPlace) define(methodOf(source));
const inPlaceReductions = ['cumsum', 'cumprod', 'renorm', 'bernoulli'];
for (const source of [...reductionRows].filter((candidate) => inPlaceReductions.includes(nameOf(candidate))))
  define(inPlaceMethodOf(source));
for (const source of activationRows.filter((candidate) => nameOf(candidate) === 'hardshrink')) define(methodOf(source));

define(native('where(self, condition, other)', (args, interpreter) =>
  withSpan(interpreter.currentSpan, () =>
    raisingShapeErrors(interpreter, () =>
      whereRow.run(new Call({ ...args, input: args['self'] ?? null }, interpreter, 'where')),
    ),
  ),
));

// ── operators

const operatorRow = (name: string): FunctionRow => {
  const found = [...arithmeticRows, ...outOfPlaceArithmeticRows, ...linearAlgebraRows].find(
    (candidate) => nameOf(candidate) === name,
  );
  if (found === undefined) throw new RangeError(`no function ${name}`);
  return found;
};

const operands = (interpreter: Interpreter, ...values: readonly (PyValue | undefined)[]): boolean =>
  values.every((value) => asOperand(value, interpreter) !== undefined);

/** Runs a row with two operands; defaults of its other parameters are filled in. */
function applyRow(source: FunctionRow, first: PyValue, second: PyValue, interpreter: Interpreter): PyValue {
  const secondName = nameOf(source) === 'pow' ? 'exponent' : 'other';
  const call = new Call(
    { input: first, [secondName]: second, alpha: 1n, rounding_mode: null },
    interpreter,
    nameOf(source),
  );
  return withSpan(interpreter.currentSpan, () => raisingShapeErrors(interpreter, () => source.run(call)));
}

/** `__name__`, and with `reflected` also `__rname__` and `__iname__`. */
function operator(dunder: string, rowName: string, reflected: boolean): void {
  const source = operatorRow(rowName);
  const run = (a: PyValue, b: PyValue, interpreter: Interpreter): PyValue => {
    const unknown = [a, b].find((value) => value instanceof Unknown);
    if (unknown !== undefined) return unknown;
    return operands(interpreter, a, b) ? applyRow(source, a, b, interpreter) : NotImplemented;
  };
  define(native(`__${dunder}__(self, other)`, ({ self = null, other = null }, interpreter) =>
    run(self, other, interpreter),
  ));
  if (!reflected) return;
  define(native(`__r${dunder}__(self, other)`, ({ self = null, other = null }, interpreter) =>
    run(other, self, interpreter),
  ));
  define(native(`__i${dunder}__(self, other)`, ({ self = null, other = null }, interpreter) => {
    const result = payloadOf(run(self, other, interpreter));
    return result === undefined ? NotImplemented : writeInto(self, result.node, result.dtype, interpreter);
  }));
}

const reflectedOperators: Readonly<Record<string, string>> = {
  add: 'add',
  sub: 'sub',
  mul: 'mul',
  truediv: 'div',
  floordiv: 'floor_divide',
  mod: 'remainder',
  pow: 'pow',
  matmul: 'matmul',
  and: 'bitwise_and',
  or: 'bitwise_or',
  xor: 'bitwise_xor',
  lshift: 'bitwise_left_shift',
  rshift: 'bitwise_right_shift',
};
for (const [dunder, name] of Object.entries(reflectedOperators)) operator(dunder, name, true);
for (const name of ['eq', 'ne', 'lt', 'le', 'gt', 'ge']) operator(name, name, false);
define(native('__hash__(self)', ({ self }) => BigInt(identity(payloadOf(self) ?? unreachable()))));

const unary = (dunder: string, run: (call: Call) => PyValue): void =>
  define(
    native(`__${dunder}__(self)`, (args, interpreter) =>
      withSpan(interpreter.currentSpan, () =>
        raisingShapeErrors(interpreter, () =>
          run(new Call({ ...args, input: args['self'] ?? null }, interpreter, dunder)),
        ),
      ),
    ),
  );

unary('neg', (call) => call.tensor(neg(call.node('input')), call.dtype('input')));
unary('pos', (call) => call.value('input'));
unary('abs', (call) => call.interpreter.callMethod(call.value('input'), 'abs'));
unary('invert', invert);
unary('round', (call) => call.tensor(round(call.node('input')), call.dtype('input')));
unary('bool', (call) => {
  const payload = call.payload('input');
  if (elementCount(payload.shape) > 1)
    return call.fail('Boolean value of Tensor with more than one value is ambiguous');
  const value = item(payload, call.interpreter, 'a branch on a tensor');
  return typeof value === 'boolean' ? value : Number(value) !== 0;
});
unary('int', (call) => {
  const value = item(call.payload('input'), call.interpreter, 'int(tensor)');
  return typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)));
});
unary('float', (call) => Number(item(call.payload('input'), call.interpreter, 'float(tensor)')));
unary('index', (call) => {
  const value = item(call.payload('input'), call.interpreter, 'a tensor used as an index or a size');
  if (typeof value === 'number')
    return call.interpreter.raise('TypeError', 'only integer tensors of a single element can be converted to an index');
  return BigInt(value as bigint | boolean);
});
unary('len', (call) => {
  const [length] = call.payload('input').shape;
  return length === undefined
    ? call.interpreter.raise('TypeError', 'len() of a 0-d tensor')
    : extentValue(length, call.interpreter);
});
unary('iter', (call) => {
  const payload = call.payload('input');
  const [length] = payload.shape;
  if (length === undefined) return call.interpreter.raise('TypeError', 'iteration over a 0-d tensor');
  const known = extentValue(length, call.interpreter);
  if (known instanceof Unknown)
    return call.interpreter.stopAtUnknown('this loop runs over a tensor of unknown length', known);
  if (length > LONGEST_LOOP && call.interpreter.tolerant && isDataTensor(call.value('input')))
    return call.interpreter.stopAtUnknown(
      'this loop runs over the samples of a data set',
      new Unknown('samples one by one', call.interpreter.currentSpan),
    );
  return new PyIterator(
    (function* rows(): Generator<PyValue, PyValue, PyValue> {
      for (let index = 0; index < length; index++) yield subscripted(call, payload, [{ kind: 'at', index }]);
      return null;
    })(),
  );
});
unary('repr', (call) => {
  const { shape, dtype } = call.payload('input');
  return `tensor(shape=(${shape.join(', ')}), dtype=torch.${dtype})`;
});
define(native('__contains__(self, element)', ({ self = null, element = null }, interpreter) =>
  interpreter.truth(interpreter.callMethod(interpreter.compare('==', self, element), 'any')),
));
define(native('__format__(self, spec)', ({ self = null, spec = '' }, interpreter) =>
  spec === ''
    ? interpreter.str(self)
    : interpreter.callMethod(item(payloadOf(self) ?? unreachable(), interpreter, 'formatting a tensor'), '__format__', [
        spec,
      ]),
));

function unreachable(): never {
  throw new TypeError('not a tensor');
}

/** Samples that a script is followed through one by one. */
const LONGEST_LOOP = 256;

// ── subscripts

define(native('__getitem__(self, key)', ({ self = null, key = null }, interpreter) => {
  if (key instanceof Unknown) return key;
  const payload = payloadOf(self) ?? unreachable();
  return withSpan(interpreter.currentSpan, () =>
    raisingShapeErrors(interpreter, () => {
      const subscript = subscriptOf(key, interpreter);
      if (subscript.kind === 'mask')
        return interpreter.stop(
          'selecting by a mask that depends on the data gives a size that is not known',
          'Use torch.where, or multiply by the mask.',
        );
      const { items } = subscript;
      const isAdvanced = items.some(({ kind }) => kind === 'tensor');
      if (isAdvanced)
        return makeTensor(interpreter, readIndex(payload.node, items), payload.dtype, { device: payload.device });
      return subscripted(new Call({ input: self }, interpreter, '__getitem__'), payload, items);
    }),
  );
}));

define(native('__setitem__(self, key, value)', ({ self = null, key = null, value = null }, interpreter) => {
  const payload = payloadOf(self) ?? unreachable();
  // Writing changes no shape, and the values of data are not known before it either. They are not what the files hold any more.
  if (interpreter.tolerant && isDataTensor(self)) {
    payload.assign(
      withSpan(interpreter.currentSpan, () =>
        input('values that are assigned one by one', payload.shape, graphDtype(payload.dtype)),
      ),
    );
    return null;
  }
  return withSpan(interpreter.currentSpan, () =>
    raisingShapeErrors(interpreter, () => {
      const given =
        asOperand(value, interpreter) ??
        asOperand(
          interpreter.call(interpreter.getAttribute(interpreter.importModule('torch'), 'tensor'), [value]),
          interpreter,
        );
      if (given === undefined) return interpreter.raise('TypeError', "can't assign this value to a tensor");
      const source = castTo(given.node, payload.dtype);
      const subscript = subscriptOf(key, interpreter);
      const current = payload.node;
      if (subscript.kind === 'items') payload.assign(writeIndex(current, subscript.items, source, evaluateConstant));
      else {
        if (source.shape.length > 0)
          return interpreter.stop('assigning several values at a mask that depends on the data is not followed');
        const { mask, before } = subscript;
        const aligned = [...mask.shape, ...current.shape.slice(before + mask.shape.length).map(() => 1)];
        payload.assign(select(broadcastTo(reshape(mask, aligned), current.shape), source, current));
      }
      return null;
    }),
  );
}));

// ── in-place methods without a function

const inPlace = (signature: string, value: (call: Call) => ReturnType<Call['node']>): void =>
  define(
    native(signature, (args, interpreter) =>
      withSpan(interpreter.currentSpan, () =>
        raisingShapeErrors(interpreter, () => {
          const call = new Call(
            { ...args, input: args['self'] ?? null },
            interpreter,
            signature.slice(0, signature.indexOf('(')),
          );
          const payload = call.payload('self');
          payload.assign(broadcastTo(castTo(value(call), payload.dtype), payload.shape));
          return call.value('self');
        }),
      ),
    ),
  );

const shapeOf = (call: Call): readonly number[] => call.payload('self').shape;

inPlace('zero_(self)', (call) => full(0, [], call.node('self').dtype));
inPlace('fill_(self, value)', (call) => call.operand('value').node);
inPlace('copy_(self, src, non_blocking=False)', (call) => call.node('src'));
inPlace('set_(self, source)', (call) => call.node('source'));
inPlace('uniform_(self, a=0.0, b=1.0, *, generator=None)', (call) =>
  scaled(uniformNode(call, shapeOf(call)), call.number('a'), call.number('b')),
);
inPlace('normal_(self, mean=0.0, std=1.0, *, generator=None)', (call) =>
  add(scale(normalNode(call, shapeOf(call)), call.number('std')), full(call.number('mean'))),
);
inPlace('trunc_normal_(self, mean=0.0, std=1.0, a=-2.0, b=2.0)', (call) =>
  truncatedNormal(call, shapeOf(call), call.number('mean'), call.number('std'), call.number('a'), call.number('b')),
);
inPlace('exponential_(self, lambd=1.0, *, generator=None)', (call) =>
  scale(exponentialNode(call, shapeOf(call)), 1 / call.number('lambd')),
);
inPlace('bernoulli_(self, p=0.5, *, generator=None)', (call) => {
  const probability = payloadOf(call.value('p'));
  return bernoulliNode(call, shapeOf(call), probability === undefined ? call.number('p') : probability.node);
});
inPlace('random_(self, low=0, high=None, *, generator=None)', (call) =>
  call.has('high')
    ? integerNode(call, shapeOf(call), call.int('low'), call.int('high'))
    : integerNode(call, shapeOf(call), 0, call.int('low') || 2 ** 24),
);
inPlace('fill_diagonal_(self, fill_value, wrap=False)', (call) => {
  const [rows = 0, columns = 0] = shapeOf(call);
  const x = call.node('self');
  const items = Array.from({ length: Math.min(rows, columns) }, (_, i) => i);
  return items.reduce(
    (current, i) =>
      writeIndex(
        current,
        [
          { kind: 'at', index: i },
          { kind: 'at', index: i },
        ],
        castTo(call.operand('fill_value').node, call.dtype('self')),
        evaluateConstant,
      ),
    x,
  );
});
define(methodOf(
  row('clamp_min_(input, min)', (call) =>
    writeInto(
      call.value('input'),
      clamp(call.node('input'), castTo(call.operand('min').node, call.dtype('input')), undefined),
      call.dtype('input'),
      call.interpreter,
    ),
  ),
));

// ── copies

const copyOf: NativeCall = ({ self = null }, interpreter) => {
  const payload = payloadOf(self) ?? unreachable();
  if (isTensor(self) && self.cls.isSubclassOf(parameterClass)) {
    const copy = makeParameter(interpreter, payload, payload.requiresGrad, self.cls);
    for (const [name, value] of self.attributes) copy.attributes.set(name, value);
    return copy;
  }
  return makeTensor(interpreter, payload.node, payload.dtype, { device: payload.device });
};
define(native('__deepcopy__(self, memo)', copyOf));
define(native('__copy__(self)', copyOf));

// ── properties

const property = (
  name: string,
  get: NativeCall,
  set?: (self: PyValue, value: PyValue, interpreter: Interpreter) => void,
): void => void attributes.set(name, nativeProperty(name, get, set));

const payloadProperty = (name: string, get: (payload: NonNullable<ReturnType<typeof payloadOf>>) => PyValue): void =>
  property(name, ({ self }) => get(payloadOf(self) ?? unreachable()));

property('shape', ({ self }, interpreter) => shapeValue(payloadOf(self) ?? unreachable(), interpreter));
payloadProperty('ndim', ({ shape }) => BigInt(shape.length));
payloadProperty('dtype', ({ dtype }) => dtypeObject(dtype));
payloadProperty('device', ({ device }) => makeDevice(device));
payloadProperty('itemsize', ({ dtype }) => (isFloating(dtype) ? 4n : 8n));
payloadProperty('is_leaf', ({ isLeaf }) => isLeaf);
for (const [name, value] of Object.entries({
  is_cuda: false,
  is_mps: false,
  is_cpu: true,
  is_sparse: false,
  is_quantized: false,
  is_nested: false,
  is_meta: false,
  grad_fn: null,
  layout: 'torch.strided',
  names: null,
}))
  property(name, () => value);
property(
  'requires_grad',
  ({ self }) => (payloadOf(self) ?? unreachable()).requiresGrad,
  (self, value, interpreter) => {
    (payloadOf(self) ?? unreachable()).requiresGrad = interpreter.truth(value);
  },
);
property(
  'data',
  ({ self }, interpreter) => {
    const payload = payloadOf(self) ?? unreachable();
    return payload.context.withGradient(false, () =>
      makeView(interpreter, payload, { read: cutOff(payload.context), write: (_, value) => value }, payload.contiguous),
    );
  },
  (self, value, interpreter) => {
    const source = payloadOf(value) ?? interpreter.raise('TypeError', 'Variable data has to be a tensor');
    const payload = payloadOf(self) ?? unreachable();
    payload.context.withGradient(false, () => payload.replace(source.node, source.dtype));
  },
);
property(
  'grad',
  () => null,
  () => undefined,
);
for (const [name, run] of Object.entries(transposeAttributes))
  property(name, (args, interpreter) =>
    withSpan(interpreter.currentSpan, () =>
      raisingShapeErrors(interpreter, () => run(new Call({ ...args, input: args['self'] ?? null }, interpreter, name))),
    ),
  );
attributes.set(
  'real',
  nativeProperty('real', ({ self = null }) => self),
);

// ── construction

attributes.set(
  '__new__',
  native('__new__(cls, *data, dtype=None, device=None)', (args, interpreter) =>
    legacyTensor(new Call(args, interpreter, 'Tensor'), 'float32'),
  ),
);

const parameterNew = native(
  '__new__(cls, data=None, requires_grad=True)',
  ({ cls = null, data = null, requires_grad: requiresGrad = true }, interpreter) => {
    if (data instanceof Unknown) return data;
    const source =
      payloadOf(data) ??
      (data === null
        ? payloadOf(makeTensor(interpreter, full(0, [0]), 'float32'))
        : interpreter.raise('TypeError', `cannot create a Parameter from ${interpreter.typeOf(data).name}`));
    if (source === undefined || !(cls instanceof PyClass)) return unreachable();
    if (!isFloating(source.dtype) && interpreter.truth(requiresGrad))
      interpreter.raise('RuntimeError', 'Only Tensors of floating point and complex dtype can require gradients');
    return makeParameter(interpreter, source, interpreter.truth(requiresGrad), cls);
  },
);
parameterClass.attributes.set('__new__', parameterNew);
// The instance is complete; the arguments are not given to Tensor's initialiser again.
parameterClass.attributes.set(
  '__init__',
  native('__init__(self, *args, **kwargs)', () => null),
);
bufferClass.attributes.set(
  '__new__',
  native('__new__(cls, data=None, *, persistent=True)', ({ data = null, persistent = true }, interpreter) => {
    const payload = payloadOf(data) ?? payloadOf(makeTensor(interpreter, full(0, [0]), 'float32')) ?? unreachable();
    const made = makeTensor(interpreter, payload.node, payload.dtype);
    made.cls = bufferClass;
    made.attributes.set('persistent', interpreter.truth(persistent));
    return made;
  }),
);
bufferClass.attributes.set(
  '__init__',
  native('__init__(self, *args, **kwargs)', () => null),
);
tensorClass.attributes.set(
  '__init__',
  native('__init__(self, *args, **kwargs)', () => null),
);
attributes.set(
  '__torch_function__',
  new PyDescriptor(
    'classmethod',
    native('__torch_function__(cls, *args, **kwargs)', () => NotImplemented),
  ),
);

/** Names of the methods, for documentation and tests. */
export const tensorMethodNames = (): string[] => [...attributes.keys()];
