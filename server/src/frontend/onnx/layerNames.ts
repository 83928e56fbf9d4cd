/** Names of layers, as far as a graph keeps them: in the names of its weights and of its operators. */
import { isExportersName, moduleOf } from '../../checkpoint/onnx/exporterNames';
import type { NodeMessage } from '../../checkpoint/onnx/schema';

/** The layer of a weight: the module in its own name, else that of the first operator that reads it. */
export function layerOfWeight(name: string, reader: NodeMessage | undefined): string {
  const dot = name.lastIndexOf('.');
  if (dot > 0 && !isExportersName(name)) return name.slice(0, dot);
  const module = reader === undefined ? undefined : moduleOf(reader);
  if (module !== undefined && module !== '') return module;
  const own = reader?.name === '' ? reader.output[0] : reader?.name;
  return own ?? '';
}
