/** One of ONNX's own cases of operators: its graph run by our rules, beside what ONNX expects. */
import { MemoryByteSource } from '../../server/src/checkpoint/byteSource';
import { readOnnxModelFile, type OnnxModelFile } from '../../server/src/checkpoint/onnx/onnxModelFile';
import { GraphRun } from '../../server/src/frontend/onnx/graphRun';
import { constantNode, readInitializers } from '../../server/src/frontend/onnx/initializers';
import { isSequence, type OnnxValue } from '../../server/src/frontend/onnx/operatorCall';
import { operatorNamed } from '../../server/src/frontend/onnx/operators/table';
import { evaluate } from '../../server/src/graph/evaluate/evaluate';
import { input } from '../../server/src/graph/operations';
import type { Node } from '../../server/src/graph/node';
import type { ConstantData } from '../../server/src/graph/primitives';

export interface CaseTensor {
  readonly kind: 'float' | 'int' | 'bool' | 'other';
  /** As NumPy calls it. */
  readonly type: string;
  readonly shape: readonly number[];
  /** float64, little-endian, in base64. */
  readonly data: string;
}

export interface OnnxCase {
  readonly name: string;
  readonly model: string;
  readonly inputs: Readonly<Record<string, CaseTensor>>;
  readonly outputs: Readonly<Record<string, CaseTensor>>;
}

/** `skipped`: it has values that are no numbers. */
export type Verdict =
  { readonly kind: 'passed' | 'skipped' } | { readonly kind: 'refused' | 'wrong'; readonly reason: string };

const bytesOf = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'base64'));

/** Numbers of a tensor. */
function numbersOf({ data }: CaseTensor): Float64Array {
  const bytes = bytesOf(data);
  return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
}

const typeNames = { float: 'float64', int: 'int64', bool: 'bool', other: '' } as const;

interface Run {
  readonly outputs: readonly (OnnxValue | undefined)[];
  readonly feeds: ReadonlyMap<Node, ConstantData>;
}

/** `known`: whether floating inputs are constants of the graph, as sizes and bounds of some operators must be. */
async function run(model: OnnxModelFile, inputs: OnnxCase['inputs'], known: boolean): Promise<Run> {
  const initializers = await readInitializers(model, 'case');
  const values = new Map<string, OnnxValue>();
  const feeds = new Map<Node, ConstantData>();
  for (const [name, { tensor, values: numbers }] of initializers)
    values.set(name, constantNode(numbers ?? new Float64Array(0), tensor.typeName, tensor.shape));
  for (const [name, tensor] of Object.entries(inputs)) {
    const isFed = tensor.kind === 'float' && !known;
    const node = isFed
      ? input(name, tensor.shape)
      : constantNode(numbersOf(tensor), typeNames[tensor.kind], tensor.shape);
    values.set(name, node);
    if (isFed) feeds.set(node, numbersOf(tensor));
  }
  new GraphRun({
    training: false,
    seconds: 20,
    batch: { written: undefined, read: 1 },
    versions: new Map(model.opsets.map(({ domain, version }) => [domain === 'ai.onnx' ? '' : domain, version])),
    functions: model.functions,
    operators: { named: operatorNamed, documentation: 'docs/onnx.md' },
    valuesOf: () => undefined,
    onOperator: () => undefined,
  }).run(model.nodes, values);
  return { outputs: model.outputs.map(({ name }) => values.get(name)), feeds };
}

/** Half precision is not rounded to by us; in ONNX's cases several roundings follow each other. */
const tolerances: Readonly<Record<string, number>> = { bfloat16: 2 ** -6, float16: 2 ** -9 };

/** As ONNX's own runner compares. */
const isClose = (value: number, expected: number, type: string): boolean =>
  value === expected ||
  (Number.isNaN(value) && Number.isNaN(expected)) ||
  Math.abs(value - expected) <= 3e-7 + (tolerances[type] ?? 1e-3) * Math.abs(expected);

function difference(name: string, found: Node, values: ConstantData, expected: CaseTensor): string | undefined {
  if (found.shape.join() !== expected.shape.join())
    return `${name}: [${found.shape.join(', ')}] instead of [${expected.shape.join(', ')}]`;
  const wrong = numbersOf(expected).findIndex((value, i) => !isClose(values[i] ?? NaN, value, expected.type));
  return wrong < 0 ? undefined : `${name}[${wrong}]: ${values[wrong]} instead of ${numbersOf(expected)[wrong]}`;
}

export async function verdictOn({ model: encoded, inputs, outputs }: OnnxCase): Promise<Verdict> {
  if ([...Object.values(inputs), ...Object.values(outputs)].some(({ kind }) => kind === 'other'))
    return { kind: 'skipped' };
  const model = await readOnnxModelFile(new MemoryByteSource('case', bytesOf(encoded)));
  let found: Run;
  try {
    found = await run(model, inputs, false).catch(() => run(model, inputs, true));
  } catch (error) {
    return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) };
  }
  for (const [i, [name, expected]] of Object.entries(outputs).entries()) {
    const value = found.outputs[i];
    if (value === undefined || isSequence(value)) return { kind: 'wrong', reason: `${name} is no tensor` };
    const [values] = evaluate([value], found.feeds);
    const wrong = difference(name, value, values ?? new Float64Array(0), expected);
    if (wrong !== undefined) return { kind: 'wrong', reason: wrong };
  }
  return { kind: 'passed' };
}
