/** Files that another file names: those beside it, and not what a link makes of them. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { openModelFile } from '../../../server/src/frontend/modelFiles';
import { modelType } from '../../../server/src/checkpoint/onnx/schema';
import { DiskDataFiles } from '../../../server/src/project/diskDataFiles';
import { loadState } from '../../../server/src/worker/loadParameters';

const root = mkdtempSync(join(tmpdir(), 'hessian-lens-beside-'));
afterAll(() => rmSync(root, { recursive: true }));
const path = (...parts: string[]): string => join(root, ...parts);
for (const folder of ['model/weights', 'elsewhere', 'cache/blobs', 'cache/snapshot'])
  mkdirSync(path(folder), { recursive: true });

const weights = Float32Array.from([1.5, -2, 0.25, 8]);
/** y = x w with w in another file. */
const model = modelType
  .encode({
    irVersion: 8,
    graph: {
      node: [{ opType: 'MatMul', input: ['x', 'w'], output: ['y'] }],
      initializer: [
        {
          name: 'w',
          dims: [2, 2],
          dataType: 1,
          dataLocation: 1,
          externalData: [{ key: 'location', value: 'weights/w.bin' }],
        },
      ],
      input: [
        { name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'n' }, { dimValue: 2 }] } } } },
      ],
      output: [{ name: 'y' }],
    },
    opsetImport: [{ domain: '', version: 17 }],
  })
  .finish();
writeFileSync(path('elsewhere/secret.bin'), weights);
writeFileSync(path('model/m.onnx'), model);
writeFileSync(path('model/kept.bin'), weights);

const files = new DiskDataFiles();
afterEach(() => files.close());

async function weightsOf(file: string): Promise<number[]> {
  const opened = await openModelFile(files, file);
  const sources = { read: () => undefined, resolveModule: () => undefined };
  const traced = opened.trace({ file, source: '', sources });
  return [...((await loadState(traced, file)).parameters.get('w') ?? [])];
}

const link = (target: string, name: string): void => {
  rmSync(path(name), { force: true });
  symlinkSync(path(target), path(name));
};

describe('data in another file', () => {
  test('are read beside the model, also through a link that stays there', async () => {
    writeFileSync(path('model/weights/w.bin'), weights);
    expect(await weightsOf(path('model/m.onnx'))).toEqual([...weights]);
    link('model/kept.bin', 'model/weights/w.bin');
    expect(await weightsOf(path('model/m.onnx'))).toEqual([...weights]);
  });

  test('are refused where a link leads elsewhere', async () => {
    link('elsewhere/secret.bin', 'model/weights/w.bin');
    await expect(weightsOf(path('model/m.onnx'))).rejects.toThrow(
      /'weights\/w.bin' is a link that leads out of the model's folder/,
    );
    rmSync(path('model/weights'), { recursive: true });
    link('elsewhere', 'model/weights');
    writeFileSync(path('elsewhere/w.bin'), weights);
    await expect(weightsOf(path('model/m.onnx'))).rejects.toThrow(/leads out of the model's folder/);
  });

  test('are read where the model itself is a link and they lie beside what it leads to', async () => {
    writeFileSync(path('cache/blobs/a1'), model);
    writeFileSync(path('cache/blobs/b2'), weights);
    mkdirSync(path('cache/snapshot/weights'));
    link('cache/blobs/a1', 'cache/snapshot/m.onnx');
    link('cache/blobs/b2', 'cache/snapshot/weights/w.bin');
    expect(await weightsOf(path('cache/snapshot/m.onnx'))).toEqual([...weights]);
  });

  test('that are not there are named', async () => {
    rmSync(path('cache/snapshot/weights/w.bin'));
    await expect(weightsOf(path('cache/snapshot/m.onnx'))).rejects.toThrow(/there is no such file/);
  });
});
