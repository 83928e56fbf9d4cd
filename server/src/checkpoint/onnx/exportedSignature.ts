/** What PyTorch's newer exporter notes of a model's values: which were parameters, which buffers. */
import type { OnnxModelFile } from './onnxModelFile';

export type NotedKind = 'PARAMETER' | 'BUFFER' | 'CONSTANT_TENSOR' | 'other';

const KIND = 'pkg.torch.export.graph_signature.InputSpec.kind';
const SIGNATURE = 'pkg.torch.export.ExportedProgram.graph_signature';

export interface ExportedSignature {
  /** By name, in the order of the source: of values that the file still has, and of those that were folded into others. */
  readonly kinds: ReadonlyMap<string, NotedKind>;
  /** Parameters of the source that no initialiser has the name of: others were computed from them. */
  readonly folded: number;
}

const kindOf = (text: string): NotedKind =>
  text === 'PARAMETER' || text === 'BUFFER' || text === 'CONSTANT_TENSOR' ? text : 'other';

/** Undefined for a file without such notes. */
export function exportedSignature(
  model: Pick<OnnxModelFile, 'graphMetadata' | 'inputs' | 'initializers' | 'valueInfo'>,
): ExportedSignature | undefined {
  const kinds = new Map<string, NotedKind>();
  const signature = model.graphMetadata.find(({ key }) => key === SIGNATURE)?.value ?? '';
  // Lines such as: p_layers_0_weight: PARAMETER target='layers.0.weight'
  for (const [, kind = '', target = ''] of signature.matchAll(/^\S+: ([A-Z_]+) target='([^'\n]+)'/gm))
    kinds.set(target, kindOf(kind));
  for (const { name, metadataProps } of [...model.valueInfo, ...model.inputs]) {
    const kind = metadataProps.find(({ key }) => key === KIND)?.value;
    if (kind !== undefined) kinds.set(name, kindOf(kind));
  }
  if (kinds.size === 0) return undefined;
  const present = new Set(model.initializers.map(({ name }) => name));
  const folded = [...kinds].filter(([name, kind]) => kind === 'PARAMETER' && !present.has(name)).length;
  return { kinds, folded };
}
