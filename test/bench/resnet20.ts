/** ResNet-20 for CIFAR (He et al. 2016, projection shortcuts: 272 474 parameters) with its loss, as a graph. */
import type { Graph, Node } from '../../server/src/graph/node';
import { elementCount } from '../../server/src/graph/node';
import * as op from '../../server/src/graph/operations';
import type { Shape } from '../../server/src/graph/primitives';

export interface ResNet20 {
  readonly loss: Node;
  /** In the order in which PyTorch's module lists them. */
  readonly parameters: readonly Node<'input'>[];
  readonly image: Node<'input'>;
  readonly target: Node<'input'>;
  /** What a buffer (running mean and variance) or a parameter starts with: 'weight', 'scale', 'shift', 'mean' or 'variance'. */
  readonly roles: ReadonlyMap<Node<'input'>, Role>;
  /** Where the network ends and the loss begins. */
  readonly logits: Node;
  readonly graph: Graph;
}

export type Role = 'weight' | 'scale' | 'shift' | 'mean' | 'variance';

export function resnet20(batch: number): ResNet20 {
  const roles = new Map<Node<'input'>, Role>();
  const parameters: Node<'input'>[] = [];
  const declare = (role: Role, shape: Shape): Node<'input'> => {
    const node = op.input(`${role}${roles.size}`, shape);
    roles.set(node, role);
    if (role !== 'mean' && role !== 'variance') parameters.push(node);
    return node;
  };
  const convolution = (x: Node, outputs: number, kernel: number, stride: number): Node => {
    const w = declare('weight', [outputs, x.shape[1] ?? 0, kernel, kernel]);
    const border = (kernel - 1) / 2;
    return op.conv(x, w, {
      strides: [stride, stride],
      padding: [
        [border, border],
        [border, border],
      ],
      dilation: [1, 1],
      groups: 1,
    });
  };
  const perChannel = (x: Node): Node => op.reshape(x, [x.shape[0] ?? 0, 1, 1]);
  const normalised = (x: Node): Node => {
    const shape = [x.shape[1] ?? 0];
    const [scale, shift] = [declare('scale', shape), declare('shift', shape)];
    const [mean, variance] = [declare('mean', shape), declare('variance', shape)];
    const deviation = op.sqrt(op.add(variance, op.full(1e-5)));
    const centred = op.div(op.sub(x, perChannel(mean)), perChannel(deviation));
    return op.add(op.mul(centred, perChannel(scale)), perChannel(shift));
  };
  const relu = (x: Node): Node => op.select(op.lt(op.full(0), x), x, op.full(0));
  const block = (x: Node, outputs: number, stride: number): Node => {
    const inner = relu(normalised(convolution(x, outputs, 3, stride)));
    const residual = normalised(convolution(inner, outputs, 3, 1));
    const shortcut = stride === 1 ? x : normalised(convolution(x, outputs, 1, stride));
    return relu(op.add(residual, shortcut));
  };

  const image = op.input('image', [batch, 3, 32, 32]);
  const target = op.input('target', [batch], 'int');
  let x = relu(normalised(convolution(image, 16, 3, 1)));
  for (const channels of [16, 32, 64])
    for (let i = 0; i < 3; i++) x = block(x, channels, channels > 16 && i === 0 ? 2 : 1);
  const pooled = op.scale(op.reduceSum(x, [2, 3]), 1 / 64);
  const [weight, bias] = [declare('weight', [10, 64]), declare('shift', [10])];
  const axes = { lhsContract: [1], rhsContract: [1], lhsBatch: [], rhsBatch: [] };
  const logits = op.add(op.dot(pooled, weight, axes), bias);
  const largest = op.stopGradient(op.reshape(op.reduceMax(logits, 1), [batch, 1]));
  const shifted = op.sub(logits, largest);
  const logSum = op.log(op.reduceSum(op.exp(shifted), [1]));
  const chosen = op.reshape(op.takeAlong(shifted, op.reshape(target, [batch, 1]), 1), [batch]);
  const loss = op.scale(op.reduceSum(op.sub(logSum, chosen), [0]), 1 / batch);
  return {
    loss,
    logits,
    parameters,
    image,
    target,
    roles,
    graph: { inputs: [...roles.keys(), image, target], outputs: [loss] },
  };
}

/** Weights ~ N(0, 2/fan-out) as PyTorch's ResNet, scales and variances 1, the rest 0; `normal` draws from N(0, 1). */
export function initialData(role: Role, shape: Shape, normal: () => number): Float32Array {
  const fan = (shape[0] ?? 1) * elementCount(shape.slice(2));
  const deviation = Math.sqrt(2 / fan);
  return Float32Array.from({ length: elementCount(shape) }, () => {
    if (role === 'weight') return deviation * normal();
    return role === 'scale' || role === 'variance' ? 1 : 0;
  });
}
