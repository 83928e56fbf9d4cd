/**
 * One loop nest behind transpose, broadcast, slice, pad, concat and reverse: for every index (i₀, i₁, …) below `sizes`,
 * target[targetOffset + Σ iₐ·targetStridesₐ] = source[sourceOffset + Σ iₐ·sourceStridesₐ]. Strides may be 0 or negative.
 */
import type { Shape } from '../primitives';
import type { Data } from './kernel';

/** Row-major strides of a shape, in elements. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] as number;
  }
  return strides;
}

export interface StridedLayout {
  readonly sizes: readonly number[];
  readonly sourceStrides: readonly number[];
  readonly targetStrides: readonly number[];
  readonly sourceOffset?: number;
  readonly targetOffset?: number;
}

/** The bases are added to the layout's offsets: one prepared copy serves every sample of a batch. */
export type StridedCopy = (source: Data, target: Data, sourceBase?: number, targetBase?: number) => void;

interface Loop {
  size: number;
  source: number;
  target: number;
}

/** Loops outermost first: axes of size 1 dropped, and neighbours that step like one longer axis joined. */
function mergedLoops({ sizes, sourceStrides, targetStrides }: StridedLayout): Loop[] {
  const loops: Loop[] = [];
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const [source, target] = [sourceStrides[axis] as number, targetStrides[axis] as number];
    const outer = loops.at(-1);
    if (outer !== undefined && outer.source === source * size && outer.target === target * size) {
      loops[loops.length - 1] = { size: outer.size * size, source, target };
    } else {
      loops.push({ size, source, target });
    }
  });
  return loops;
}

/** Square tiles whose source and target both stay in the first-level cache. */
const tile = 32;

function copyRow(
  source: Data,
  from: number,
  sourceStep: number,
  target: Data,
  to: number,
  targetStep: number,
  count: number,
): void {
  if (sourceStep === 0 && targetStep === 1) {
    target.fill(source[from] as number, to, to + count);
    return;
  }
  if (sourceStep === 1 && targetStep === 1 && count > 48) {
    target.set(source.subarray(from, from + count), to);
    return;
  }
  for (let i = 0; i < count; i++) {
    target[to] = source[from] as number;
    from += sourceStep;
    to += targetStep;
  }
}

/** Reads along one axis and writes along the other, tile by tile, so that neither misses the cache on every element. */
function copyTiled(source: Data, from: number, target: Data, to: number, rows: Loop, columns: Loop): void {
  for (let r0 = 0; r0 < rows.size; r0 += tile) {
    const r1 = Math.min(rows.size, r0 + tile);
    for (let c0 = 0; c0 < columns.size; c0 += tile) {
      const width = Math.min(columns.size, c0 + tile) - c0;
      for (let r = r0; r < r1; r++) {
        let s = from + r * rows.source + c0 * columns.source;
        let t = to + r * rows.target + c0 * columns.target;
        for (let c = 0; c < width; c++) {
          target[t] = source[s] as number;
          s += columns.source;
          t += columns.target;
        }
      }
    }
  }
}

/**
 * Removes from the outer loops the one that is to enclose `columns`: the next one out, or where `columns` jumps through
 * the source, the one that walks it in the smallest steps. The order of the loops does not change the result.
 */
function takeRows(outer: Loop[], columns: Loop): Loop {
  let chosen = outer.length - 1;
  if (Math.abs(columns.source) > 1)
    outer.forEach(({ source }, i) => {
      if (source !== 0 && Math.abs(source) < Math.abs((outer[chosen] as Loop).source || Infinity)) chosen = i;
    });
  return outer.splice(Math.max(chosen, 0), 1)[0] ?? { size: 1, source: 0, target: 0 };
}

/** Prepares the copy; the loops are fixed here, so that running it allocates only a counter. */
export function stridedCopy(layout: StridedLayout): StridedCopy {
  if (layout.sizes.includes(0)) return () => undefined;
  const loops = mergedLoops(layout);
  const [sourceStart, targetStart] = [layout.sourceOffset ?? 0, layout.targetOffset ?? 0];
  const columns = loops.pop() ?? { size: 1, source: 1, target: 1 };
  const rows = takeRows(loops, columns);
  const tiled = Math.abs(columns.source) > 1 && rows.size > 1;
  const outer = loops;
  const blocks = outer.reduce((count, { size }) => count * size, 1);

  return (source, target, sourceBase = 0, targetBase = 0) => {
    const counter = new Int32Array(outer.length);
    let [from, to] = [sourceStart + sourceBase, targetStart + targetBase];
    for (let block = 0; block < blocks; block++) {
      if (tiled) {
        copyTiled(source, from, target, to, rows, columns);
      } else {
        let [s, t] = [from, to];
        for (let r = 0; r < rows.size; r++, s += rows.source, t += rows.target)
          copyRow(source, s, columns.source, target, t, columns.target, columns.size);
      }
      for (let axis = outer.length - 1; axis >= 0; axis--) {
        const loop = outer[axis] as Loop;
        from += loop.source;
        to += loop.target;
        const next = (counter[axis] as number) + 1;
        if (next < loop.size) {
          counter[axis] = next;
          break;
        }
        counter[axis] = 0;
        from -= loop.size * loop.source;
        to -= loop.size * loop.target;
      }
    }
  };
}
