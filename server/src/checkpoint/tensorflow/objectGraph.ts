/** Names that the program gave its variables, from the graph of objects in a checkpoint of TensorFlow 2. */
import { ByteRange, type ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';
import { DELIMITED, WireReader, type WireField } from '../onnx/wireReader';

export const OBJECT_GRAPH = '_CHECKPOINTABLE_OBJECT_GRAPH';

const LARGEST_GRAPH = 128 * 2 ** 20;
const LONGEST_NAME = 4096;
/** A text is stored as its length, a checksum of the length, and its bytes. */
const LENGTH_CHECKSUM = 4;

/** `hidden/kernel` by `model/_operations/1/_kernel/.ATTRIBUTES/VARIABLE_VALUE`, in the order of the graph. `bytes`: of the text tensor. */
export async function variableNames(bytes: ByteSource): Promise<ReadonlyMap<string, string>> {
  if (bytes.size > LARGEST_GRAPH)
    throw new CheckpointError(
      `a graph of objects of ${bytes.size} bytes`,
      bytes.name,
      OBJECT_GRAPH,
      'It is too large.',
    );
  const graph = await textOf(bytes);
  const reader = new WireReader(graph, 'graph of objects');
  const names = new Map<string, string>();
  // TrackableObjectGraph.nodes, TrackableObject.attributes, SerializedTensor.
  for await (const node of messages(reader, 1, 0, graph.size))
    for await (const attribute of messages(reader, 2, node.start, node.start + node.length)) {
      const texts = new Map<number, string>();
      for await (const field of reader.fields(attribute.start, attribute.start + attribute.length))
        if (field.wireType === DELIMITED && field.length <= LONGEST_NAME)
          texts.set(field.number, Buffer.from(await graph.read(field.start, field.length)).toString('utf8'));
      const [name, key] = [texts.get(2), texts.get(3)];
      if (name !== undefined && name !== '' && key !== undefined) names.set(key, name);
    }
  return names;
}

async function* messages(reader: WireReader, number: number, start: number, end: number): AsyncGenerator<WireField> {
  for await (const field of reader.fields(start, end))
    if (field.number === number && field.wireType === DELIMITED) yield field;
}

/** The only text of a scalar. */
async function textOf(bytes: ByteSource): Promise<ByteSource> {
  const start = await bytes.read(0, Math.min(bytes.size, 10));
  const end = start.findIndex((byte) => byte < 0x80) + 1;
  return new ByteRange(bytes, end + LENGTH_CHECKSUM, bytes.size - end - LENGTH_CHECKSUM);
}
