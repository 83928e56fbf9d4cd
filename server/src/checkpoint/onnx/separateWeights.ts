/**
 * Weights that were equal when PyTorch exported them, as those of an untrained network are (scales of one, shifts of zero, copies of
 * a layer): its exporters write such values once, and leave biases of zero out. In the source each is a weight of its own, with its
 * own derivative; here each is one again. Weights that are shared in the source stay shared.
 */
import { exportedSignature } from './exportedSignature';
import type { OnnxModelFile, OnnxTensor } from './onnxModelFile';
import { withMatricesOnce } from './repeatedMatrices';
import type { NodeMessage } from './schema';
import { fromIdentities } from './weightsBehindIdentities';
import { fromSignature } from './weightsOfSignature';

/** A model without what was added to it. */
export type ReadModel = Omit<OnnxModelFile, 'separated' | 'readOut' | 'rewritten'>;

/** Weights that are written as others, and the graph that reads them by their own names. */
export interface Separated {
  readonly nodes: readonly NodeMessage[];
  readonly added: readonly OnnxTensor[];
  /** Parameters of the source that are in none of the file's tensors by themselves, as far as it tells. */
  readonly rewritten: readonly string[];
}

/** The model with each of its weights by itself. Other producers' files are as they are. */
export async function withSeparateWeights(file: ReadModel): Promise<OnnxModelFile> {
  const apart = { separated: new Set<string>(), readOut: new Set<string>(), rewritten: [] };
  if (file.producer !== 'pytorch') return { ...file, ...apart };
  const signature = exportedSignature(file);
  const model = signature === undefined ? await withMatricesOnce(file) : file;
  const none = { ...model, ...apart };
  const { nodes, added, rewritten } = await (signature === undefined
    ? fromIdentities(model)
    : fromSignature(model, signature));
  if (added.length === 0) return { ...none, rewritten };
  const readBefore = namesIn(model);
  const readNow = namesIn({ ...model, nodes });
  const kept = model.initializers.filter(({ name }) => readNow.has(name) || !readBefore.has(name));
  return {
    ...model,
    nodes,
    initializers: [...kept, ...added],
    separated: new Set(added.map(({ name }) => name)),
    readOut: new Set(),
    rewritten,
  };
}

/** Names that a graph reads, in its branches, too, or gives. */
function namesIn({ nodes, outputs }: Pick<ReadModel, 'nodes' | 'outputs'>): ReadonlySet<string> {
  const names = new Set(outputs.map(({ name }) => name));
  const pending = [nodes];
  for (let next = pending.pop(); next !== undefined; next = pending.pop())
    for (const { input, attribute } of next) {
      for (const name of input) names.add(name);
      for (const { g } of attribute) if (g) pending.push(g.node);
    }
  return names;
}
