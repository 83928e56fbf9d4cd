/** A program's model as it is read out of its source, and out of the file that TensorFlow.js saves. */
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TracedModel } from '../../../../../server/src/frontend/model';
import { openModelFile } from '../../../../../server/src/frontend/modelFiles';
import { traceModel } from '../../../../../server/src/frontend/torch/traceModel';
import { DiskDataFiles } from '../../../../../server/src/project/diskDataFiles';
import { BATCH } from './truth';

const noSources = { read: () => undefined, resolveModule: () => undefined };
const settings = { sources: noSources, batch: BATCH, precision: 'float64', limits: { seconds: 30 } } as const;

export const tracedSource = (source: string): TracedModel =>
  traceModel({
    file: 'program.js',
    source: `import * as tf from '@tensorflow/tfjs';\n${source}`,
    model: 'build()',
    ...settings,
  });

export async function tracedSaved(model: tf.LayersModel): Promise<TracedModel> {
  const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-random-'));
  const file = join(folder, 'model.json');
  const files = new DiskDataFiles();
  try {
    await model.save(
      tf.io.withSaveHandler(({ modelTopology, weightSpecs, weightData }) => {
        writeFileSync(join(folder, 'weights.bin'), Buffer.from(weightData as ArrayBuffer));
        const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
        writeFileSync(file, JSON.stringify({ modelTopology, format: 'layers-model', weightsManifest }));
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
    );
    return (await openModelFile(files, file)).trace({ file, source: '', ...settings });
  } finally {
    await files.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
