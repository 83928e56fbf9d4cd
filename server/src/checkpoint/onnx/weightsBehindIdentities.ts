/**
 * PyTorch's older exporter writes equal weights once, and for the others an Identity with their name. Weights that the source shares have no
 * Identity; but matrices that the exporter turned round have one, whether they are shared or equal.
 */
import { isFloatingType } from '../elementType';
import { EqualWeights, isUniform } from './copiedModules';
import { isExportersName, moduleOf } from './exporterNames';
import type { OnnxTensor } from './onnxModelFile';
import type { NodeMessage } from './schema';
import type { ReadModel, Separated } from './separateWeights';

interface Copy {
  readonly node: NodeMessage;
  readonly tensor: OnnxTensor;
  readonly name: string;
}

/** Never throws but for bytes that cannot be read. */
export async function fromIdentities({ nodes, initializers }: ReadModel): Promise<Separated> {
  const tensors = new Map(initializers.map((tensor) => [tensor.name, tensor]));
  const copies = nodes.flatMap((node): Copy[] => {
    const tensor = node.opType === 'Identity' ? tensors.get(node.input[0] ?? '') : undefined;
    const [name = ''] = node.output;
    return tensor?.type !== undefined && isFloatingType(tensor.type) ? [{ node, tensor, name }] : [];
  });
  const rewritten = madeKernels(nodes, tensors);
  if (copies.length === 0) return { nodes, added: [], rewritten };
  const modules = modulesThatRead(nodes);
  const equal = new EqualWeights();
  for (const { tensor, name } of copies) if (!isExportersName(name)) equal.add(tensor.name, name);
  const separate = new Set<Copy>();
  for (const copy of copies) if (await isSeparate(copy, modules, equal)) separate.add(copy);
  const dropped = new Set([...separate].map(({ node }) => node));
  return {
    nodes: nodes.filter((node) => !dropped.has(node)),
    added: [...separate].map(({ tensor, name }) => ({ ...tensor, name })),
    rewritten,
  };
}

/** Kernels of convolutions stand in a file as in the source, unless they were computed: joined with a batch normalisation, or of a norm and a direction. */
const madeKernels = (nodes: readonly NodeMessage[], tensors: ReadonlyMap<string, OnnxTensor>): string[] =>
  nodes.flatMap(({ opType, input: [, kernel = ''] }) =>
    (opType === 'Conv' || opType === 'ConvTranspose') && tensors.has(kernel) && isExportersName(kernel) ? [kernel] : [],
  );

/** By the name of a value: the module of the first operator that computes with it. */
export function modulesThatRead(nodes: readonly NodeMessage[]): ReadonlyMap<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  for (const node of nodes)
    if (node.opType !== 'Identity')
      for (const name of node.input) if (!found.has(name)) found.set(name, moduleOf(node));
  return found;
}

/** A second call of a module has a number behind its name: `/norm_1/Mul`. */
const calledModule = (module: string): string =>
  module
    .split('.')
    .map((part) => part.replace(/_\d+$/, ''))
    .join('.');

async function isSeparate(
  { tensor, name }: Copy,
  modules: ReadonlyMap<string, string | undefined>,
  equal: EqualWeights,
): Promise<boolean> {
  if (!isExportersName(name)) return true;
  const [one, other] = [modules.get(tensor.name), modules.get(name)];
  if (one === undefined || other === undefined) return false;
  // A vector that is computed of a weight of the same module, as a third of the bias of attention, is no weight turned round.
  if (one === other) return tensor.shape.length === 1 && (await isUniform(tensor));
  return equal.areCopies(one, other) || (calledModule(one) !== calledModule(other) && isUniform(tensor));
}
