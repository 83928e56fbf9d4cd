/** Sequences of tensors, whose lengths follow from the graph, and values that may be absent. */
import type { Node } from '../../../graph/node';
import { full, reshape } from '../../../graph/operations';
import { normaliseAxis, sizeAt, withAxis } from '../../compositions/axes';
import { cat, splitSizes, stack } from '../../compositions/structure';
import { isSequence, type OnnxValue, type Operator, type OperatorCall } from '../operatorCall';

/** As for rounds of loops. */
const MOST_PARTS = 4096;

/** A sequence: parts of one size, or of sizes given; without them of one element. */
function splitToSequence(call: OperatorCall): readonly Node[] {
  const x = call.input(0);
  const axis = normaliseAxis(call.int('axis', 0), x.shape.length);
  const size = sizeAt(x.shape, axis);
  const shape = call.optional(1)?.shape;
  const numbers = call.optionalNumbers(1) ?? [1];
  const [length = 1] = numbers;
  if (shape?.length !== 1 && length < 1) call.fail('parts of no size');
  const sizes =
    shape?.length === 1
      ? numbers
      : Array.from({ length: Math.ceil(size / length) }, (_, i) => Math.min(length, size - i * length));
  if (sizes.length > MOST_PARTS) call.fail(`${sizes.length} parts are too many; ${MOST_PARTS} are read`);
  const parts = splitSizes(x, sizes, axis);
  const single = shape === undefined && call.int('keepdims', 1) === 0;
  return single ? parts.map((part) => reshape(part, withAxis(part.shape, axis))) : parts;
}

function sequenceAt(call: OperatorCall): Node {
  const sequence = call.sequence(0);
  const [position = 0] = call.numbers(1);
  return sequence.at(position) ?? call.fail(`there is no element ${position} of ${sequence.length}`);
}

/** A place among the elements, or behind the last; the end where none is given. */
function placeIn(call: OperatorCall, length: number, end: number): number {
  const [given = end] = call.optionalNumbers(call.node.opType === 'SequenceInsert' ? 2 : 1) ?? [];
  const place = given < 0 ? given + length : given;
  return place >= 0 && place <= end ? place : call.fail(`there is no place ${given} among ${length} elements`);
}

function inserted(call: OperatorCall): readonly Node[] {
  const sequence = call.sequence(0);
  const place = placeIn(call, sequence.length, sequence.length);
  return [...sequence.slice(0, place), call.input(1), ...sequence.slice(place)];
}

function erased(call: OperatorCall): readonly Node[] {
  const sequence = call.sequence(0);
  const place = placeIn(call, sequence.length, sequence.length - 1);
  return sequence.filter((_, i) => i !== place);
}

/** The body once for each element; tensors among the operands are the same for all. */
function mapped(call: OperatorCall): { readonly outputs: readonly OnnxValue[] } {
  const body = call.graph('body');
  const operands = call.from(0);
  const rounds = call.sequence(0).map((_, i) =>
    call.context.run(
      body,
      operands.map((operand) =>
        isSequence(operand) ? (operand[i] ?? call.fail('sequences of different lengths')) : operand,
      ),
    ),
  );
  const column = (k: number): Node[] =>
    rounds.map((results) => {
      const result = results[k];
      return result === undefined || isSequence(result) ? call.fail('its body gives no tensor') : result;
    });
  return { outputs: body.output.map((_, k) => column(k)) };
}

/** The value of an operand that may be a sequence. */
const value = (call: OperatorCall): OnnxValue => call.from(0)[0] ?? call.fail('a value that is absent');

export const sequences: Readonly<Record<string, Operator>> = {
  SequenceEmpty: () => [],
  SequenceConstruct: (call) => call.inputs(),
  SequenceAt: sequenceAt,
  SequenceInsert: inserted,
  SequenceErase: erased,
  SequenceLength: (call) => full(call.sequence(0).length, [], 'int'),
  SequenceMap: mapped,
  SplitToSequence: splitToSequence,
  ConcatFromSequence: (call) => (call.int('new_axis', 0) === 1 ? stack : cat)(call.sequence(0), call.int('axis', 0)),
  Optional: value,
  OptionalGetElement: value,
  OptionalHasElement: (call) => full(Number(call.isGiven(0)), [], 'bool'),
};
