/**
 * Reads single rows of an array that code computes from stored ones. Statistics of all samples (a mean to subtract, a maximum to divide
 * by) are computed once, over all of them in pieces.
 */
import type { ArrayData } from '../../engine/engine';
import { evaluate } from '../../graph/evaluate/evaluate';
import type { Data } from '../../graph/evaluate/kernel';
import { elementCount, operand, topologicalOrder, type Node } from '../../graph/node';
import type { Shape } from '../../graph/primitives';
import * as op from '../../graph/operations';
import { isUnknownExtent, UNKNOWN_EXTENT } from '../unknownExtent';
import { ByteStatistics, type Reduction } from './byteStatistics';
import { NotByRows } from './notByRows';
import { rowsOf, type RowAccess, type Rows } from './rowRules';
import type { StoredRows } from './storedRows';

/** Elements of the largest array that is computed whole. */
const LARGEST_WHOLE = 1 << 24;
/** Elements that are read at a time. */
const PIECE = 1 << 20;
/** Elements that are read for one statistic. */
const LARGEST_PASS = 2 ** 30;

export class RowReader implements RowAccess {
  /** Whether nodes depend on stored arrays. */
  private readonly dependent = new Map<Node, boolean>();
  private readonly values = new Map<Node, Promise<Node>>();
  /** By the list of rows that is asked for, which steps hand on: a value that several steps use is computed once. */
  private readonly parts = new WeakMap<Rows, Map<Node, Promise<Node>>>();
  /** Samples of the arrays whose number the graph does not know. */
  private readonly unknownSize: number | undefined;
  private readonly bytes: ByteStatistics;

  /** `sources`: the graph's inputs. Throws a RangeError where arrays of a number that the code does not know differ in it. */
  constructor(private readonly sources: ReadonlyMap<Node, StoredRows>) {
    const open = [...sources].filter(([{ shape }]) => isUnknownExtent(shape[0] ?? 0)).map(([, { size }]) => size);
    if (new Set(open).size > 1)
      throw new RangeError(`the arrays hold different numbers of samples: ${open.join(', ')}`);
    this.unknownSize = open[0];
    this.bytes = new ByteStatistics({
      source: (node) => this.sources.get(node),
      sampleOf: (node) => this.sampleOf(node),
      position: (extent) => this.position(extent),
      whole: (node) => this.whole(node),
    });
  }

  private isDependent(node: Node): boolean {
    const known = this.dependent.get(node);
    if (known !== undefined) return known;
    for (const each of topologicalOrder([node]))
      this.dependent.set(each, this.sources.has(each) || each.inputs.some((x) => this.dependent.get(x) === true));
    return this.dependent.get(node) === true;
  }

  /** Samples in the result of a node. */
  count(node: Node): number {
    return this.position(node.shape[0] ?? 0);
  }

  position(extent: number): number {
    return isUnknownExtent(extent) ? extent - UNKNOWN_EXTENT + (this.unknownSize ?? 0) : extent;
  }

  /** The shape of one sample in the result of a node. Throws a `NotByRows` where the code does not say it. */
  sampleOf(node: Node): Shape {
    const sample = this.sources.get(node)?.sample ?? node.shape.slice(1);
    if (sample.some(isUnknownExtent)) throw new NotByRows(node, 'the shape of a sample is not known');
    return sample;
  }

  /** Row-major values of some rows. Throws a `NotByRows` where they depend on other samples in a way that is not followed. */
  async read(node: Node, wanted: Rows): Promise<Data> {
    return valueOf(await this.rows(node, wanted));
  }

  rows(node: Node, wanted: Rows): Promise<Node> {
    const parts = this.parts.get(wanted) ?? new Map<Node, Promise<Node>>();
    this.parts.set(wanted, parts);
    const known = parts.get(node) ?? this.computedRows(node, wanted);
    parts.set(node, known);
    return known;
  }

  private async computedRows(node: Node, wanted: Rows): Promise<Node> {
    const source = this.sources.get(node);
    if (source !== undefined) return stored(node, source, await source.rows(wanted), wanted.length);
    if (node.primitive === 'constant') return this.rowsOfWhole(node, wanted);
    try {
      return folded(await rowsOf(node, wanted, this), this.isDependent(node));
    } catch (error) {
      if (!(error instanceof NotByRows) || this.isDependent(node)) throw error;
      return this.rowsOfWhole(node, wanted);
    }
  }

  private async rowsOfWhole(node: Node, wanted: Rows): Promise<Node> {
    const index = op.constant(Int32Array.from(wanted), [wanted.length]);
    return folded(op.take(await this.whole(node), index, 0), true);
  }

  whole(node: Node): Promise<Node> {
    if (node.primitive === 'constant') return Promise.resolve(node);
    const known = this.values.get(node) ?? this.computed(node);
    this.values.set(node, known);
    return known;
  }

  private async computed(node: Node): Promise<Node> {
    const isReduction = node.primitive === 'reduceSum' || node.primitive === 'reduceMax';
    if (isReduction && this.isDependent(node) && axesOf(node).includes(0)) return this.statistic(node);
    if (elementCount(node.shape) > LARGEST_WHOLE)
      throw new NotByRows(node, `[${node.shape.join(', ')}] is needed whole`);
    if (!this.isDependent(node)) return folded(node, true);
    const source = this.sources.get(node);
    if (source !== undefined) return stored(node, source, await source.rows(range(0, source.size)), source.size);
    const operands: Node[] = [];
    for (const each of node.inputs) operands.push(await this.whole(each));
    return folded(op.emit(node.primitive, operands, node.parameters), true);
  }

  /** A sum or maximum over the samples. */
  private async statistic(node: Reduction): Promise<Node> {
    const x = operand(node, 0);
    // A mean divides by the number of samples as the code knows it.
    if (isUnknownExtent(x.shape[0] ?? 0))
      throw new NotByRows(node, 'a statistic of samples whose number the code does not say');
    const total = this.count(x);
    const width = elementCount(x.shape.slice(1));
    if (total * width > LARGEST_PASS) throw new NotByRows(node, `a statistic of [${x.shape.join(', ')}] is too large`);
    const ofBytes = await this.bytes.of(node);
    if (ofBytes !== undefined) return folded(ofBytes, true);
    const step = Math.max(1, Math.floor(PIECE / Math.max(1, width)));
    let result: Node | undefined;
    for (let begin = 0; begin < total; begin += step) {
      const rows = await this.rows(x, range(begin, Math.min(total, begin + step)));
      const part = op.emit(node.primitive, [rows], node.parameters);
      const joined =
        result === undefined ? part : node.primitive === 'reduceSum' ? op.add(result, part) : op.max(result, part);
      result = folded(joined, true);
    }
    if (result === undefined) throw new NotByRows(node, 'a statistic of no samples');
    return result;
  }
}

const axesOf = ({ parameters }: Reduction): readonly number[] =>
  'axes' in parameters ? parameters.axes : [parameters.axis];

const range = (begin: number, end: number): number[] => Array.from({ length: end - begin }, (_, i) => begin + i);

function valueOf(node: Node): Data {
  const [value] = evaluate([node], new Map());
  if (value === undefined) throw new RangeError(`'${node.primitive}' has no value`);
  return value;
}

/** Computed at once, so that intermediates do not add up. */
const folded = (node: Node, now: boolean): Node =>
  now && node.primitive !== 'constant' ? op.constant(valueOf(node), node.shape) : node;

/** Stored values in the types in which graphs are evaluated. */
function stored({ dtype, shape }: Node, { sample }: StoredRows, data: ArrayData, count: number): Node {
  const converted =
    dtype === 'float' ? new Float64Array(data) : dtype === 'int' ? new Int32Array(data) : new Uint8Array(data);
  return op.constant(converted, [count, ...(sample ?? shape.slice(1))]);
}
