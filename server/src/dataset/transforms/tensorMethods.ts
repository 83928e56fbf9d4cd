/** Tensor methods that lambdas in transforms call: view(-1), repeat(3, 1, 1), arithmetic with numbers. */
import type { DataValue } from '../dataCall';
import type { Picture } from './picture';
import { numbersOf, type TransformRule } from './rule';

const count = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** Sizes given as separate numbers or as one sequence. */
const sizesOf = (args: Readonly<Record<string, DataValue>>): readonly number[] | undefined => {
  const values = Object.entries(args).filter(([key]) => /^\d+$/.test(key));
  return values.length === 1 ? numbersOf(values[0]?.[1]) : numbersOf(values.map(([, value]) => value));
};

function reshaped(picture: Picture, sizes: readonly number[]): Picture {
  const known = count(sizes.filter((size) => size !== -1));
  const total = picture.data.length;
  const shape = sizes.map((size) => (size === -1 ? total / known : size));
  if (count(shape) !== total || shape.some((size) => !Number.isInteger(size) || size < 0))
    throw new RangeError(`[${picture.shape.join(', ')}] cannot be viewed as [${sizes.join(', ')}]`);
  return { ...picture, shape };
}

const reshape: TransformRule = {
  parameters: [],
  make(args) {
    const sizes = sizesOf(args);
    return sizes && { apply: (picture) => reshaped(picture, sizes) };
  },
};

/** Largest number of elements that a repetition may give. */
const LARGEST = 1 << 26;

/** Whole copies along the first axis; other axes stay as they are. */
const repeat: TransformRule = {
  parameters: [],
  make(args) {
    const [times = 1, ...rest] = sizesOf(args) ?? [NaN];
    if (!Number.isInteger(times) || times < 1 || rest.some((each) => each !== 1 && each !== -1)) return undefined;
    return {
      apply(picture) {
        const { data, shape } = picture;
        if (rest.length !== shape.length - 1 || data.length * times > LARGEST)
          throw new RangeError(`repeat(${[times, ...rest].join(', ')}) of [${shape.join(', ')}] is not made`);
        const all =
          data instanceof Uint8Array ? new Uint8Array(data.length * times) : new Float32Array(data.length * times);
        for (let copy = 0; copy < times; copy++) all.set(data, copy * data.length);
        return { ...picture, data: all, shape: [(shape[0] ?? 1) * times, ...shape.slice(1)] };
      },
    };
  },
};

/** expand(3, -1, -1) of one channel gives the values of repeat. */
const expand: TransformRule = {
  parameters: [],
  make(args) {
    const sizes = sizesOf(args);
    if (sizes === undefined) return undefined;
    return {
      apply(picture) {
        const [channels = 1] = sizes;
        if (picture.shape[0] !== 1 || sizes.slice(1).some((size, i) => size !== -1 && size !== picture.shape[i + 1]))
          throw new RangeError(`expand(${sizes.join(', ')}) of [${picture.shape.join(', ')}] is not made`);
        const times = Object.fromEntries(
          [channels, ...sizes.slice(1).map(() => 1)].map((size, i) => [String(i), size]),
        );
        return repeat.make(times)?.apply?.(picture) ?? picture;
      },
    };
  },
};

const unsqueeze: TransformRule = {
  parameters: ['dim'],
  make({ dim }) {
    if (typeof dim !== 'number') return undefined;
    return {
      apply(picture) {
        const at = dim < 0 ? dim + picture.shape.length + 1 : dim;
        return { ...picture, shape: [...picture.shape.slice(0, at), 1, ...picture.shape.slice(at)] };
      },
    };
  },
};

const squeeze: TransformRule = {
  parameters: ['dim'],
  make({ dim }) {
    if (dim !== undefined && typeof dim !== 'number') return undefined;
    return {
      apply(picture) {
        const at = dim === undefined || dim >= 0 ? dim : dim + picture.shape.length;
        return { ...picture, shape: picture.shape.filter((size, i) => size !== 1 || (at !== undefined && i !== at)) };
      },
    };
  },
};

const elementwise = (compute: (value: number, by: number) => number): TransformRule => ({
  parameters: ['other'],
  make({ other }) {
    if (typeof other !== 'number') return undefined;
    return { apply: (picture) => ({ ...picture, data: Float32Array.from(picture.data, (x) => compute(x, other)) }) };
  },
});

const same: TransformRule = { parameters: [], make: () => ({}) };

/** What `lambda x: x.name(…)` does, by name. */
export const tensorMethods: Readonly<Record<string, TransformRule>> = {
  view: reshape,
  reshape,
  flatten: { parameters: [], make: () => ({ apply: (picture) => reshaped(picture, [-1]) }) },
  ravel: { parameters: [], make: () => ({ apply: (picture) => reshaped(picture, [-1]) }) },
  repeat,
  expand,
  unsqueeze,
  squeeze,
  add: elementwise((x, by) => x + by),
  sub: elementwise((x, by) => x - by),
  mul: elementwise((x, by) => x * by),
  div: elementwise((x, by) => x / by),
  float: {
    parameters: [],
    make: () => ({ apply: (picture) => ({ ...picture, data: Float32Array.from(picture.data) }) }),
  },
  contiguous: same,
  clone: same,
};
