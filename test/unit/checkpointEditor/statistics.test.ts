import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryByteSource } from '../../../server/src/checkpoint/byteSource';
import { decodeElements } from '../../../server/src/checkpoint/elementType';
import { histogram } from '../../../server/src/checkpoint/histogram';
import { contiguousStrides, StridedTensor } from '../../../server/src/checkpoint/stridedTensor';

const tensorOf = (
  values: readonly number[],
  shape = [values.length],
  strides = contiguousStrides(shape),
): StridedTensor => {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  return new StridedTensor(
    't',
    'float64',
    { key: '0', bytes: new MemoryByteSource('t', bytes), littleEndian: true },
    { shape, strides, offset: 0 },
  );
};

const anyNumber = fc.double();

describe('histogram', () => {
  it('counts every finite element once, each in the bin whose edges enclose it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyNumber, { minLength: 1, maxLength: 400 }), async (values) => {
        const tensor = tensorOf(values);
        const statistics = await tensor.statistics();
        const bins = await histogram(tensor, statistics);
        const finite = values.filter(Number.isFinite);
        expect(bins.reduce((sum, count) => sum + count, 0)).toBe(finite.length);
        const { min, max } = statistics;
        // Exactly on an edge, rounding decides: only elements clearly inside are checked.
        if (bins.length > 1 && max - min < Infinity && max - min > 1e-300)
          bins.forEach((count, k) => {
            const slack = 1e-9 * bins.length;
            const place = (value: number): number => ((value - min) / (max - min)) * bins.length;
            const surely = finite.filter((value) => place(value) > k + slack && place(value) < k + 1 - slack).length;
            const maybe = finite.filter((value) => place(value) > k - slack && place(value) < k + 1 + slack).length;
            expect(count).toBeGreaterThanOrEqual(surely);
            expect(count).toBeLessThanOrEqual(maybe);
          });
      }),
      { numRuns: 300 },
    );
  });

  it('of equal elements is one bin, of none is none', async () => {
    const equal = tensorOf([2, 2, 2]);
    expect(await histogram(equal, await equal.statistics())).toEqual([3]);
    const nothing = tensorOf([NaN, Infinity]);
    expect(await histogram(nothing, await nothing.statistics())).toEqual([]);
  });

  it('spans the whole range of float64 and its smallest numbers without a lost element', async () => {
    for (const values of [
      [-1.7e308, 0, 1.7e308],
      [5e-324, 1e-323, 2e-322],
      [-4e-320, 3e-310],
    ]) {
      const tensor = tensorOf(values);
      const bins = await histogram(tensor, await tensor.statistics());
      expect(bins[0]).toBeGreaterThanOrEqual(1);
      expect(bins.at(-1)).toBeGreaterThanOrEqual(1);
      expect(bins.reduce((sum, count) => sum + count, 0)).toBe(values.length);
    }
  });
});

describe('statistics', () => {
  it('count zeros, denormals, NaN and infinities apart, and know extremes of the finite ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyNumber, { maxLength: 200 }), async (values) => {
        const found = await tensorOf(values).statistics();
        const finite = values.filter(Number.isFinite);
        expect(found.count).toBe(values.length);
        expect(found.nan).toBe(values.filter(Number.isNaN).length);
        expect(found.infinite + found.nan + finite.length).toBe(values.length);
        expect(found.zero).toBe(finite.filter((value) => value === 0).length);
        expect(found.denormal).toBe(finite.filter((value) => value !== 0 && Math.abs(value) < 2 ** -1022).length);
        if (finite.length > 0) {
          expect(found.min === Math.min(...finite) && found.max === Math.max(...finite)).toBe(true);
        } else expect(found.min).toBeNaN();
      }),
    );
  });

  it('do not depend on the order in which a transposed or permuted tensor lies in the file', async () => {
    const values = Array.from({ length: 120 }, (_, i) => Math.sin(i * i));
    const straight = await tensorOf(values).statistics();
    for (const [shape, strides] of [
      [
        [10, 12],
        [1, 10],
      ],
      [
        [4, 5, 6],
        [1, 24, 4],
      ],
      [
        [1, 120],
        [7, 1],
      ],
    ] as const) {
      const found = await tensorOf(values, [...shape], [...strides]).statistics();
      expect(found.mean).toBeCloseTo(straight.mean, 14);
      expect(found.std).toBeCloseTo(straight.std, 14);
      expect([found.min, found.max, found.count]).toEqual([straight.min, straight.max, straight.count]);
    }
  });

  it('of a transposed tensor are streamed: no read is larger than a chunk', async () => {
    const [rows, columns] = [2048, 2048];
    let largest = 0;
    const bytes = new MemoryByteSource('t', new Uint8Array(rows * columns * 4));
    const watched = {
      name: 't',
      size: bytes.size,
      read: (offset: number, length: number) => {
        largest = Math.max(largest, length);
        return bytes.read(offset, length);
      },
    };
    const tensor = new StridedTensor(
      't',
      'float32',
      { key: '0', bytes: watched, littleEndian: true },
      { shape: [rows, columns], strides: [1, rows], offset: 0 },
    );
    expect((await tensor.statistics()).zero).toBe(rows * columns);
    expect(largest).toBeLessThanOrEqual(4 << 20);
  });
});

describe('float16', () => {
  it('decodes every bit pattern to the value of its definition', () => {
    const bits = Uint16Array.from({ length: 1 << 16 }, (_, i) => i);
    const values = decodeElements(new Uint8Array(bits.buffer), 'float16', true);
    bits.forEach((pattern) => {
      const exponent = (pattern >> 10) & 31;
      const fraction = pattern & 1023;
      const sign = pattern >> 15 === 1 ? -1 : 1;
      const expected =
        exponent === 31
          ? fraction === 0
            ? sign * Infinity
            : NaN
          : sign * (exponent === 0 ? fraction / 2 ** 24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
      if (!Object.is(values[pattern], expected)) expect(values[pattern]).toBe(expected);
    });
  });
});
