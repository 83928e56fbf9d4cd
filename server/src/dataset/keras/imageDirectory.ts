/** Folders of images as Keras reads them: a folder for each class, in the order of their names; the split is that of its seed. */
import { createHash } from 'node:crypto';
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { DataValue } from '../dataCall';
import type { DataFiles } from '../dataset';
import { decodeImage, LARGEST_IMAGE } from '../images/decodeImage';
import { ImageError } from '../images/imageError';
import { RandomState } from '../randomState';
import type { Picture } from '../transforms/picture';
import { resample } from '../transforms/resample';
import { numbersOf } from '../transforms/rule';
import { grayscale, rgb } from '../transforms/values';
import { bilinear } from './bilinear';
import type { OpenedSet } from './openKerasSet';
import { firstThere } from './places';

type Arguments = Readonly<Record<string, DataValue>>;

interface Found {
  readonly path: string;
  readonly label: number;
}

/** What Keras takes for images; two kinds of them are not read. */
const imageName = /\.(png|jpe?g)$/i;
const unreadName = /\.(bmp|gif)$/i;
const MOST_IMAGES = 1 << 21;
const DEEPEST = 8;

/** `bases`: folders from which relative paths count. Throws a CheckpointError. */
export async function openImageDirectory(
  files: DataFiles,
  args: Arguments,
  bases: readonly string[],
): Promise<OpenedSet> {
  const { directory } = args;
  if (typeof directory !== 'string')
    throw new CheckpointError('the folder of images is not known', 'script', 'directory', 'Name it with --data.');
  const paths = /^(?:[\\/]|[A-Za-z]:)/.test(directory) ? [directory] : bases.map((base) => `${base}/${directory}`);
  const path = (
    await firstThere(files, {
      name: `the folder of images '${directory}'`,
      paths,
      hint: 'Put it there, or name other data with --data.',
    })
  ).replace(/(.)\/+$/, '$1');
  const { found, classes } = await imagesBelow(files, path, args);
  if (found.length === 0)
    throw new CheckpointError(
      'there are no images',
      path,
      'folder',
      'Read are PNG and JPEG, in a folder for each class.',
    );
  const chosen = partOf(found, args);
  const reading = readerOf(files, args, path);
  return {
    path,
    array: (name) =>
      Promise.resolve(
        name === 'images'
          ? { ...reading, size: chosen.length, rows: (indices) => reading.read(chosen, indices) }
          : labelRows(chosen, classes, args),
      ),
    hash: () =>
      Promise.resolve(
        createHash('sha256')
          .update(chosen.map((each) => each.path).join('\n'))
          .digest('hex'),
      ),
  };
}

async function imagesBelow(files: DataFiles, root: string, { class_names: named, label_mode: mode }: Arguments) {
  const found: Found[] = [];
  const visit = async (folder: string, label: number, depth: number): Promise<void> => {
    const names = await files.list(folder);
    const unread = names.find((name) => unreadName.test(name));
    if (unread !== undefined)
      throw new CheckpointError(
        'images of this kind are not read',
        `${folder}/${unread}`,
        'image',
        'Convert it to PNG.',
      );
    for (const name of names) if (imageName.test(name)) found.push({ path: `${folder}/${name}`, label });
    if (found.length > MOST_IMAGES) throw new CheckpointError(`more than ${MOST_IMAGES} images`, root, 'folder');
    for (const name of names)
      if (depth < DEEPEST && !imageName.test(name) && (await files.isFolder(`${folder}/${name}`)))
        await visit(`${folder}/${name}`, label, depth + 1);
  };
  if (mode === null) {
    await visit(root, 0, 0);
    return { found, classes: 0 };
  }
  const folders: string[] = [];
  for (const name of await files.list(root))
    if (!name.startsWith('.') && (await files.isFolder(`${root}/${name}`))) folders.push(name);
  const wanted = Array.isArray(named) ? named.filter((name) => typeof name === 'string') : folders;
  for (const [label, name] of wanted.entries()) if (folders.includes(name)) await visit(`${root}/${name}`, label, 1);
  return { found, classes: wanted.length };
}

/** Keras shuffles by the seed before it splits. */
function partOf(
  found: readonly Found[],
  { validation_split: split, subset, seed, shuffle }: Arguments,
): readonly Found[] {
  if (typeof split !== 'number' || typeof subset !== 'string') return found;
  const order =
    shuffle !== false && typeof seed === 'number' ? new RandomState(seed).permutation(found.length) : undefined;
  const all = order === undefined ? found : order.map((i) => found[i]).filter((each) => each !== undefined);
  const held = Math.trunc(split * all.length);
  return subset === 'training' ? all.slice(0, all.length - held) : all.slice(all.length - held);
}

function labelRows(
  chosen: readonly Found[],
  classes: number,
  { label_mode: mode }: Arguments,
): Awaited<ReturnType<OpenedSet['array']>> {
  const label = (index: number): number => chosen[index]?.label ?? 0;
  if (mode !== 'categorical')
    return { size: chosen.length, rows: (indices) => Promise.resolve(Int32Array.from(indices, label)) };
  return {
    size: chosen.length,
    sample: [classes],
    rows(indices) {
      const rows = new Float32Array(indices.length * classes);
      for (const [row, index] of indices.entries()) rows[row * classes + label(index)] = 1;
      return Promise.resolve(rows);
    },
  };
}

function readerOf(files: DataFiles, args: Arguments, root: string) {
  const [height = 256, width = 256] = numbersOf(args['image_size']) ?? [];
  const { interpolation, color_mode: colours } = args;
  const known =
    interpolation === 'bilinear' || interpolation === 'pillow nearest' || interpolation === 'pillow bilinear';
  if (!known || args['crop_to_aspect_ratio'] === true || colours === 'rgba')
    throw new CheckpointError(
      `images with interpolation ${typeof interpolation === 'string' ? interpolation : 'that is not known'}, cut to their ratio or with transparency are not read`,
      root,
      'folder',
      'Save some prepared samples with numpy.savez and give --data.',
    );
  const channels = colours === 'grayscale' ? 1 : 3;
  const width3 = height * width * channels;
  return {
    async read(chosen: readonly Found[], indices: readonly number[]): Promise<Float32Array> {
      const rows = new Float32Array(indices.length * width3);
      for (const [row, index] of indices.entries()) {
        const picture = await pictureAt(files, chosen[index]?.path ?? '', channels);
        rows.set(
          resized(picture, height, width, interpolation === 'bilinear' ? undefined : interpolation),
          row * width3,
        );
      }
      return rows;
    },
  };
}

async function pictureAt(files: DataFiles, path: string, wanted: number): Promise<Picture> {
  try {
    const { channels, height, width, data } = await decodeImage(await files.readWhole(path, LARGEST_IMAGE));
    const picture: Picture = { shape: [channels, height, width], data, form: 'image' };
    return (wanted === 1 ? grayscale : rgb).make({})?.apply?.(picture) ?? picture;
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new CheckpointError(error.message, path, 'image', 'Replace or remove the image.');
  }
}

function resized(picture: Picture, height: number, width: number, pillow: string | undefined): Float32Array {
  const kind = pillow === 'pillow nearest' ? 'nearest' : 'bilinear';
  const own = pillow === undefined ? picture : resample(picture, height, width, kind);
  const [channels = 1, rows = 0, columns = 0] = own.shape;
  const last = new Float32Array(own.data.length);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < rows * columns; i++) last[i * channels + c] = own.data[c * rows * columns + i] ?? 0;
  return pillow === undefined ? bilinear({ data: last, height: rows, width: columns, channels }, height, width) : last;
}
