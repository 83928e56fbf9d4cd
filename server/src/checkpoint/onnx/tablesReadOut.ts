/**
 * Weights that PyTorch's exporters read out while they wrote the file, so that it has the same numbers several times: a table of relative positions, a token
 * for every sample of a fixed batch, a bias repeated. Each stands in the file's graph once again, and is spread by it.
 */
import { MemoryByteSource } from '../byteSource';
import { elementCount } from '../elementCount';
import { isFloatingType } from '../elementType';
import { moduleInName } from './copiedModules';
import { equalRows, type EqualRows } from './equalRows';
import { exportedSignature } from './exportedSignature';
import { moduleOf } from './exporterNames';
import { madeAttribute } from './madeAttribute';
import { isMadeTensor } from './madeTensors';
import type { OnnxModelFile, OnnxTensor } from './onnxModelFile';
import type { AttributeMessage, NodeMessage } from './schema';
import { piecesOf } from './tensorElements';

/** What reads such tensors. Equal numbers in the matrix of a product are equal by chance; sizes and scales are no weights. */
const readers: ReadonlySet<string> = new Set(['Add', 'Attention', 'Concat', 'Div', 'Expand', 'Mul', 'Sub', 'Where']);

/** Elements of a tensor that is compared with itself. */
const LARGEST = 1 << 22;

/** The model with such weights once. Other producers' files are as they are. */
export async function withTablesOnce(model: OnnxModelFile): Promise<OnnxModelFile> {
  if (model.producer !== 'pytorch') return model;
  const signature = exportedSignature(model);
  const isMade = isMadeTensor(signature, model.separated);
  const weights = model.initializers.filter((tensor) => isFloating(tensor) && !isMade(tensor));
  const [added, replaced, nodes] = [new Array<OnnxTensor>(), new Set<string>(), new Array<NodeMessage>()];
  for (const tensor of model.initializers) {
    if (!isFloating(tensor) || !isMade(tensor) || elementCount(tensor.shape) > LARGEST) continue;
    const reading = model.nodes.filter(({ input }) => input.includes(tensor.name));
    const [reader] = reading;
    if (reader === undefined || !reading.every(({ opType }) => readers.has(opType))) continue;
    const values = await valuesOf(tensor);
    const module = signature === undefined ? undefined : moduleOf(reader);
    const ofModule = weights.filter(({ name }) => moduleInName(name) === module);
    const whole = await weightWith(values, ofModule);
    const found = whole === undefined ? equalRows(values, tensor.shape) : eachByItself(values);
    if (found === undefined || found.rows.length < 2) continue;
    const own = whole ?? (await weightWith(found.rows, weights));
    // What was computed of no weight that is missing stays the constant that it is.
    if (own === undefined && signature?.folded === 0) continue;
    const spread = new Spread(tensor, found, reader);
    if (own === undefined) added.push(spread.table());
    nodes.push(...spread.nodes(own?.name));
    replaced.add(tensor.name);
  }
  if (replaced.size === 0) return model;
  return {
    ...model,
    nodes: [...nodes, ...model.nodes],
    initializers: [...model.initializers.filter(({ name }) => !replaced.has(name)), ...added],
    readOut: replaced,
  };
}

/** A weight of the same module with all its values, as the bias of a recurrence that begins with zeros: the product with them is left out. */
const eachByItself = (values: Float64Array): EqualRows => ({
  axis: undefined,
  width: 1,
  rows: values,
  index: Array.from(values, (_, i) => i),
});

const isFloating = ({ type, bytes }: OnnxTensor): boolean =>
  type !== undefined && bytes !== undefined && isFloatingType(type);

async function valuesOf(tensor: OnnxTensor): Promise<Float64Array> {
  const values = new Float64Array(elementCount(tensor.shape));
  let at = 0;
  for await (const piece of piecesOf(tensor)) {
    values.set(piece, at);
    at += piece.length;
  }
  return values;
}

/** The weight with these values, which are more than one number. */
async function weightWith(rows: Float64Array, weights: readonly OnnxTensor[]): Promise<OnnxTensor | undefined> {
  if (rows.every((value) => value === rows[0])) return undefined;
  for (const weight of weights) {
    if (elementCount(weight.shape) !== rows.length) continue;
    const values = await valuesOf(weight);
    if (values.every((value, i) => value === rows[i])) return weight;
  }
  return undefined;
}

/** Whole numbers as the value of a constant. */
const numbers = (values: readonly number[], dims: readonly number[]): AttributeMessage =>
  madeAttribute('value', {
    t: {
      dims,
      dataType: 7,
      int64Data: values,
      floatData: [],
      int32Data: [],
      name: '',
      rawData: new Uint8Array(0),
      doubleData: [],
      uint64Data: [],
      externalData: [],
      dataLocation: 0,
    },
  });

/** From the rows of a table to the tensor that a file has in its place. */
class Spread {
  constructor(
    private readonly tensor: OnnxTensor,
    private readonly found: EqualRows,
    private readonly reader: NodeMessage,
  ) {}

  private get rowCount(): number {
    return this.found.rows.length / this.found.width;
  }

  private get tableShape(): readonly number[] {
    return this.found.axis === undefined ? [this.rowCount] : [this.rowCount, this.found.width];
  }

  table(): OnnxTensor {
    const { buffer } = this.found.rows;
    const name = `${this.tensor.name}_rows`;
    return {
      name,
      shape: this.tableShape,
      type: 'float64',
      typeName: this.tensor.typeName,
      bytes: new MemoryByteSource(name, new Uint8Array(buffer)),
    };
  }

  /** `own`: the weight of the source that has the rows; the table's where there is none. */
  nodes(own: string | undefined): NodeMessage[] {
    const { axis, index } = this.found;
    const { name, shape } = this.tensor;
    const places = shape.filter((_, i) => i !== axis);
    const perSample = elementCount(places.slice(1));
    // A fixed batch repeats its first sample, so that the file can be read with another one.
    const isRepeated = axis !== 0 && (places[0] ?? 1) > 1 && index.every((row, i) => row === index[i % perSample]);
    const kept = isRepeated ? [1, ...places.slice(1)] : places;
    const steps: Step[] = [];
    if (own !== undefined) steps.push(['Reshape', numbers(this.tableShape, [this.tableShape.length])]);
    steps.push(['Gather', numbers(index.slice(0, elementCount(kept)), kept)]);
    if (axis !== undefined && axis !== shape.length - 1) {
      const order = shape.map((_, i) => (i === axis ? kept.length : i > axis ? i - 1 : i));
      steps.push(['Transpose', madeAttribute('perm', { ints: order, type: 7 })]);
    }
    if (isRepeated) steps.push(['Expand', numbers(shape, [shape.length])]);
    return this.chain(own ?? `${name}_rows`, steps);
  }

  /** Each step takes what the one before gives. */
  private chain(first: string, steps: readonly Step[]): NodeMessage[] {
    const { name } = this.tensor;
    const result = (i: number): string => (i === steps.length ? name : `${name}, ${i} of ${steps.length}`);
    return steps.flatMap(([opType, value], i) => {
      const input = i === 0 ? first : result(i);
      if (opType === 'Transpose') return [this.node(opType, [input], result(i + 1), [value])];
      const operand = `${result(i + 1)}, ${opType}`;
      return [this.node('Constant', [], operand, [value]), this.node(opType, [input, operand], result(i + 1))];
    });
  }

  private node(
    opType: string,
    input: readonly string[],
    output: string,
    own: readonly AttributeMessage[] = [],
  ): NodeMessage {
    const { name, metadataProps } = this.reader;
    return { opType, domain: '', input, output: [output], attribute: own, name, metadataProps };
  }
}

/** An operator, and its attribute or the whole numbers that it takes as an operand. */
type Step = readonly ['Expand' | 'Gather' | 'Reshape' | 'Transpose', AttributeMessage];
