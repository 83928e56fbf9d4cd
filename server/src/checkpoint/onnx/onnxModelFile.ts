/** The structure of an ONNX file: its graph in full, of its initialisers only where their values lie. */
import { ByteRange, type ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';
import { elementCount } from '../elementCount';
import { elementWidth, type ElementType } from '../elementType';
import { withDequantisedWeights } from './dequantised';
import { ExternalData, type OpenBeside } from './externalData';
import {
  decodeMessage,
  elementTypeOf,
  typeNameOf,
  type EntryMessage,
  type FunctionMessage,
  type NodeMessage,
  type OperatorSetMessage,
  type TensorMessage,
  type ValueInfoMessage,
} from './schema';
import { withSeparateWeights } from './separateWeights';
import { withTablesOnce } from './tablesReadOut';
import { elementsInFile, holdsElements } from './tensorElements';
import { PackedIntegers, type WholeNumbers } from './wholeNumbers';
import { DELIMITED, WireReader, type WireField } from './wireReader';

/** A tensor of the file; its bytes are read when they are asked for. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Undefined for types that are not read. */
  readonly type: ElementType | undefined;
  readonly typeName: string;
  /** Row-major, little-endian. Undefined for types that are not read, and for external data where no files are given. */
  readonly bytes: ByteSource | undefined;
  /** Of int4 and uint4, which are read where they stand for floating numbers. */
  readonly packed?: WholeNumbers;
}

export interface OnnxModelFile {
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly OperatorSetMessage[];
  readonly metadata: readonly EntryMessage[];
  /** Notes of the exporter on the graph. */
  readonly graphMetadata: readonly EntryMessage[];
  readonly functions: readonly FunctionMessage[];
  readonly nodes: readonly NodeMessage[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly ValueInfoMessage[];
  readonly outputs: readonly ValueInfoMessage[];
  readonly valueInfo: readonly ValueInfoMessage[];
  /** Files with data of initialisers, in the order in which they are first named. */
  readonly externalFiles: readonly ByteSource[];
  /** Initialisers that the file keeps as whole numbers with scales: here they are the floating numbers these stand for. */
  readonly dequantised: ReadonlySet<string>;
  /** Initialisers that the file has once for several that were equal, or not at all, since they were zero. */
  readonly separated: ReadonlySet<string>;
  /** Initialisers that repeat the rows of a weight: here each is made of that weight, or of its rows. */
  readonly readOut: ReadonlySet<string>;
  /** Parameters of the source that the exporter joined with others, cut, or computed with, as far as it tells. */
  readonly rewritten: readonly string[];
}

/** Bytes of everything but the values of initialisers. */
const LARGEST_STRUCTURE = 256 * 2 ** 20;
/** Operators, tensors and notes: the graphs of the largest models have some ten thousand. */
const MOST_PARTS = 300_000;

const modelField = { irVersion: 1, producer: 2, graph: 7, opset: 8, metadata: 14, function: 25 } as const;
const graphField = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13, sparse: 15, metadata: 16 } as const;

/** Numbers of four bits, by TensorProto.DataType. */
const packedTypes: Readonly<Record<number, { readonly signed: boolean } | undefined>> = {
  21: { signed: false },
  22: { signed: true },
};

/** Throws a CheckpointError for a file that is damaged, too large, or names data outside its folder. */
export const readOnnxModelFile = (source: ByteSource, openBeside?: OpenBeside): Promise<OnnxModelFile> =>
  new OnnxFileReader(source, openBeside).read();

class OnnxFileReader {
  private readonly wire: WireReader;
  private spent = 0;
  private parts = 0;
  private readonly external: ExternalData;
  constructor(
    private readonly source: ByteSource,
    openBeside: OpenBeside | undefined,
  ) {
    this.wire = new WireReader(source);
    this.external = new ExternalData(source.name, openBeside);
  }

  async read(): Promise<OnnxModelFile> {
    const found = {
      irVersion: 0,
      producer: '',
      opsets: new Array<OperatorSetMessage>(),
      metadata: new Array<EntryMessage>(),
      functions: new Array<FunctionMessage>(),
    };
    let graph: Graph | undefined;
    for await (const field of this.wire.fields(0, this.source.size)) {
      if (field.number === modelField.irVersion) found.irVersion = field.value;
      if (field.wireType !== DELIMITED) continue;
      if (field.number === modelField.producer) found.producer = new TextDecoder().decode(await this.bytes(field));
      if (field.number === modelField.opset) found.opsets.push(await this.message('OperatorSet', field));
      if (field.number === modelField.metadata) found.metadata.push(await this.message('Entry', field));
      if (field.number === modelField.function) found.functions.push(await this.message('Function', field));
      if (field.number === modelField.graph) graph = await this.graph(field);
    }
    if (graph === undefined) throw this.failure('there is no graph in it', 'file');
    return withTablesOnce(
      await withSeparateWeights(
        await withDequantisedWeights({ ...found, ...graph, externalFiles: this.external.files }),
      ),
    );
  }

  private async graph(graph: WireField): Promise<Graph> {
    const found = {
      nodes: new Array<NodeMessage>(),
      initializers: new Array<OnnxTensor>(),
      inputs: new Array<ValueInfoMessage>(),
      outputs: new Array<ValueInfoMessage>(),
      valueInfo: new Array<ValueInfoMessage>(),
      graphMetadata: new Array<EntryMessage>(),
    };
    for await (const field of this.wire.fields(graph.start, graph.start + graph.length)) {
      if (field.wireType !== DELIMITED) continue;
      if (field.number === graphField.node) found.nodes.push(await this.message('Node', field));
      if (field.number === graphField.initializer) found.initializers.push(await this.initializer(field));
      if (field.number === graphField.input) found.inputs.push(await this.message('ValueInfo', field));
      if (field.number === graphField.output) found.outputs.push(await this.message('ValueInfo', field));
      if (field.number === graphField.valueInfo) found.valueInfo.push(await this.message('ValueInfo', field));
      if (field.number === graphField.metadata) found.graphMetadata.push(await this.message('Entry', field));
      if (field.number === graphField.sparse)
        throw this.failure('sparse initialisers are not read', `byte ${field.start}`);
    }
    return found;
  }

  /** The tensor without its elements, which may be most of the file. */
  private async initializer(field: WireField): Promise<OnnxTensor> {
    const pieces: Uint8Array[] = [];
    const ranges = new Map<number, ByteSource[]>();
    let kept = field.start;
    const end = field.start + field.length;
    for await (const inner of this.wire.fields(field.start, end)) {
      if (inner.wireType !== DELIMITED || !holdsElements(inner.number)) continue;
      const range = new ByteRange(this.source, inner.start, inner.length);
      const before = ranges.get(inner.number);
      if (before === undefined) ranges.set(inner.number, [range]);
      else before.push(range);
      pieces.push(await this.piece(kept, inner.tag));
      kept = inner.start + inner.length;
    }
    pieces.push(await this.piece(kept, end));
    const message = this.decode('Tensor', joined(pieces), field);
    return this.tensor(message, ranges);
  }

  private async tensor(
    message: TensorMessage,
    ranges: ReadonlyMap<number, readonly ByteSource[]>,
  ): Promise<OnnxTensor> {
    const { name, dims: shape, dataType } = message;
    const type = elementTypeOf[dataType];
    const described = { name, shape, type, typeName: typeNameOf(dataType) };
    const nibbles = packedTypes[dataType];
    if (type === undefined && nibbles === undefined) return { ...described, bytes: undefined };
    const elements = this.elementsOf(described);
    const expected = type === undefined ? Math.ceil(elements / 2) : elements * elementWidth(type);
    const bytes =
      message.dataLocation === 1
        ? await this.external.bytes(name, message.externalData, expected)
        : await elementsInFile(message, type ?? 'uint8', ranges, this.source.name);
    if (bytes !== undefined && bytes.size !== expected)
      throw this.failure(
        `${described.typeName} [${shape.join(', ')}] takes ${expected} bytes, ${bytes.size} are given`,
        `initialiser '${name}'`,
      );
    if (bytes === undefined || nibbles === undefined) return { ...described, bytes };
    return { ...described, bytes: undefined, packed: new PackedIntegers(bytes, elements, 4, nibbles.signed) };
  }

  private elementsOf({ name, shape }: Pick<OnnxTensor, 'name' | 'shape'>): number {
    const elements = elementCount(shape);
    // Bytes of the widest type are still counted exactly.
    if (shape.every((size) => Number.isSafeInteger(size) && size >= 0) && Number.isSafeInteger(16 * elements))
      return elements;
    throw this.failure(`the shape [${shape.join(', ')}] is impossible`, `initialiser '${name}'`);
  }

  private async message<K extends Parameters<typeof decodeMessage>[0]>(
    kind: K,
    field: WireField,
  ): Promise<ReturnType<typeof decodeMessage<K>>> {
    return this.decode(kind, await this.bytes(field), field);
  }

  private decode<K extends Parameters<typeof decodeMessage>[0]>(
    kind: K,
    bytes: Uint8Array,
    field: WireField,
  ): ReturnType<typeof decodeMessage<K>> {
    try {
      return decodeMessage(kind, bytes);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw this.failure(`a message ${kind} cannot be read: ${reason}`, `byte ${field.start}`);
    }
  }

  private bytes(field: WireField): Promise<Uint8Array> {
    return this.piece(field.start, field.start + field.length);
  }

  /** Bytes of the structure, which are counted. */
  private piece(start: number, end: number): Promise<Uint8Array> {
    this.spent += end - start;
    this.parts += 1;
    if (this.spent > LARGEST_STRUCTURE || this.parts > MOST_PARTS)
      throw this.failure(
        `its graph takes more than ${LARGEST_STRUCTURE / 2 ** 20} MiB or ${MOST_PARTS} parts`,
        `byte ${start}`,
        'Keep large constants as initialisers.',
      );
    return this.source.read(start, end - start);
  }

  private failure(reason: string, where: string, hint = 'Export the model again.'): CheckpointError {
    return new CheckpointError(reason, this.source.name, where, hint);
  }
}

type Graph = Pick<OnnxModelFile, 'graphMetadata' | 'nodes' | 'initializers' | 'inputs' | 'outputs' | 'valueInfo'>;

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const piece of pieces) {
    whole.set(piece, position);
    position += piece.length;
  }
  return whole;
}
