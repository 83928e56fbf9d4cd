import type { Node } from '../node';
import { elementCount, operand } from '../node';
import type { Primitive, Shape } from '../primitives';
import { windowPositions } from '../shapes';
import type { Data, EvaluationRule } from './kernel';
import { dataOf } from './kernel';
import { rowMajorStrides } from './stridedCopy';

/** An axis seen as the middle one of three: [outer, size, inner], row-major. */
interface AxisView {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

export const viewAxis = (shape: Shape, axis: number): AxisView => ({
  outer: elementCount(shape.slice(0, axis)),
  size: shape[axis] ?? 1,
  inner: elementCount(shape.slice(axis + 1)),
});

/** Adjacent axes that are all kept or all summed, as one. */
interface AxisRun {
  size: number;
  readonly summed: boolean;
}

function axisRuns(shape: Shape, axes: readonly number[]): AxisRun[] {
  const runs: AxisRun[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const summed = axes.includes(axis);
    const last = runs.at(-1);
    if (last?.summed === summed) last.size *= size;
    else runs.push({ size, summed });
  });
  return runs;
}

/** Four partial sums: independent additions overlap in the processor, and rounding errors grow a quarter as fast. */
function sumRun(x: Data, from: number, count: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = from;
  for (const end = from + count - 3; i < end; i += 4) {
    s0 += x[i] as number;
    s1 += x[i + 1] as number;
    s2 += x[i + 2] as number;
    s3 += x[i + 3] as number;
  }
  for (const end = from + count; i < end; i++) s0 += x[i] as number;
  return s0 + s1 + (s2 + s3);
}

/** Adds up rows, one after the other: a block of its own each would cost more than the few additions in it. */
function sumColumns(x: Data, y: Data, columns: number): void {
  for (let from = 0; from < x.length; from += columns)
    for (let i = 0; i < columns; i++) y[i] = (y[i] as number) + (x[from + i] as number);
}

const reduceSum: EvaluationRule<'reduceSum'> = (node: Node<'reduceSum'>) => {
  const { shape } = operand(node, 0);
  if (shape.includes(0)) return (_, y) => void y.fill(0);
  const runs = axisRuns(shape, node.parameters.axes);
  const last = runs.pop() ?? { size: 1, summed: false };
  const targetSteps = new Array<number>(runs.length);
  let step = last.summed ? 1 : last.size;
  for (let axis = runs.length - 1; axis >= 0; axis--) {
    const run = runs[axis] as AxisRun;
    targetSteps[axis] = run.summed ? 0 : step;
    if (!run.summed) step *= run.size;
  }
  const blocks = runs.reduce((count, { size }) => count * size, 1);
  // A sum of bools is "any"; bytes would overflow.
  const isBool = node.dtype === 'bool';
  if (!isBool && !last.summed && runs.length === 1)
    return (inputs, y) => sumColumns(dataOf(inputs, 0), y.fill(0), last.size);

  return (inputs, y) => {
    const x = dataOf(inputs, 0);
    const counter = new Int32Array(runs.length);
    let to = 0;
    y.fill(0);
    for (let block = 0, from = 0; block < blocks; block++, from += last.size) {
      if (last.summed) {
        const sum = sumRun(x, from, last.size);
        y[to] = isBool ? Number(sum !== 0 || y[to] !== 0) : (y[to] as number) + sum;
      } else if (isBool) {
        for (let i = 0; i < last.size; i++) y[to + i] = (y[to + i] as number) | (x[from + i] as number);
      } else {
        for (let i = 0; i < last.size; i++) y[to + i] = (y[to + i] as number) + (x[from + i] as number);
      }
      for (let axis = runs.length - 1; axis >= 0; axis--) {
        const { size } = runs[axis] as AxisRun;
        to += targetSteps[axis] as number;
        const next = (counter[axis] as number) + 1;
        if (next < size) {
          counter[axis] = next;
          break;
        }
        counter[axis] = 0;
        to -= size * (targetSteps[axis] as number);
      }
    }
  };
};

/** Position, counted along the axis, of the first maximum of x[from], x[from + step], …; the first NaN wins. */
function firstMaximum(x: Data, from: number, step: number, size: number): number {
  let best = 0;
  let largest = x[from] as number;
  for (let i = 1, at = from + step; i < size && !Number.isNaN(largest); i++, at += step) {
    const value = x[at] as number;
    if (value > largest || Number.isNaN(value)) {
      largest = value;
      best = i;
    }
  }
  return best;
}

/** Calls `write` with each result position and where its maximum is. */
const maximum =
  (write: (x: Data, y: Data, to: number, best: number, from: number, step: number) => void) =>
  (node: Node<'reduceMax' | 'argmax'>): ReturnType<EvaluationRule<'reduceMax'>> => {
    const { outer, size, inner } = viewAxis(operand(node, 0).shape, node.parameters.axis);
    if (size === 0 && outer * inner > 0)
      throw new RangeError(`'${node.primitive}' along axis ${node.parameters.axis} of no elements has no value`);
    return (inputs, y) => {
      const x = dataOf(inputs, 0);
      for (let o = 0, to = 0; o < outer; o++)
        for (let i = 0; i < inner; i++, to++) {
          const from = o * size * inner + i;
          write(x, y, to, firstMaximum(x, from, inner, size), from, inner);
        }
    };
  };

const reduceMax: EvaluationRule<'reduceMax'> = maximum((x, y, to, best, from, step) => {
  y[to] = x[from + best * step] as number;
});

const argmax: EvaluationRule<'argmax'> = maximum((_, y, to, best) => {
  y[to] = best;
});

/**
 * For every window the flat spatial indices of the taps inside the input, in row-major order, one list after the
 * other: window p's are taps[starts[p]] … taps[starts[p + 1] − 1].
 */
function windowTaps(node: Node<'windowArgmax'>): { starts: Int32Array; taps: Int32Array } {
  const spatial = operand(node, 0).shape.slice(2);
  const { window, strides, padding, dilation } = node.parameters;
  const flat = rowMajorStrides(spatial);
  const positions = windowPositions(spatial, window, node.parameters);
  // Per axis and position: the offsets of the taps inside; the lists of all axes then combine.
  const perAxis = positions.map((count, axis) =>
    Array.from({ length: count }, (_, position) =>
      Array.from({ length: window[axis] ?? 1 }, (_, tap) => {
        const [before] = padding[axis] ?? [0, 0];
        return position * (strides[axis] ?? 1) - before + tap * (dilation[axis] ?? 1);
      })
        .filter((at) => at >= 0 && at < (spatial[axis] ?? 1))
        .map((at) => at * (flat[axis] ?? 1)),
    ),
  );
  let lists: number[][] = [[0]];
  for (const axis of perAxis)
    lists = lists.flatMap((list) => axis.map((steps) => list.flatMap((base) => steps.map((step) => base + step))));
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, p) => (starts[p + 1] = (starts[p] as number) + list.length));
  return { starts, taps: Int32Array.from(lists.flat()) };
}

/** A window that lies in the padding altogether has no maximum: its index −1 is out of range and reads NaN. */
const windowArgmax: EvaluationRule<'windowArgmax'> = (node: Node<'windowArgmax'>) => {
  const [batch = 1, channels = 1, ...spatial] = operand(node, 0).shape;
  const planeSize = elementCount(spatial);
  const { starts, taps } = windowTaps(node);
  return (inputs, y) => {
    const x = dataOf(inputs, 0);
    for (let plane = 0, to = 0; plane < batch * channels; plane++) {
      const base = plane * planeSize;
      for (let p = 0; p + 1 < starts.length; p++, to++) {
        let best = -1;
        let largest = -Infinity;
        for (let i = starts[p] as number; i < (starts[p + 1] as number); i++) {
          const tap = taps[i] as number;
          const value = x[base + tap] as number;
          if (best === -1 || value > largest || (Number.isNaN(value) && !Number.isNaN(largest))) {
            largest = value;
            best = tap;
          }
        }
        y[to] = best;
      }
    }
  };
};

const cumsum: EvaluationRule<'cumsum'> = (node: Node<'cumsum'>) => {
  const { axis, reverse } = node.parameters;
  const { outer, size, inner } = viewAxis(node.shape, axis);
  const isBool = node.dtype === 'bool';
  const step = reverse ? -inner : inner;
  return (inputs, y) => {
    const x = dataOf(inputs, 0);
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        let at = o * size * inner + i + (reverse ? (size - 1) * inner : 0);
        let sum = 0;
        for (let count = 0; count < size; count++, at += step) {
          sum += x[at] as number;
          y[at] = isBool ? Number(sum !== 0) : sum;
        }
      }
  };
};

const argsort: EvaluationRule<'argsort'> = (node: Node<'argsort'>) => {
  const { axis, descending } = node.parameters;
  const { outer, size, inner } = viewAxis(node.shape, axis);
  return (inputs, y) => {
    const x = dataOf(inputs, 0);
    const lane = new Float64Array(size);
    const order = new Int32Array(size);
    const compare = (i: number, j: number): number => {
      const [p, q] = [lane[i] as number, lane[j] as number];
      if (p < q) return descending ? 1 : -1;
      if (p > q) return descending ? -1 : 1;
      return p === q ? i - j : Number(Number.isNaN(p)) - Number(Number.isNaN(q)) || i - j;
    };
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        const base = o * size * inner + i;
        for (let k = 0; k < size; k++) {
          lane[k] = x[base + k * inner] as number;
          order[k] = k;
        }
        order.sort(compare);
        for (let k = 0; k < size; k++) y[base + k * inner] = order[k] as number;
      }
  };
};

export const reductionRules = { reduceSum, reduceMax, argmax, windowArgmax, cumsum, argsort } satisfies {
  readonly [P in Primitive]?: EvaluationRule<P>;
};
