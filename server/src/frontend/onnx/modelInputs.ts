/** What a graph is fed with: shapes from the file, from the request, or the usual ones where the file leaves an axis open. */
import { elementTypeOf, type NodeMessage, type ValueInfoMessage } from '../../checkpoint/onnx/schema';
import { elementCount } from '../../graph/node';
import type { Shape } from '../../graph/primitives';
import type { InputSpec, TorchDtype, TracedInput } from '../model';
import type { Session } from '../torch/session';
import { concreteValue } from '../torch/tensor/concrete';
import { isTensor, payloadOf } from '../torch/tensor/tensor';
import { expressionScope, graphInput } from '../torch/traceScope';
import { OnnxStop } from './onnxStop';

/** An input as the file declares it. Axes without a fixed size are undefined; axis 0 is the batch. */
export interface DeclaredInput {
  readonly name: string;
  readonly dimensions: readonly (number | undefined)[];
  readonly dtype: TorchDtype;
  /** Rows of the table that it looks up, where it does. */
  readonly range: number | undefined;
}

const dtypes: Readonly<Record<string, TorchDtype>> = {
  float16: 'float32',
  bfloat16: 'float32',
  float32: 'float32',
  float64: 'float64',
  int64: 'int64',
  int32: 'int32',
  int16: 'int16',
  int8: 'int8',
  uint8: 'uint8',
  bool: 'bool',
};

/** Throws `OnnxStop` for inputs that are no tensors. `sizeOf`: sizes of initialisers. */
export function declaredInputs(
  inputs: readonly ValueInfoMessage[],
  nodes: readonly NodeMessage[],
  shapeOf: (initializer: string) => Shape | undefined,
): DeclaredInput[] {
  return inputs
    .filter(({ name }) => shapeOf(name) === undefined)
    .map(({ name, type }) => {
      const tensor = type?.tensorType ?? undefined;
      const dtype = tensor === undefined ? undefined : dtypes[elementTypeOf[tensor.elemType] ?? ''];
      if (tensor === undefined || dtype === undefined)
        throw new OnnxStop(`the input '${name}' is no tensor of numbers`, 'Export the model with tensors as inputs.');
      const dimensions = (tensor.shape?.dim ?? []).map(({ dimValue }) => (dimValue > 0 ? dimValue : undefined));
      return { name, dimensions, dtype, range: rowsLookedUp(name, nodes, shapeOf) };
    });
}

function rowsLookedUp(
  name: string,
  nodes: readonly NodeMessage[],
  shapeOf: (initializer: string) => Shape | undefined,
): number | undefined {
  const lookup = nodes.find(({ opType, input }) => opType === 'Gather' && input[1] === name);
  return lookup === undefined ? undefined : shapeOf(lookup.input[0] ?? '')?.[0];
}

/** Sizes of open axes that are tried in turn: of sequences, then of images. */
export const usualSizes: readonly number[] = [16, 32, 64, 224];

/** The inputs for a batch of `batch` samples; `open`: the size of every axis that neither file nor request gives. */
export function feeds(
  declared: readonly DeclaredInput[],
  specs: readonly InputSpec[],
  batch: number,
  open: number,
  session: () => Session,
): TracedInput[] {
  if (specs.length > declared.length)
    throw new OnnxStop(`${specs.length} inputs are given, the model takes ${declared.length}`);
  return declared.map((input, index) => {
    const spec = specs[index];
    if (spec?.kind === 'expression') return evaluated(input, spec.text, batch, session());
    const sample = spec?.sample ?? input.dimensions.slice(1).map((size) => size ?? open);
    requireFit(input, sample);
    const shape = input.dimensions.length === 0 && spec === undefined ? [] : [batch, ...sample];
    return graphInput(input.name, shape, input.dtype, input.range);
  });
}

function requireFit({ name, dimensions }: DeclaredInput, sample: Shape): void {
  if (dimensions.length === 0) return;
  const own = dimensions.slice(1);
  if (own.length === sample.length && own.every((size, i) => size === undefined || size === sample[i])) return;
  const shown = own.map((size) => size ?? '?').join(', ');
  throw new OnnxStop(`the input '${name}' takes samples of shape [${shown}], not [${sample.join(', ')}]`);
}

/** An input from a Python expression that gives a batch. */
function evaluated(input: DeclaredInput, text: string, batch: number, session: Session): TracedInput {
  const { interpreter } = session;
  const value = interpreter.evaluateExpression(text, expressionScope(session, text));
  const payload = isTensor(value) ? payloadOf(value) : undefined;
  if (payload === undefined) throw new OnnxStop(`${text} gives no tensor for the input '${input.name}'`);
  const shape = [batch, ...payload.shape.slice(1)];
  requireFit(input, shape.slice(1));
  const data = concreteValue(payload.node, interpreter);
  const sample = data?.length === elementCount(shape) ? data : undefined;
  return { ...graphInput(input.name, shape, input.dtype, input.range), sample };
}
