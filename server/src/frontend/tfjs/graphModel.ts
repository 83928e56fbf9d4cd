/**
 * A graph model of TensorFlow.js (`format: "graph-model"`) in the structure of an ONNX file: nodes with attributes, weights and inputs. The
 * operators stay TensorFlow's, in a domain of their own (operators/).
 */
import { CheckpointError } from '../../checkpoint/checkpointError';
import { madeAttribute } from '../../checkpoint/onnx/madeAttribute';
import type { OnnxModelFile, OnnxTensor } from '../../checkpoint/onnx/onnxModelFile';
import type { AttributeMessage, NodeMessage, ValueInfoMessage } from '../../checkpoint/onnx/schema';
import type { TfjsModelFile } from '../../checkpoint/tfjs';
import { TENSORFLOW } from './operators/table';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '') ? Number(value) : 0;

const MOST_NODES = 200_000;

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly attributes: Json;
}

/** Throws a CheckpointError for a graph that cannot be followed. `signature`: names of inputs and outputs, where the file has one. */
export function graphModel(
  { topology, weights }: Pick<TfjsModelFile, 'topology' | 'weights'>,
  signature: unknown,
  file: string,
): OnnxModelFile {
  const nodes = inOrder(nodesOf(topology, file), file);
  const initializers = weights.map(({ name, shape, type, bytes }): OnnxTensor => ({
    name,
    shape,
    type,
    typeName: type,
    bytes,
  }));
  const weightNames = new Set(weights.map(({ name }) => name));
  const computed = nodes.filter(({ op, name }) => !sources.has(op) && !weightNames.has(name));
  const missing = nodes.find(({ op, name }) => op === 'Const' && !weightNames.has(name));
  if (missing !== undefined)
    throw new CheckpointError('a constant has no values in the manifest', file, `node '${missing.name}'`);
  return {
    irVersion: 0,
    producer: 'TensorFlow.js',
    opsets: [{ domain: TENSORFLOW, version: 1 }],
    metadata: [],
    graphMetadata: [],
    functions: [],
    nodes: computed.map((node) => message(node, highestOutput(nodes, node.name))),
    initializers,
    inputs: nodes.filter(({ op }) => op === 'Placeholder').map(placeholder),
    outputs: outputsOf(nodes, computed, signature).map((name) => ({ name, type: null, metadataProps: [] })),
    valueInfo: [],
    externalFiles: [],
    dequantised: new Set(),
    separated: new Set(),
    readOut: new Set(),
    rewritten: [],
  };
}

/** What gives values without computing. */
const sources: ReadonlySet<string> = new Set(['Placeholder', 'Const', 'NoOp']);

function nodesOf(topology: unknown, file: string): GraphNode[] {
  const listed = isObject(topology) ? listOf(topology['node']) : [];
  if (listed.length === 0 || listed.length > MOST_NODES)
    throw new CheckpointError(`a graph of ${listed.length} nodes`, file, 'modelTopology');
  return listed.map((node, i) => {
    if (!isObject(node) || textOf(node['name']) === '' || textOf(node['op']) === '')
      throw new CheckpointError('a node needs name and op', file, `modelTopology.node[${i}]`);
    return {
      name: textOf(node['name']),
      op: textOf(node['op']),
      // `^name` only orders nodes in time.
      inputs: listOf(node['input'])
        .map(textOf)
        .filter((input) => input !== '' && !input.startsWith('^'))
        .map((input) => input.replace(/:0$/, '')),
      attributes: isObject(node['attr']) ? node['attr'] : {},
    };
  });
}

const ownerOf = (value: string): string => value.replace(/:\d+$/, '');

/** Each node after those that it reads. Throws where they wait for each other. */
function inOrder(nodes: readonly GraphNode[], file: string): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const waits = new Map(nodes.map((node) => [node.name, new Set(node.inputs.map(ownerOf)).size]));
  const readers = new Map<string, string[]>();
  for (const { name, inputs } of nodes)
    for (const owner of new Set(inputs.map(ownerOf))) {
      if (!byName.has(owner)) throw new CheckpointError(`nothing gives its input '${owner}'`, file, `node '${name}'`);
      readers.set(owner, [...(readers.get(owner) ?? []), name]);
    }
  const ready = nodes.filter(({ name }) => waits.get(name) === 0).map(({ name }) => name);
  const ordered: GraphNode[] = [];
  for (const name of ready) {
    const node = byName.get(name);
    if (node !== undefined) ordered.push(node);
    for (const reader of readers.get(name) ?? []) {
      const left = (waits.get(reader) ?? 0) - 1;
      waits.set(reader, left);
      if (left === 0) ready.push(reader);
    }
  }
  if (ordered.length < byName.size)
    throw new CheckpointError(
      'its nodes wait for each other (a loop of the program), which is not read',
      file,
      'modelTopology',
      'Convert a model without loops.',
    );
  return ordered;
}

/** The last output of a node that anybody reads. */
function highestOutput(nodes: readonly GraphNode[], name: string): number {
  const own = new RegExp(`^${name.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}:(\\d+)$`);
  let highest = 0;
  for (const { inputs } of nodes)
    for (const input of inputs)
      if (input.startsWith(name)) highest = Math.max(highest, Number(own.exec(input)?.[1] ?? 0));
  return highest;
}

const message = ({ name, op, inputs, attributes }: GraphNode, last: number): NodeMessage => ({
  name,
  opType: op,
  domain: TENSORFLOW,
  input: inputs,
  output: [name, ...Array.from({ length: last }, (_, i) => `${name}:${i + 1}`)],
  attribute: Object.entries(attributes).map(([key, value]) => attribute(key, isObject(value) ? value : {})),
  metadataProps: [],
});

/** Texts are base64 in JSON, or lists of their bytes. */
function bytesOf(value: unknown): Uint8Array {
  if (Array.isArray(value)) return Uint8Array.from(value, Number);
  try {
    return Uint8Array.from(atob(textOf(value)), (character) => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

/** A type by its name or its number. */
const typeName = (type: unknown): string => (typeof type === 'number' ? String(type) : textOf(type));

/** Booleans are 0 and 1; names of types are text. */
function attribute(name: string, value: Json): AttributeMessage {
  const list = isObject(value['list']) ? value['list'] : {};
  const type = value['type'];
  return madeAttribute(name, {
    f: numberOf(value['f']),
    i: typeof value['b'] === 'boolean' ? Number(value['b']) : numberOf(value['i']),
    s: type === undefined ? bytesOf(value['s']) : new TextEncoder().encode(typeName(type)),
    floats: listOf(list['f']).map(numberOf),
    ints: listOf(list['i']).map(numberOf),
    strings: listOf(list['s']).map(bytesOf),
  });
}

/** Types of inputs by TensorFlow's names and numbers, as ONNX numbers them. */
const inputTypes: Readonly<Record<string, number>> = {
  DT_FLOAT: 1,
  1: 1,
  DT_INT32: 6,
  3: 6,
  DT_UINT8: 2,
  4: 2,
  DT_INT64: 7,
  9: 7,
  DT_BOOL: 9,
  10: 9,
};

function placeholder({ name, attributes }: GraphNode): ValueInfoMessage {
  const { dtype, shape } = attributes;
  const sizes = isObject(shape) && isObject(shape['shape']) ? listOf(shape['shape']['dim']) : [];
  const dim = sizes.map((size) => ({
    dimValue: Math.max(0, numberOf(isObject(size) ? size['size'] : 0)),
    dimParam: '',
  }));
  const elemType = inputTypes[typeName(isObject(dtype) ? dtype['type'] : '')] ?? 0;
  return { name, type: { tensorType: { elemType, shape: { dim } } }, metadataProps: [] };
}

/** Those of the signature; without one, what nothing reads. */
function outputsOf(nodes: readonly GraphNode[], computed: readonly GraphNode[], signature: unknown): string[] {
  const known = new Set(nodes.map(({ name }) => name));
  const named = isObject(signature) && isObject(signature['outputs']) ? Object.values(signature['outputs']) : [];
  const signed = named
    .map((each) => textOf(isObject(each) ? each['name'] : undefined).replace(/:0$/, ''))
    .filter((name) => known.has(ownerOf(name)));
  if (signed.length > 0) return signed;
  const read = new Set(nodes.flatMap(({ inputs }) => inputs.map(ownerOf)));
  return computed.filter(({ name }) => !read.has(name)).map(({ name }) => name);
}
