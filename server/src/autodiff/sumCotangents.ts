import type { Node } from '../graph/node';
import { elementCount, operand } from '../graph/node';
import * as op from '../graph/operations';
import { joinDots } from './joinDots';

/** A cotangent that is zero outside `start`…`limit` of one axis. */
interface Segment {
  readonly content: Node;
  readonly axis: number;
  readonly start: number;
  readonly limit: number;
}

/** The segment of a `pad` that pads one axis outside only; undefined for any other node. */
function segmentOf(node: Node): Segment | undefined {
  if (node.primitive !== 'pad' || node.parameters.interior.some((gap) => gap !== 0)) return undefined;
  const { low, high } = node.parameters;
  const padded = low.flatMap((n, axis) => (n !== 0 || high[axis] !== 0 ? [axis] : []));
  const [axis] = padded;
  if (axis === undefined || padded.length > 1) return undefined;
  const content = operand(node, 0);
  const start = low[axis] ?? 0;
  return { content, axis, start, limit: start + (content.shape[axis] ?? 0) };
}

/**
 * The sum of segments of one axis as one concatenation, or undefined when they overlap. A value that was split into
 * n parts (heads, gates, chunks) so gets its cotangent by one copy instead of n padded tensors and n − 1 sums.
 */
function joinSegments(parts: readonly Node[]): Node | undefined {
  const segments: Segment[] = [];
  for (const part of parts) {
    const segment = segmentOf(part);
    if (segment === undefined || segment.axis !== (segments[0] ?? segment).axis) return undefined;
    segments.push(segment);
  }
  segments.sort((a, b) => a.start - b.start);
  const [first] = segments;
  const [whole] = parts;
  if (first === undefined || whole === undefined) return undefined;
  const { axis } = first;
  const zeros = (count: number): Node[] =>
    count === 0
      ? []
      : [
          op.full(
            0,
            whole.shape.map((size, i) => (i === axis ? count : size)),
          ),
        ];
  const pieces: Node[] = [];
  let position = 0;
  for (const { content, start, limit } of segments) {
    if (start < position) return undefined;
    pieces.push(...zeros(start - position), content);
    position = limit;
  }
  return op.concat([...pieces, ...zeros((whole.shape[axis] ?? 0) - position)], axis);
}

/** The sum of the cotangents that the users of one value sent to it (at least one, of equal shapes). */
export function sumCotangents(parts: readonly Node[]): Node {
  const [first, ...rest] = parts;
  if (first === undefined) throw new RangeError('there is no cotangent to sum');
  if (rest.length === 0) return first;
  const isEmpty = elementCount(first.shape) === 0;
  const joined = isEmpty ? undefined : (joinSegments(parts) ?? joinDots(parts));
  return joined ?? rest.reduce((sum, part) => op.add(sum, part), first);
}
