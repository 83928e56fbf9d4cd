import { describe, expect, it } from 'vitest';
import { MemoryByteSource } from '../../../server/src/checkpoint/byteSource';
import type { ElementType } from '../../../server/src/checkpoint/elementType';
import { StridedTensor } from '../../../server/src/checkpoint/stridedTensor';
import { Random } from '../../../server/src/curvature/random';
import { openFixture } from './fixtures';

const tensorOf = (data: Float32Array | Float64Array, dtype: ElementType): StridedTensor =>
  new StridedTensor(
    't',
    dtype,
    { key: '0', bytes: new MemoryByteSource('t', new Uint8Array(data.buffer)), littleEndian: true },
    { shape: [data.length], strides: [1], offset: 0 },
  );

describe('tensor statistics', () => {
  it('counts what is not a healthy number, by the stored type', async () => {
    const { tensors } = await openFixture('dtypes.pt');
    const of = async (name: string) => tensors.find((tensor) => tensor.name === name)?.statistics();
    // The fixture: 0, -1.5, 3.140625, 65504, 2^-24, inf, nan; 2^-24 is denormal only in float16.
    expect(await of('float16')).toMatchObject({
      count: 7,
      nan: 1,
      infinite: 1,
      zero: 1,
      denormal: 1,
      min: -1.5,
      max: 65504,
    });
    expect(await of('bfloat16')).toMatchObject({ count: 7, nan: 1, infinite: 1, zero: 1, denormal: 0 });
    expect(await of('float32')).toMatchObject({ count: 3, denormal: 1 });
    expect(await of('float64')).toMatchObject({ count: 3, denormal: 1 });
    expect(await of('int8')).toMatchObject({ min: -128, max: 127, mean: -0.5, std: 127.5, denormal: 0 });
    // Every byte once: 253 finite numbers and two NaN in e4m3fn, of which two zeros.
    expect(await of('float8_e4m3fn')).toMatchObject({
      count: 256,
      nan: 2,
      infinite: 0,
      zero: 2,
      denormal: 14,
      max: 448,
      min: -448,
    });
    expect(await of('float8_e5m2')).toMatchObject({
      count: 256,
      nan: 6,
      infinite: 2,
      zero: 2,
      denormal: 6,
      max: 57344,
    });
  });

  it('mean and deviation over several chunks agree with two passes in float64', async () => {
    const random = new Random(3);
    const values = Float64Array.from(
      { length: 2_500_000 },
      (_, index) => 1e6 + random.uniform() + (index > 2_000_000 ? 5 : 0),
    );
    const mean = values.reduce((sum, value) => sum + (value - 1e6), 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - 1e6 - mean) ** 2, 0) / values.length;
    const statistics = await tensorOf(values, 'float64').statistics();
    expect(statistics.mean - 1e6).toBeCloseTo(mean, 8);
    expect(statistics.std).toBeCloseTo(Math.sqrt(variance), 8);
  });

  it('an all-zero tensor has as many zeros as elements; an empty or non-finite one has no mean', async () => {
    expect(await tensorOf(new Float32Array(5), 'float32').statistics()).toMatchObject({
      count: 5,
      zero: 5,
      mean: 0,
      std: 0,
    });
    expect(await tensorOf(new Float32Array(0), 'float32').statistics()).toMatchObject({ count: 0, mean: NaN });
    expect(await tensorOf(Float32Array.of(NaN, Infinity), 'float32').statistics()).toMatchObject({
      nan: 1,
      infinite: 1,
      min: NaN,
    });
  });
});
