/** ONNX models: their initialisers as tensors, their graph as metadata. */
import { readStart } from '../byteSource';
import type { CheckpointWarning } from '../checkpoint';
import { branch, plain, type ContentNode } from '../contents';
import type { Format } from '../format';
import { readOnnxModelFile, type OnnxModelFile, type OnnxTensor } from '../onnx/onnxModelFile';
import type { ValueInfoMessage } from '../onnx/schema';
import { contiguousStrides, StridedTensor } from '../stridedTensor';

/** Tag of `ir_version`, a version, and the tag of another field of a model (numbers 2 to 8, 14, 20, 25). */
const looksLikeModel = ([tag, version = 0, next = 0]: Uint8Array): boolean =>
  tag === 0x08 && version >= 1 && version <= 20 && [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72].includes(next);

export const onnx: Format = {
  async match(source) {
    return /\.onnx$/i.test(source.name) || looksLikeModel(await readStart(source, 3));
  },

  async read(source, { openBeside }) {
    const model = await readOnnxModelFile(source, openBeside);
    const warnings: CheckpointWarning[] = [];
    const tensors = model.initializers.map((tensor) => [tensor.name, tensorNode(tensor, warnings)] as const);
    return {
      format: 'onnx',
      root: branch([...tensors, ['__metadata__', graphMetadata(model)]]),
      warnings,
      sources: model.externalFiles,
    };
  },
};

function tensorNode({ name, shape, type, typeName, bytes }: OnnxTensor, warnings: CheckpointWarning[]): ContentNode {
  if (type === undefined || bytes === undefined) {
    const message = type === undefined ? `elements of type ${typeName} are not read` : 'its data are in another file';
    warnings.push({ code: 'HL403', message, where: `initialiser '${name}'` });
    return plain(`<tensor ${typeName} [${shape.join(', ')}]>`);
  }
  const storage = { key: name, bytes, littleEndian: true };
  const layout = { shape, strides: contiguousStrides(shape), offset: 0 };
  return { kind: 'tensor', shape, typeName, named: (path) => new StridedTensor(path, type, storage, layout) };
}

/** Layers that are listed; a graph may have a hundred thousand. */
const MOST_LAYERS = 1000;

function graphMetadata(model: OnnxModelFile): ContentNode {
  const weights = new Set(model.initializers.map(({ name }) => name));
  const own = model.nodes.filter(({ input }) => input.some((name) => weights.has(name)));
  const left = own.length - MOST_LAYERS;
  const layers = own.slice(0, MOST_LAYERS).map(({ name, opType, input, output }) => {
    const parts = input.filter((each) => weights.has(each));
    return plain(`${opType} ${name === '' ? (output[0] ?? '') : name}: ${parts.join(', ')}`);
  });
  const list = (entries: readonly ContentNode[]): ContentNode =>
    branch(
      entries.map((entry, index) => [String(index), entry] as const),
      'list',
    );
  return branch([
    ['producer', plain(model.producer)],
    ['ir_version', plain(model.irVersion)],
    ['opsets', plain(Object.fromEntries(model.opsets.map(({ domain, version }) => [domain || 'ai.onnx', version])))],
    ['inputs', list(model.inputs.filter(({ name }) => !weights.has(name)).map((input) => plain(valueText(input))))],
    ['outputs', list(model.outputs.map((output) => plain(valueText(output))))],
    ['operators', plain(model.nodes.length)],
    ...(model.dequantised.size === 0
      ? []
      : [
          [
            'dequantised',
            plain(`${model.dequantised.size} of its tensors are kept as whole numbers with scales`),
          ] as const,
        ]),
    ['layers', list([...layers, ...(left > 0 ? [plain(`${left} more`)] : [])])],
    ...model.metadata.map(({ key, value }) => [`metadata ${key}`, plain(value)] as const),
  ]);
}

function valueText({ name, type }: ValueInfoMessage): string {
  const dimensions = type?.tensorType?.shape?.dim.map(({ dimParam, dimValue }) => dimParam || dimValue);
  return dimensions === undefined ? name : `${name} [${dimensions.join(', ')}]`;
}
