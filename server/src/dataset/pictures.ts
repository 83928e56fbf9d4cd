/** Images as samples: each goes through the transforms of the code, by default torchvision's ToTensor. */
import { CheckpointError } from '../checkpoint/checkpointError';
import type { ArrayData } from '../engine/engine';
import { elementCount } from '../graph/node';
import type { DataValue } from './dataCall';
import { ImageError } from './images/imageError';
import type { SampleArray } from './sampleArrays';
import { applyPipeline, describePipeline, pipelineOf, type Pipeline } from './transforms/pipeline';
import type { Picture } from './transforms/picture';

/** Images that can be read one by one. */
export interface PictureSource {
  readonly name: string;
  readonly size: number;
  /** As they lie in the files: `uint8`, `jpeg`. */
  readonly storedType: string;
  /** Bytes, channels first. Throws ImageErrors and CheckpointErrors. */
  picture(index: number): Promise<Picture>;
  /** Where a sample lies, for messages. */
  placeOf(index: number): { readonly file: string; readonly where: string };
}

/** Images of equal size that are stored as an array of bytes: [channels, height, width], or [height, width]. */
export function storedPictures(array: SampleArray, file: string): PictureSource {
  const shape = array.shape.length === 2 ? [1, ...array.shape] : array.shape;
  return {
    name: array.name,
    size: array.size,
    storedType: array.storedType,
    async picture(index) {
      return { shape, data: Uint8Array.from(await array.rows([index])), form: 'image' };
    },
    placeOf: (index) => ({ file, where: `array '${array.name}', sample ${index}` }),
  };
}

export interface PictureSamples {
  readonly array: SampleArray;
  /** What was done with the images. */
  readonly note: string;
}

const toTensor: DataValue = { name: 'ToTensor', origin: 'library', positional: [], named: {} };

/** `transform`: as the code makes it; undefined: the code says nothing. The first image decides the shape. */
export async function pictureSamples(source: PictureSource, transform: DataValue | undefined): Promise<PictureSamples> {
  const pipeline = pipelineOf(transform ?? toTensor);
  const first = source.size === 0 ? undefined : await transformed(source, 0, pipeline);
  const shape = first?.shape ?? [];
  const dtype = first !== undefined && isBytes(first) ? 'int' : 'float';
  const width = elementCount(shape);
  const array: SampleArray = {
    name: source.name,
    size: source.size,
    storedType: source.storedType,
    shape,
    dtype,
    async rows(indices): Promise<ArrayData> {
      const rows = dtype === 'int' ? new Int32Array(indices.length * width) : new Float32Array(indices.length * width);
      for (const [row, index] of indices.entries()) {
        const picture = await transformed(source, index, pipeline);
        requireShape(picture.shape, shape, source.placeOf(index), transform === undefined);
        rows.set(picture.data, row * width);
      }
      return rows;
    },
  };
  const note = transform === undefined ? '' : describePipeline(pipeline);
  return { array, note: note === '' ? 'pixels scaled to 0 … 1' : note };
}

/** Bytes that the code hands to the model as they are. */
const isBytes = ({ data, form }: Picture): boolean => data instanceof Uint8Array && form === 'tensor';

async function transformed(source: PictureSource, index: number, pipeline: Pipeline): Promise<Picture> {
  try {
    const picture = applyPipeline(pipeline, await source.picture(index));
    // Images that no transform makes tensors of would not reach a model as they are.
    return picture.data instanceof Uint8Array && picture.form === 'image'
      ? applyPipeline(pipelineOf(toTensor), picture)
      : picture;
  } catch (error) {
    if (!(error instanceof ImageError || error instanceof RangeError)) throw error;
    const { file, where } = source.placeOf(index);
    const hint =
      error instanceof ImageError
        ? 'Replace or remove the image.'
        : 'Check the transforms that the training script gives to its data set.';
    throw new CheckpointError(error.message, file, where, hint);
  }
}

function requireShape(
  found: readonly number[],
  expected: readonly number[],
  { file, where }: { readonly file: string; readonly where: string },
  isPlain: boolean,
): void {
  if (found.join() === expected.join()) return;
  throw new CheckpointError(
    `the image becomes [${found.join(', ')}], the first one [${expected.join(', ')}]`,
    file,
    where,
    isPlain
      ? 'Give the data set a transform with Resize and CenterCrop in the training script.'
      : 'Add Resize and CenterCrop to the transforms of the data set.',
  );
}
