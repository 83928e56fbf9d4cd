/**
 * Sums and maxima over all samples of what code computes of single bytes, as the pixels of pictures are. A place of a sample has one of
 * 256 values: how often each occurs is counted once, and the code's steps are taken for these values in place of all samples.
 */
import type { ArrayData } from '../../engine/engine';
import { elementwisePrimitives } from '../../graph/evaluate/elementwise';
import { evaluate } from '../../graph/evaluate/evaluate';
import { elementCount, operand, type Node } from '../../graph/node';
import * as op from '../../graph/operations';
import type { Primitive, Shape } from '../../graph/primitives';
import type { StoredRows } from './storedRows';

export type Reduction = Node<'reduceSum' | 'reduceMax'>;

/** What a statistic is made of. */
export interface StatisticAccess {
  source(node: Node): StoredRows | undefined;
  /** The shape of one sample. */
  sampleOf(node: Node): Shape;
  /** A position along the first axis of the real samples. */
  position(extent: number): number;
  /** The value of a node that does not count samples: a constant. */
  whole(node: Node): Promise<Node>;
}

const VALUES = 256;
/** Places of a sample for which values are counted. */
const MOST_PLACES = 1 << 14;
/** Elements that are read at a time. */
const PIECE = 1 << 20;
/** Places that are counted together: their counts stay in the processor's first cache. */
const TILE = 16;

/** Stored bytes behind a step. */
interface Bytes {
  readonly source: Node;
  /** Rows `first` … `end` of the source. */
  readonly first: number;
  readonly end: number;
  /** What was done to the places of a sample, for comparison, and the same for counts of values [256, …sample]. */
  readonly layout: string;
  readonly arranged: (counts: Node) => Node;
}

/** A step of the code for the 256 values: row v is its result where all bytes are v. */
interface Step {
  readonly values: Node;
  /** Undefined where the result is the same for all samples. */
  readonly bytes: Bytes | undefined;
}

export class ByteStatistics {
  private readonly steps = new Map<Node, Promise<Step | undefined>>();
  /** By source, first and last row. */
  private readonly counted = new Map<string, Promise<Node>>();
  private readonly sources: Node[] = [];
  constructor(private readonly access: StatisticAccess) {}

  /** The statistic as operations on constants; undefined where it is not one of the single bytes of one array. */
  async of(node: Reduction): Promise<Node | undefined> {
    const chain = chainOf(node);
    const innermost = chain.at(-1);
    const step = innermost === undefined ? undefined : await this.stepOf(operand(innermost, 0));
    if (step?.bytes === undefined || step.values.dtype === 'bool') return undefined;
    // A sum of whole numbers may wrap round.
    if (node.primitive === 'reduceSum' && step.values.dtype !== 'float') return undefined;
    const counted = step.bytes.arranged(await this.countsOf(step.bytes));
    const [counts, known] = evaluate([counted, step.values], new Map());
    if (counts === undefined || known === undefined) return undefined;
    const values = known.slice();
    const isSum = node.primitive === 'reduceSum';
    const absent = isSum ? 0 : step.values.dtype === 'int' ? -(2 ** 31) : -Infinity;
    for (let i = 0; i < values.length; i++) {
      const times = counts[i] as number;
      values[i] = times === 0 ? absent : isSum ? times * (values[i] as number) : (values[i] as number);
    }
    return chain.reduceRight<Node>(
      (x, { primitive, parameters }) => op.emit(primitive, [x], parameters),
      op.constant(values, step.values.shape),
    );
  }

  private stepOf(node: Node): Promise<Step | undefined> {
    const known = this.steps.get(node) ?? this.computed(node);
    this.steps.set(node, known);
    return known;
  }

  private async computed(node: Node): Promise<Step | undefined> {
    const source = this.access.source(node);
    if (source !== undefined) return this.stored(node, source);
    if (elementwisePrimitives.has(node.primitive)) return this.elementwise(node);
    const [x] = node.inputs;
    if (x === undefined) return undefined;
    if (node.primitive === 'broadcast' && !countsSamples(node, x))
      return { values: await this.sameForAll(node, x), bytes: undefined };
    const arrangement = arrangementOf(node, x);
    const step = arrangement === undefined ? undefined : await this.stepOf(x);
    if (arrangement === undefined || step === undefined) return undefined;
    return {
      values: arrangement.arrange(step.values),
      bytes: step.bytes && this.arranged(node, step.bytes, arrangement),
    };
  }

  private async sameForAll({ shape, parameters: { axes } }: Node<'broadcast'>, x: Node): Promise<Node> {
    return op.broadcast(await this.access.whole(x), [VALUES, ...shape.slice(1)], axes);
  }

  private stored(node: Node, { storedType, size }: StoredRows): Step | undefined {
    const sample = this.access.sampleOf(node);
    if (storedType !== 'uint8' || node.dtype !== 'int' || elementCount(sample) > MOST_PLACES) return undefined;
    return {
      values: op.iota([VALUES, ...sample], 0),
      bytes: { source: node, first: 0, end: size, layout: '', arranged: (counts) => counts },
    };
  }

  /** Of operands that all show the same bytes in the same layout, or are the same for all samples. */
  private async elementwise(node: Node): Promise<Step | undefined> {
    const values: Node[] = [];
    let bytes: Bytes | undefined;
    for (const each of node.inputs) {
      const step = await this.stepOf(each);
      if (step === undefined || (bytes && step.bytes && !areSame(bytes, step.bytes))) return undefined;
      bytes ??= step.bytes;
      values.push(step.values);
    }
    return { values: op.emit(node.primitive, values, node.parameters), bytes };
  }

  private arranged({ primitive, shape, parameters }: Node, bytes: Bytes, { arrange, kept }: Arrangement): Bytes {
    const { first, end } = bytes;
    const rows = kept?.map((row) => first + this.access.position(row)) ?? [first, end];
    return {
      ...bytes,
      first: rows[0] ?? first,
      end: rows[1] ?? end,
      layout: `${bytes.layout} ${primitive} ${JSON.stringify([shape.slice(1), parameters])}`,
      arranged: (counts) => arrange(bytes.arranged(counts)),
    };
  }

  private countsOf({ source, first, end }: Bytes): Promise<Node> {
    if (!this.sources.includes(source)) this.sources.push(source);
    const key = [this.sources.indexOf(source), first, end].join(' ');
    const known = this.counted.get(key) ?? this.count(source, first, end);
    this.counted.set(key, known);
    return known;
  }

  /** How often each value occurs at each place, [256, …sample]. */
  private async count(source: Node, first: number, end: number): Promise<Node> {
    const sample = this.access.sampleOf(source);
    const width = elementCount(sample);
    const counts = new Int32Array(width * VALUES);
    const step = Math.max(1, Math.floor(PIECE / Math.max(1, width)));
    for (let begin = first; begin < end; begin += step) {
      const wanted = Array.from({ length: Math.min(end - begin, step) }, (_, i) => begin + i);
      const rows = await this.access.source(source)?.rows(wanted);
      if (rows !== undefined) addCounts(counts, rows, width);
    }
    const byPlace = op.constant(counts, [...sample, VALUES]);
    return op.transpose(byPlace, [sample.length, ...sample.keys()]);
  }
}

/** Adds the bytes of whole samples to the counts by place and value, [width, 256]. */
function addCounts(counts: Int32Array, bytes: ArrayData, width: number): void {
  for (let begin = 0; begin < width; begin += TILE) {
    const end = Math.min(width, begin + TILE);
    for (let row = 0; row < bytes.length; row += width)
      for (let place = begin; place < end; place++) {
        const at = place * VALUES + (bytes[row + place] as number);
        counts[at] = (counts[at] as number) + 1;
      }
  }
}

/** A reduction and those of its kind below it, which are taken one after the other: from the outermost inwards. */
function chainOf(node: Reduction): Reduction[] {
  const chain = [node];
  for (let next = operand(node, 0); next.primitive === node.primitive; next = operand(next, 0)) chain.push(next);
  return chain;
}

const areSame = (a: Bytes, b: Bytes): boolean =>
  a.source === b.source && a.first === b.first && a.end === b.end && a.layout === b.layout;

/** Whether row i of the result is made of row i of the operand. */
const countsSamples = ({ parameters: { axes }, shape }: Node<'broadcast'>, x: Node): boolean =>
  axes[0] === 0 && x.shape[0] === shape[0];

/** What a step that moves the places of a sample, or leaves samples out, does to 256 rows. */
interface Arrangement {
  readonly arrange: (x: Node) => Node;
  /** The rows that it keeps: the first, and the one after the last. */
  readonly kept?: readonly [number, number];
}

const arrangements: { readonly [P in Primitive]?: (node: Node<P>, x: Node) => Arrangement | undefined } = {
  reshape: ({ shape }, x) =>
    x.shape[0] === shape[0] ? { arrange: (rows) => op.reshape(rows, [VALUES, ...shape.slice(1)]) } : undefined,
  transpose: ({ parameters: { permutation } }) =>
    permutation[0] === 0 ? { arrange: (rows) => op.transpose(rows, permutation) } : undefined,
  broadcast: ({ shape, parameters: { axes } }) => ({
    arrange: (rows) => op.broadcast(rows, [VALUES, ...shape.slice(1)], axes),
  }),
  slice: ({ parameters: { start, limit, strides } }) =>
    strides[0] === 1
      ? {
          arrange: (rows) => op.slice(rows, [0, ...start.slice(1)], [VALUES, ...limit.slice(1)], strides),
          kept: [start[0] ?? 0, limit[0] ?? 0],
        }
      : undefined,
};

// The rule under a node's primitive is one for its kind of node.
const arrangementOf = (node: Node, x: Node): Arrangement | undefined =>
  (arrangements[node.primitive] as ((node: Node, x: Node) => Arrangement | undefined) | undefined)?.(node, x);
