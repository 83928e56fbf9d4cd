/** Initialisers that an exporter computed while it wrote the file: they have no name of the source. */
import type { ExportedSignature } from './exportedSignature';
import { isExportersName } from './exporterNames';
import type { OnnxTensor } from './onnxModelFile';

/** `separated`: names that were given to weights of the source after the file was read. */
export const isMadeTensor =
  (signature: ExportedSignature | undefined, separated: ReadonlySet<string>) =>
  ({ name }: Pick<OnnxTensor, 'name'>): boolean =>
    signature === undefined
      ? isExportersName(name)
      : !signature.kinds.has(name) && (!name.includes('.') || separated.has(name));
