/** The shape of one sample of a data set that a script makes, without the files. */
import { bind, type DataCall } from '../dataCall';
import { applyPipeline, pipelineOf } from '../transforms/pipeline';
import type { Picture } from '../transforms/picture';
import { torchvisionSets } from './catalogue';

export interface SampleShape {
  readonly shape: readonly number[];
  readonly dtype: 'float' | 'int';
  readonly classes: number | undefined;
  /** False where a transform is not known, which is taken to keep the shape. */
  readonly certain: boolean;
}

/** Two sizes of photographs: what comes out the same for both does not depend on the image. */
const photographs = [
  [3, 120, 160],
  [3, 180, 130],
] as const;

const MOST_REMEMBERED = 32;
const remembered = new Map<string, SampleShape | undefined>();

/** Undefined where the script does not determine it. */
export function sampleShapeOf(call: DataCall): SampleShape | undefined {
  const key = JSON.stringify(call);
  if (!remembered.has(key)) {
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(key, computedShape(call));
  }
  return remembered.get(key);
}

/** Transforms are run on whole images. */
function computedShape(call: DataCall): SampleShape | undefined {
  const set = call.origin === 'library' ? torchvisionSets[call.name] : undefined;
  if (set === undefined) return undefined;
  const { transform = null } = bind(call, set.parameters);
  const pipeline = pipelineOf(transform);
  try {
    const results = (set.image === undefined ? photographs : [set.image]).map((shape) =>
      applyPipeline(pipeline, blank(shape)),
    );
    const [first] = results;
    if (first === undefined || new Set(results.map(({ shape }) => shape.join())).size > 1) return undefined;
    const isBytes = first.data instanceof Uint8Array && first.form === 'tensor';
    return {
      shape: first.shape,
      dtype: isBytes ? 'int' : 'float',
      classes: set.classes,
      certain: pipeline.complete && transform !== null,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

const blank = (shape: readonly number[]): Picture => ({
  shape,
  data: new Uint8Array(shape.reduce((product, extent) => product * extent, 1)),
  form: 'image',
});

/** The training set among those a script makes: one that is loaded, shuffled, not called a test set. */
export function trainingSet<
  T extends { readonly value: DataCall; readonly loader: { readonly shuffle: boolean } | undefined },
>(sets: readonly T[]): T | undefined {
  const rank = ({ value, loader }: T): number => {
    const { train, split } = bind(value, torchvisionSets[value.name]?.parameters ?? []);
    const isTest =
      train === false ||
      (typeof split === 'string' && !/^(train|unlabeled|extra|byclass|balanced|letters|digits|mnist)/.test(split));
    return (isTest ? -4 : 0) + (loader?.shuffle === true ? 2 : 0) + (loader === undefined ? 0 : 1);
  };
  let best: T | undefined;
  for (const set of sets) if (best === undefined || rank(set) > rank(best)) best = set;
  return best;
}
