/** The classes `torch.Tensor`, `torch.nn.Parameter`, `torch.Size`, and how TypeScript makes and opens their instances. */
import type { Node } from '../../../graph/node';
import { stopGradient } from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import { tupleClass } from '../../../python/builtins/types';
import type { Interpreter } from '../../../python/interpreter';
import { native, nativeClass } from '../../../python/native';
import { PyInstance, PyTuple } from '../../../python/values';
import type { PyClass, PyValue } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { initialData } from './concrete';
import { torchContext } from './context';
import type { TorchContext } from './context';
import type { PayloadOptions, ViewRule } from './payload';
import { TensorPayload } from './payload';
import { roundedConstant } from './roundedConstant';

/** Methods are added by functions/tensorMethods.ts. */
export const tensorClass: PyClass = nativeClass('Tensor', []);

export const parameterClass: PyClass = nativeClass('Parameter', [tensorClass]);

export const bufferClass: PyClass = nativeClass('Buffer', [tensorClass]);

/** `torch.Size`: a tuple with `numel`. */
export const sizeClass: PyClass = nativeClass('Size', [tupleClass], {
  methods: [
    native('numel(self)', ({ self }) =>
      self instanceof PyTuple
        ? self.items.reduce<bigint>((product, size) => product * (typeof size === 'bigint' ? size : 1n), 1n)
        : 0n,
    ),
  ],
});

export function makeSize(shape: Shape): PyTuple {
  const size = new PyTuple(shape.map((n) => BigInt(n)));
  size.cls = sizeClass;
  return size;
}

export const isTensor = (value: PyValue | undefined): value is PyInstance =>
  value instanceof PyInstance && value.payload instanceof TensorPayload;

/** What is behind a tensor; undefined for any other value. */
export const payloadOf = (value: PyValue | undefined): TensorPayload | undefined =>
  value instanceof PyInstance && value.payload instanceof TensorPayload ? value.payload : undefined;

/** The same of an instance that is known to be a tensor. */
export function requirePayload(tensor: PyInstance): TensorPayload {
  const found = payloadOf(tensor);
  if (found === undefined) throw new TypeError('a tensor without payload');
  return found;
}

function wrap(cls: PyClass, payload: TensorPayload): PyInstance {
  const instance = new PyInstance(cls);
  instance.payload = payload;
  return instance;
}

/** A new tensor. Under `no_grad` its value is cut off from derivatives, as in PyTorch. */
export function makeTensor(
  interpreter: Interpreter,
  node: Node,
  dtype: TorchDtype,
  options: PayloadOptions = {},
): PyInstance {
  const context = torchContext(interpreter);
  const value = dtype === 'float32' ? roundedConstant(node) : node;
  return wrap(
    tensorClass,
    new TensorPayload(context.gradEnabled ? value : withoutGradient(value), dtype, context, options),
  );
}

/** The value cut off from derivatives; constants have none. */
export function withoutGradient(node: Node): Node {
  const source = node.primitive === 'broadcast' ? node.inputs[0] : node;
  const plain = source?.primitive === 'constant' || source?.primitive === 'stopGradient';
  return plain || node.dtype !== 'float' ? node : stopGradient(node);
}

/** How `detach()` and `.data` read the tensor they come from. */
export const cutOff =
  (context: TorchContext) =>
  (node: Node): Node =>
    context.ignoresCuts ? node : withoutGradient(node);

/** A tensor that shares the memory of `base`. */
export function makeView(
  interpreter: Interpreter,
  base: TensorPayload,
  rule: ViewRule,
  contiguous: boolean,
): PyInstance {
  return makeTensor(interpreter, rule.read(base.node), base.dtype, {
    device: base.device,
    view: { base, rule },
    contiguous,
  });
}

let unnamed = 0;

/** `nn.Parameter(data, requires_grad)`: an input of the graph whose initial value is that of `data`. */
export function makeParameter(
  interpreter: Interpreter,
  data: TensorPayload,
  requiresGrad = true,
  cls: PyClass = parameterClass,
): PyInstance {
  const context = torchContext(interpreter);
  const value = context.withGradient(false, () => data.node);
  const payload = new TensorPayload(value, data.dtype, context, { device: data.device });
  payload.becomeInput('parameter', `parameter${unnamed++}`);
  payload.requiresGrad = requiresGrad;
  return wrap(cls, payload);
}

/**
 * Makes a registered buffer an input of the graph, so that a checkpoint can set it. Its initial value stays what the
 * code gave it, and is what decides branches and sizes.
 */
export function makeBufferInput(name: string, tensor: PyInstance): Node<'input'> {
  const payload = payloadOf(tensor);
  if (payload === undefined) throw new TypeError(`the buffer ${name} is not a tensor`);
  return payload.becomeInput('buffer', name);
}

/** Initial value of a parameter or buffer input, row-major; made at each call. */
export function initialValueOf(tensor: PyInstance): ReturnType<typeof initialData> {
  const payload = payloadOf(tensor);
  if (payload === undefined) throw new TypeError('not a tensor');
  return initialData(payload.inputState?.initial ?? payload.node);
}
