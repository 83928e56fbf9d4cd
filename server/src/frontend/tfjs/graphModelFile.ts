/** Opens a graph model of TensorFlow.js: what converters make of a SavedModel, with constants and weights in one manifest. */
import type { CheckpointFiles } from '../../checkpoint/checkpointFiles';
import { isFloatingType } from '../../checkpoint/elementType';
import type { OnnxTensor } from '../../checkpoint/onnx/onnxModelFile';
import { readTfjsModelFile } from '../../checkpoint/tfjs';
import { elementCount } from '../../graph/node';
import type { OpenedModelFile } from '../modelFiles';
import { initializersOf, statisticsOf, type InitializerKind } from '../onnx/initializers';
import { traceOnnx } from '../onnx/traceOnnx';
import { graphModel } from './graphModel';
import { whyOperatorRefused } from './operators/refused';
import { tensorflowOperator } from './operators/table';

/** Operands that are running statistics. */
const statistics = { FusedBatchNorm: [3, 4], FusedBatchNormV2: [3, 4], FusedBatchNormV3: [3, 4] };

/** Throws a CheckpointError for a damaged file. Shards are looked for in the file's folder only. */
export async function openGraphModel(
  files: CheckpointFiles,
  json: Readonly<Record<string, unknown>>,
  path: string,
): Promise<OpenedModelFile> {
  const content = await readTfjsModelFile(json, path, (name) => files.openBeside(path, name));
  const structure = graphModel(content, json['signature'] ?? signatureOf(json['userDefinedMetadata']), path);
  const buffers = statisticsOf(structure, statistics);
  const initializers = await initializersOf(structure, path, (tensor) => kindOf(tensor, buffers));
  const operators = {
    named: tensorflowOperator,
    documentation: 'docs/tensorflowjs.md',
    whyRefused: whyOperatorRefused,
  };
  const model = { file: path, structure, initializers, operators };
  return {
    trace: (request) => traceOnnx(model, request),
    ownWeights: path,
    outputs: structure.outputs.map(({ name }) => name),
  };
}

/** Older converters keep it there. */
const signatureOf = (metadata: unknown): unknown =>
  typeof metadata === 'object' && metadata !== null && 'signature' in metadata ? metadata.signature : undefined;

/** Single numbers are constants of the program (a slope, an ε), unless they are a bias. */
function kindOf({ name, type, shape }: OnnxTensor, buffers: ReadonlySet<string>): InitializerKind {
  if (type === undefined || !isFloatingType(type)) return 'constant';
  if (buffers.has(name)) return 'buffer';
  const isSingle = elementCount(shape) === 1 && shape.length !== 1;
  return isSingle ? 'constant' : 'parameter';
}
