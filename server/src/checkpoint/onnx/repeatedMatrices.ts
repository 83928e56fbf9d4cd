/**
 * PyTorch's older exporter writes a matrix that it turned round once for every call, where initialisers are inputs as well (`keep_initializers_as_inputs`). Elsewhere it
 * writes one, and an Identity for each of the others: here all files have that form, from which weights that are shared are told. Copies of a layer, of
 * which such a file has all weights, stay apart.
 */
import { isFloatingType } from '../elementType';
import { areInSamePlace } from './copiedModules';
import { isExportersName } from './exporterNames';
import type { OnnxTensor } from './onnxModelFile';
import type { NodeMessage } from './schema';
import type { ReadModel } from './separateWeights';
import { piecesOf } from './tensorElements';
import { modulesThatRead } from './weightsBehindIdentities';

/** Never throws but for bytes that cannot be read. */
export async function withMatricesOnce(model: ReadModel): Promise<ReadModel> {
  const modules = modulesThatRead(model.nodes);
  const mayBeOne = (a: OnnxTensor, b: OnnxTensor): boolean => {
    const [one, other] = [modules.get(a.name), modules.get(b.name)];
    return one !== undefined && other !== undefined && !areInSamePlace(one, other);
  };
  const firsts = new Map<string, OnnxTensor[]>();
  const copies = new Map<OnnxTensor, NodeMessage>();
  for (const tensor of model.initializers) {
    if (!isTurned(tensor)) continue;
    const kind = `${tensor.typeName} ${tensor.shape.join()}`;
    const before = firsts.get(kind) ?? [];
    const first = await firstEqual(
      before.filter((each) => mayBeOne(each, tensor)),
      tensor,
    );
    if (first === undefined) firsts.set(kind, [...before, tensor]);
    else copies.set(tensor, identity(first.name, tensor.name));
  }
  if (copies.size === 0) return model;
  return {
    ...model,
    initializers: model.initializers.filter((tensor) => !copies.has(tensor)),
    nodes: [...copies.values(), ...model.nodes],
    inputs: model.inputs.filter(({ name }) => ![...copies.keys()].some((copy) => copy.name === name)),
  };
}

const isTurned = ({ name, type, bytes, shape }: OnnxTensor): boolean =>
  type !== undefined && bytes !== undefined && isFloatingType(type) && shape.length === 2 && isExportersName(name);

async function firstEqual(tensors: readonly OnnxTensor[], other: OnnxTensor): Promise<OnnxTensor | undefined> {
  for (const tensor of tensors) if (await areEqual(tensor, other)) return tensor;
  return undefined;
}

/** Read in pieces, as far as they are equal. */
async function areEqual(a: OnnxTensor, b: OnnxTensor): Promise<boolean> {
  const others = piecesOf(b)[Symbol.asyncIterator]();
  for await (const piece of piecesOf(a)) {
    const other = await others.next();
    if (other.done === true || !piece.every((value, i) => value === other.value[i])) return false;
  }
  return true;
}

const identity = (from: string, to: string): NodeMessage => ({
  opType: 'Identity',
  domain: '',
  input: [from],
  output: [to],
  attribute: [],
  name: '',
  metadataProps: [],
});
