/** WebDataset: tar archives in which files of one name and different endings make up a sample (`0001.jpg`, `0001.cls`). */
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { openNpy } from '../../checkpoint/npy';
import { arrayDataset } from '../arrayDataset';
import { chooseArrays } from '../chooseArrays';
import { concatenated } from '../concatenated';
import type { Dataset, DatasetOptions } from '../dataset';
import { decodeImage, imageName, LARGEST_IMAGE } from '../images/decodeImage';
import { ImageError } from '../images/imageError';
import { joinedHash } from '../joinedHash';
import { labelArray } from '../labels';
import { pictureSamples, type PictureSource } from '../pictures';
import { tensorSamples, type SampleArray } from '../sampleArrays';
import { tarEntries } from './tar';

/** Files of a sample by their endings. */
interface Sample {
  readonly key: string;
  readonly parts: Map<string, ByteSource>;
}

/** `shards`: in order. Throws a CheckpointError where a sample lacks a part that the first one has. */
export async function openWebDataset(
  name: string,
  shards: readonly ByteSource[],
  { transform }: DatasetOptions,
): Promise<Dataset> {
  const samples: Sample[] = [];
  for (const shard of shards) samples.push(...(await samplesIn(shard)));
  const [first] = samples;
  if (first === undefined)
    throw new CheckpointError('the archive holds no samples', name, 'file', 'Give a .tar of samples.');
  const endings = [...first.parts.keys()];
  const complete = samples.filter(({ parts }) => endings.every((ending) => parts.has(ending)));
  const image = endings.find((ending) => imageName.test(`.${ending}`));
  const notes =
    complete.length < samples.length ? [`${samples.length - complete.length} incomplete samples left out`] : [];
  const label = endings.find((ending) => /^(cls|cls\.txt|index|label|id)$/.test(ending));
  const labels = label === undefined ? [] : [await numbers(name, complete, label)];
  if (image !== undefined) {
    const { array, note } = await pictureSamples(picturesOf(name, complete, image), transform);
    return arrayDataset(name, [array, ...labels], described(name, shards.length, [...notes, note]), () =>
      joinedHash(shards),
    );
  }
  const arrays = await Promise.all(
    endings.filter((ending) => ending.endsWith('npy')).map((ending) => arraysOf(complete, ending)),
  );
  const chosen = labels.length > 0 ? [...arrays.slice(0, 1), ...labels] : chooseArrays(arrays).arrays;
  if (arrays.length === 0)
    throw new CheckpointError(
      `a sample holds ${endings.join(', ')}`,
      name,
      `sample '${first.key}'`,
      'Read are png, jpg, ppm, npy and cls.',
    );
  return arrayDataset(name, chosen, described(name, shards.length, notes), () => joinedHash(shards));
}

function described(name: string, shards: number, notes: readonly string[]): string {
  const parts = [...(shards > 1 ? [`${shards} archives`] : []), ...notes.filter((note) => note !== '')];
  return parts.length === 0 ? name : `${name} (${parts.join('; ')})`;
}

/** Neighbours of one name; the ending begins at the first point of the file's name. */
async function samplesIn(shard: ByteSource): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const { path, bytes } of await tarEntries(shard)) {
    const [, key, ending] = /^((?:.*\/)?[^./][^./]*)\.([^/]+)$/.exec(path) ?? [];
    if (key === undefined || ending === undefined) continue;
    let sample = samples.at(-1);
    if (sample?.key !== key) samples.push((sample = { key, parts: new Map() }));
    sample.parts.set(ending.toLowerCase(), bytes);
  }
  return samples;
}

async function numbers(name: string, samples: readonly Sample[], ending: string): Promise<SampleArray> {
  const labels = new Int32Array(samples.length);
  for (const [i, { key, parts }] of samples.entries()) {
    const part = parts.get(ending);
    const text = part === undefined ? '' : Buffer.from(await part.read(0, Math.min(part.size, 32))).toString('latin1');
    if (!/^\s*-?\d{1,9}\s*$/.test(text))
      throw new CheckpointError(
        `'${text.slice(0, 20)}' is no class`,
        name,
        `${key}.${ending}`,
        'Save the class as a whole number.',
      );
    labels[i] = Number(text);
  }
  return labelArray(ending, labels, 'text');
}

const picturesOf = (name: string, samples: readonly Sample[], ending: string): PictureSource => ({
  name: ending,
  size: samples.length,
  storedType: 'image',
  async picture(index) {
    const part = samples[index]?.parts.get(ending);
    if (part === undefined || part.size > LARGEST_IMAGE) throw new ImageError('the image is too large');
    const { channels, height, width, data } = await decodeImage(await part.read(0, part.size));
    return { shape: [channels, height, width], data, form: 'image' };
  },
  placeOf: (index) => ({ file: name, where: `${samples[index]?.key ?? ''}.${ending}` }),
});

/** Arrays of equal shape, one to a sample. */
async function arraysOf(samples: readonly Sample[], ending: string): Promise<SampleArray> {
  const parts = await Promise.all(
    samples.map(async ({ key, parts: own }) => {
      const source = own.get(ending);
      if (source === undefined) throw new RangeError(`no ${ending} in ${key}`);
      const where = `${key}.${ending}`;
      const tensor = (await openNpy(source, ending, where))(ending);
      const whole = tensorSamples(tensor, ending, source.name);
      // One row: the array itself.
      const { size, shape } = whole;
      return {
        ...whole,
        size: 1,
        shape: [size, ...shape],
        rows: () => whole.rows(Array.from({ length: size }, (_, row) => row)),
      };
    }),
  );
  const [first] = parts;
  const other = parts.findIndex(({ shape }) => shape.join() !== first?.shape.join());
  if (other >= 0)
    throw new CheckpointError(
      `the array is [${parts[other]?.shape.join(', ') ?? ''}], the first one [${first?.shape.join(', ') ?? ''}]`,
      samples[other]?.parts.get(ending)?.name ?? '',
      `${samples[other]?.key ?? ''}.${ending}`,
      'Arrays must have equal shapes.',
    );
  return { ...concatenated(parts), name: ending.replace(/\.?npy$/, '') || 'npy' };
}
