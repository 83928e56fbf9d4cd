/**
 * Einstein summation: any number of operands, repeated and omitted labels, ellipsis with broadcasting.
 * Operands are contracted from left to right; a label is summed as soon as no later operand and not the result has it.
 */
import type { Node } from '../../graph/node';
import { broadcastTo, dot, reduceSum, reshape, transpose } from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { sizeAt } from './axes';
import { diagonal } from './structure';

/** A tensor whose axes have names. */
interface Labelled {
  readonly node: Node;
  readonly labels: readonly string[];
}

/** Axes hidden in `...`, counted from the right so that operands align: `.0` is the last one. */
const ellipsisLabels = (count: number): string[] => Array.from({ length: count }, (_, i) => `.${count - 1 - i}`);

function termLabels(term: string, rank: number): string[] {
  const [before = '', after] = term.split('...');
  const letters = (text: string): string[] => Array.from(text);
  const named = [...letters(before), ...letters(after ?? '')];
  if (named.some((label) => !/[A-Za-z]/.test(label)))
    throw new ShapeError(
      `einsum(): invalid subscript given in the equation string: '${term}', subscripts must be in [a-zA-Z]`,
    );
  const hidden = rank - named.length;
  if (hidden < 0 || (after === undefined && hidden > 0))
    throw new ShapeError(
      `einsum(): the number of subscripts in the equation (${named.length}) does not match the number of dimensions (${rank}) for operand '${term}'`,
    );
  return [...letters(before), ...ellipsisLabels(hidden), ...letters(after ?? '')];
}

/** Replaces a label that occurs twice by the diagonal of its two axes. */
function withoutRepeats({ node, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return { node, labels };
  const label = labels[second] ?? '';
  const first = labels.indexOf(label);
  if (node.shape[first] !== node.shape[second])
    throw new ShapeError(
      `einsum(): subscript ${label} is repeated for operand with sizes ${node.shape[first]} and ${node.shape[second]}`,
    );
  const rest = labels.filter((_, i) => i !== first && i !== second);
  return withoutRepeats({ node: diagonal(node, 0, first, second), labels: [...rest, label] });
}

function sumOut({ node, labels }: Labelled, keep: ReadonlySet<string>): Labelled {
  const axes = labels.map((_, i) => i).filter((i) => !keep.has(labels[i] ?? ''));
  return { node: reduceSum(node, axes), labels: labels.filter((label) => keep.has(label)) };
}

/** Drops axes of size 1 whose label another operand has with a larger size: broadcasting inside the product. */
function dropUnit(x: Labelled, sizes: ReadonlyMap<string, number>): Labelled {
  const kept = x.labels.map((_, i) => i).filter((i) => x.node.shape[i] !== 1 || sizes.get(x.labels[i] ?? '') === 1);
  return {
    node: reshape(
      x.node,
      kept.map((i) => sizeAt(x.node.shape, i)),
    ),
    labels: kept.map((i) => x.labels[i] ?? ''),
  };
}

/** Product of two, summing the labels that `keep` does not name. */
function contractPair(a: Labelled, b: Labelled, keep: ReadonlySet<string>): Labelled {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const left = sumOut(a, new Set([...keep, ...shared]));
  const right = sumOut(b, new Set([...keep, ...shared]));
  const batch = shared.filter((label) => keep.has(label));
  const contracted = shared.filter((label) => !keep.has(label));
  const positions = (x: Labelled, wanted: readonly string[]): number[] =>
    wanted.map((label) => x.labels.indexOf(label));
  const free = (x: Labelled): string[] => x.labels.filter((label) => !shared.includes(label));
  return {
    node: dot(left.node, right.node, {
      lhsContract: positions(left, contracted),
      rhsContract: positions(right, contracted),
      lhsBatch: positions(left, batch),
      rhsBatch: positions(right, batch),
    }),
    labels: [...batch, ...free(left), ...free(right)],
  };
}

/** Labels of the result when the equation has no arrow: ellipsis first, then those that occur once, sorted. */
function implicitResult(terms: readonly (readonly string[])[]): string[] {
  const all = terms.flat();
  const hidden = Math.max(
    0,
    ...all.filter((label) => label.startsWith('.')).map((label) => Number(label.slice(1)) + 1),
  );
  const once = [...new Set(all)].filter(
    (label) => !label.startsWith('.') && all.indexOf(label) === all.lastIndexOf(label),
  );
  return [...ellipsisLabels(hidden), ...once.sort()];
}

/** torch.einsum. Throws `ShapeError` when the equation does not fit the operands. */
export function einsum(equation: string, operands: readonly Node[]): Node {
  const [inputs = '', result] = equation.replace(/\s/g, '').split('->');
  const terms = inputs.split(',');
  if (terms.length !== operands.length)
    throw new ShapeError(
      `einsum(): ${terms.length > operands.length ? 'fewer' : 'more'} operands were provided than specified in the equation`,
    );
  const labels = terms.map((term, i) => termLabels(term, operands[i]?.shape.length ?? 0));
  const sizes = new Map<string, number>();
  labels.forEach((term, i) =>
    term.forEach((label, axis) => {
      const size = operands[i]?.shape[axis] ?? 1;
      const known = sizes.get(label) ?? 1;
      if (known !== size && known !== 1 && size !== 1)
        throw new ShapeError(
          `einsum(): operands do not broadcast with remapped shapes: subscript ${label} has size ${size} for operand ${i} which does not broadcast with previously seen size ${known}`,
        );
      sizes.set(label, known === 1 ? size : known);
    }),
  );
  const hidden = [...sizes.keys()].filter((label) => label.startsWith('.')).length;
  const wanted =
    result === undefined
      ? implicitResult(labels)
      : termLabels(result, result.includes('...') ? result.replace('...', '').length + hidden : result.length);
  const missing = wanted.find((label) => !sizes.has(label));
  if (missing !== undefined)
    throw new ShapeError(`einsum(): output subscript ${missing} does not appear in the equation for any input operand`);

  const pending = operands.map((node, i) => dropUnit(withoutRepeats({ node, labels: labels[i] ?? [] }), sizes));
  let current: Labelled | undefined;
  pending.forEach((next, i) => {
    const keep = new Set([...wanted, ...pending.slice(i + 1).flatMap((later) => later.labels)]);
    current = current === undefined ? sumOut(next, keep) : contractPair(current, next, keep);
  });
  if (current === undefined) throw new ShapeError('einsum(): must provide at least one operand');
  const { node, labels: have } = current;
  const ordered = transpose(
    node,
    wanted.map((label) => have.indexOf(label)),
  );
  return broadcastTo(
    ordered,
    wanted.map((label) => sizes.get(label) ?? 1),
  );
}
