/**
 * Convolution and its two transposes as matrix products on unfolded inputs ("im2col").
 *
 * For one sample and one group let x̂ be the zero-padded input, p a position of the kernel (one output pixel), and t a
 * tap (channel within the group and kernel offset). With U[p, t] = x̂[position(p) + tap(t)],
 *     conv:           y[o, p] = Σ_t w[o, t]·U[p, t]
 *     convFilterGrad: w[o, t] = Σ_p y[o, p]·U[p, t], summed over samples
 *     convInputGrad:  x̂[position(p) + tap(t)] += Σ_o w[o, t]·y[o, p]
 * Offsets into x̂ are sums of one table per position and one per tap, for any rank, stride, dilation and padding.
 */
import type { Node } from '../node';
import { elementCount, operand } from '../node';
import type { ConvGeometry, Primitive, Shape } from '../primitives';
import { windowPositions } from '../shapes';
import type { EvaluationRule } from './kernel';
import { asFloats, floatsOf } from './kernel';
import { addProductTransposed } from './matrixProduct';
import type { StridedCopy } from './stridedCopy';
import { rowMajorStrides, stridedCopy } from './stridedCopy';

interface ConvolutionPlan {
  readonly batch: number;
  readonly groups: number;
  readonly outPerGroup: number;
  readonly positions: Int32Array;
  readonly taps: Int32Array;
  /** Elements of one sample of x, and of its padded form. */
  readonly sampleSize: number;
  readonly paddedSize: number;
  /** Elements of one group of the padded sample. */
  readonly groupSize: number;
  /** Copies one sample into and out of its padded form; null when there is no padding. */
  readonly pad: StridedCopy | null;
  readonly crop: StridedCopy | null;
}

/** Σ indexₐ·strideₐ for all indices below `sizes`, row-major. */
function offsets(sizes: Shape, strides: readonly number[]): Int32Array {
  let table = Int32Array.of(0);
  sizes.forEach((size, axis) => {
    const inner = Int32Array.from({ length: size }, (_, i) => i * (strides[axis] as number));
    const next = new Int32Array(table.length * size);
    table.forEach((base, i) => inner.forEach((step, j) => (next[i * size + j] = base + step)));
    table = next;
  });
  return table;
}

function planConvolution(x: Shape, w: Shape, geometry: ConvGeometry): ConvolutionPlan {
  const [batch = 1, channels = 1, ...spatial] = x;
  const [outChannels = 1, inPerGroup = 1, ...kernel] = w;
  const padded = spatial.map((size, axis) => {
    const [before, after] = geometry.padding[axis] ?? [0, 0];
    return size + before + after;
  });
  const strides = rowMajorStrides([channels, ...padded]);
  const [channelStride = 1, ...steps] = strides;
  const scaled = (factors: readonly number[]): number[] => steps.map((step, axis) => step * (factors[axis] ?? 1));
  const sampleSize = elementCount([channels, ...spatial]);
  const sampleStrides = rowMajorStrides([channels, ...spatial]);
  const start = steps.reduce((sum, step, axis) => sum + step * (geometry.padding[axis]?.[0] ?? 0), 0);
  const isPadded = geometry.padding.some(([before, after]) => before > 0 || after > 0);
  const sizes = [channels, ...spatial];
  return {
    batch,
    groups: geometry.groups,
    outPerGroup: outChannels / geometry.groups,
    positions: offsets(windowPositions(spatial, kernel, geometry), scaled(geometry.strides)),
    taps: offsets([inPerGroup, ...kernel], [channelStride, ...scaled(geometry.dilation)]),
    sampleSize,
    paddedSize: channels * channelStride,
    groupSize: inPerGroup * channelStride,
    pad: isPadded
      ? stridedCopy({ sizes, sourceStrides: sampleStrides, targetStrides: strides, targetOffset: start })
      : null,
    crop: isPadded
      ? stridedCopy({ sizes, sourceStrides: strides, targetStrides: sampleStrides, sourceOffset: start })
      : null,
  };
}

interface PaddedSample {
  readonly data: Float64Array;
  readonly offset: number;
}

/** Sample `n` with its padding: in `scratch`, which holds zeros where the padding is, or in place without padding. */
function paddedSample(plan: ConvolutionPlan, x: Float64Array, n: number, scratch: Float64Array): PaddedSample {
  const base = n * plan.sampleSize;
  if (plan.pad === null) return { data: x, offset: base };
  plan.pad(x, scratch, base);
  return { data: scratch, offset: 0 };
}

/** matrix[r, c] = x̂[offset + rows[r] + columns[c]]. */
function gather(
  padded: Float64Array,
  offset: number,
  rows: Int32Array,
  firstRow: number,
  rowCount: number,
  columns: Int32Array,
  firstColumn: number,
  columnCount: number,
  matrix: Float64Array,
): void {
  let o = 0;
  for (let r = firstRow; r < firstRow + rowCount; r++) {
    const base = offset + (rows[r] as number);
    for (let c = firstColumn; c < firstColumn + columnCount; c++, o++)
      matrix[o] = padded[base + (columns[c] as number)] as number;
  }
}

/** Unfolded elements held at a time: half a megabyte, so that they are still cached when they are multiplied. */
const unfoldedElements = 65536;

const positionsAtATime = (plan: ConvolutionPlan): number =>
  Math.min(plan.positions.length, Math.max(8, Math.floor(unfoldedElements / Math.max(1, plan.taps.length))));

const conv: EvaluationRule<'conv'> = (node: Node<'conv'>) => {
  const plan = planConvolution(operand(node, 0).shape, operand(node, 1).shape, node.parameters);
  const { batch, groups, outPerGroup, positions, taps, groupSize } = plan;
  const [p, t] = [positions.length, taps.length];
  const block = positionsAtATime(plan);
  return (inputs, output, workspace) => {
    const [x, w, y] = [floatsOf(inputs, 0), floatsOf(inputs, 1), asFloats(output)];
    const padded = workspace.floats(0, plan.paddedSize);
    const unfolded = workspace.floats(1, block * t);
    padded.fill(0, 0, plan.paddedSize);
    y.fill(0);
    for (let n = 0; n < batch; n++) {
      const sample = paddedSample(plan, x, n, padded);
      for (let g = 0; g < groups; g++)
        for (let first = 0; first < p; first += block) {
          const count = Math.min(block, p - first);
          gather(sample.data, sample.offset + g * groupSize, positions, first, count, taps, 0, t, unfolded);
          addProductTransposed(
            outPerGroup,
            count,
            t,
            { data: w, offset: g * outPerGroup * t, stride: t },
            { data: unfolded, offset: 0, stride: t },
            { data: y, offset: (n * groups + g) * outPerGroup * p + first, stride: p },
          );
        }
    }
  };
};

const convFilterGrad: EvaluationRule<'convFilterGrad'> = (node: Node<'convFilterGrad'>) => {
  const plan = planConvolution(operand(node, 0).shape, node.shape, node.parameters);
  const { batch, groups, outPerGroup, positions, taps, groupSize } = plan;
  const [p, t] = [positions.length, taps.length];
  const block = positionsAtATime(plan);
  return (inputs, output, workspace) => {
    const [x, y, w] = [floatsOf(inputs, 0), floatsOf(inputs, 1), asFloats(output)];
    const padded = workspace.floats(0, plan.paddedSize);
    const unfolded = workspace.floats(1, block * t);
    padded.fill(0, 0, plan.paddedSize);
    w.fill(0);
    for (let n = 0; n < batch; n++) {
      const sample = paddedSample(plan, x, n, padded);
      for (let g = 0; g < groups; g++)
        for (let first = 0; first < p; first += block) {
          const count = Math.min(block, p - first);
          gather(sample.data, sample.offset + g * groupSize, taps, 0, t, positions, first, count, unfolded);
          addProductTransposed(
            outPerGroup,
            t,
            count,
            { data: y, offset: (n * groups + g) * outPerGroup * p + first, stride: p },
            { data: unfolded, offset: 0, stride: count },
            { data: w, offset: g * outPerGroup * t, stride: t },
          );
        }
    }
  };
};

/** x̂[offset + rows[r] + columns[c]] += matrix[r, c]. */
function scatterAdd(
  matrix: Float64Array,
  rows: Int32Array,
  columns: Int32Array,
  firstColumn: number,
  columnCount: number,
  padded: Float64Array,
  offset: number,
): void {
  let o = 0;
  for (let r = 0; r < rows.length; r++) {
    const base = offset + (rows[r] as number);
    for (let c = firstColumn; c < firstColumn + columnCount; c++, o++) {
      const target = base + (columns[c] as number);
      padded[target] = (padded[target] as number) + (matrix[o] as number);
    }
  }
}

const convInputGrad: EvaluationRule<'convInputGrad'> = (node: Node<'convInputGrad'>) => {
  const plan = planConvolution(node.shape, operand(node, 1).shape, node.parameters);
  const { batch, groups, outPerGroup, positions, taps, groupSize } = plan;
  const [p, t] = [positions.length, taps.length];
  const block = positionsAtATime(plan);
  const transposed = (rows: number, columns: number): StridedCopy =>
    stridedCopy({ sizes: [columns, rows], sourceStrides: [1, columns], targetStrides: [rows, 1] });
  const [transposeWeight, transposeOutput] = [transposed(outPerGroup, t), transposed(outPerGroup, p)];
  return (inputs, output, workspace) => {
    const [y, w, x] = [floatsOf(inputs, 0), floatsOf(inputs, 1), asFloats(output)];
    const padded = workspace.floats(0, plan.paddedSize);
    const products = workspace.floats(1, block * t);
    const wByTap = workspace.floats(2, groups * outPerGroup * t);
    const yByPosition = workspace.floats(3, outPerGroup * p);
    for (let g = 0; g < groups; g++) {
      const base = g * outPerGroup * t;
      transposeWeight(w, wByTap, base, base);
    }
    const { crop } = plan;
    if (crop === null) x.fill(0);
    for (let n = 0; n < batch; n++) {
      if (crop !== null) padded.fill(0, 0, plan.paddedSize);
      const [target, start] = crop === null ? [x, n * plan.sampleSize] : [padded, 0];
      for (let g = 0; g < groups; g++) {
        transposeOutput(y, yByPosition, (n * groups + g) * outPerGroup * p);
        for (let first = 0; first < p; first += block) {
          const count = Math.min(block, p - first);
          products.fill(0, 0, t * count);
          addProductTransposed(
            t,
            count,
            outPerGroup,
            { data: wByTap, offset: g * outPerGroup * t, stride: outPerGroup },
            { data: yByPosition, offset: first * outPerGroup, stride: outPerGroup },
            { data: products, offset: 0, stride: count },
          );
          scatterAdd(products, taps, positions, first, count, target, start + g * groupSize);
        }
      }
      crop?.(padded, x, 0, n * plan.sampleSize);
    }
  };
};

export const convolutionRules = { conv, convInputGrad, convFilterGrad } satisfies {
  readonly [P in Primitive]?: EvaluationRule<P>;
};
