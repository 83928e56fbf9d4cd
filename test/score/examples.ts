/** The examples of this repository as problems, at their initial weights or at their checkpoint's. */
import { resolve } from 'node:path';
import type { Problem } from '../../server/src/curvature/problem';
import { DiskDataFiles } from '../../server/src/project/diskDataFiles';
import { loadState } from '../../server/src/worker/loadParameters';
import { drawSamples } from '../../server/src/worker/loadSamples';
import { readModel } from '../../server/src/worker/readModel';
import { createProblem } from '../../server/src/worker/tracedProblem';

export interface Example {
  readonly name: string;
  /** Below `examples/`. */
  readonly model: string;
  readonly checkpoint: string;
  readonly data: string;
}

export const digits: Example = {
  name: 'digits',
  model: 'digits/model.py',
  checkpoint: 'digits/digits.pt',
  data: 'digits/digits.npz',
};
export const characters: Example = {
  name: 'character model',
  model: 'chargpt/model.py',
  checkpoint: 'chargpt/chargpt.pt',
  data: 'chargpt/sequences.npz',
};
export const kerasDigits: Example = {
  name: 'Keras digits',
  model: 'keras-digits/model.py',
  checkpoint: 'keras-digits/digits.keras',
  data: 'keras-digits/digits.npz',
};
export const tfjsDigits: Example = {
  name: 'TensorFlow.js digits',
  model: 'tfjs-digits/model.js',
  checkpoint: 'tfjs-digits/model.json',
  data: 'tfjs-digits/digits.csv',
};

export const examples: readonly Example[] = [digits, characters, kerasDigits, tfjsDigits];

/** With `samples` of its data, drawn by the seed. */
export async function problemOfExample(
  { model, checkpoint, data }: Example,
  { trained, samples, seed }: { readonly trained: boolean; readonly samples: number; readonly seed: number },
): Promise<Problem> {
  const files = new DiskDataFiles();
  const at = (path: string): string => resolve('examples', path);
  try {
    const study = await readModel(
      { modelFile: at(model), data: at(data), inputs: [], top: 1, seed, engine: 'auto', precision: 'float32' },
      files,
    );
    if (study.data === undefined) throw new Error(`no data for ${model}`);
    const traced = study.traceBatch(2);
    const state = await loadState(traced, trained ? at(checkpoint) : undefined);
    const drawn = await drawSamples(study.data.dataset, traced, traced.loss.targets, samples, seed, study.data.path);
    return createProblem(study.traceBatch, state, drawn);
  } finally {
    await files.close();
  }
}
