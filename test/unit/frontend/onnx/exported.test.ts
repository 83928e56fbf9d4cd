import { describe, expect, test } from 'vitest';
import { folder, noSources, opened, outputOf, recorded } from './fixtures';
import { readdirSync } from 'node:fs';

const files = readdirSync(folder).filter((name) => name.endsWith('.onnx'));

describe('networks exported by PyTorch', () => {
  test.each(files)('%s computes what PyTorch computed', async (name) => {
    const { x, xShape, y } = await recorded(name.replace(/(-\w+)?\.onnx$/, ''));
    await opened(name, async (model, file) => {
      const traced = model.trace({ file, source: '', sources: noSources, batch: xShape[0] ?? 0 });
      expect(traced.stopped).toBeNull();
      const values = await outputOf(traced, file, x);
      expect(values.length).toBe(y.length);
      const largest = Math.max(...y.map(Math.abs));
      y.forEach((expected, i) => expect(Math.abs((values[i] ?? NaN) - expected) / largest).toBeLessThan(1e-5));
    });
  });
});
