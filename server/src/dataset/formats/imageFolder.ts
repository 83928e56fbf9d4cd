/** Images in one folder per class (torchvision's ImageFolder); classes are numbered in the order of their names. */
import { createHash } from 'node:crypto';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { arrayDataset } from '../arrayDataset';
import type { DataFiles, Dataset, DatasetOptions } from '../dataset';
import { decodeImage, imageName, LARGEST_IMAGE, unreadImageName } from '../images/decodeImage';
import { labelArray } from '../labels';
import { pictureSamples, type PictureSource } from '../pictures';
import { rgb } from '../transforms/values';

/** More than ImageNet has. */
const MOST_IMAGES = 1 << 21;
const DEEPEST = 6;

interface Found {
  readonly path: string;
  readonly label: number;
}

const partNames: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training', 'Train'],
  val: ['val', 'valid', 'validation', 'Val'],
  test: ['test', 'testing', 'Test'],
};

/** Undefined where the folder holds neither folders of images nor images. */
export async function openImageFolder(
  files: DataFiles,
  folder: string,
  { transform, split = 'train' }: DatasetOptions,
): Promise<Dataset | undefined> {
  const root = await partOf(files, folder, split);
  const { found, classes, unread } = await imagesIn(files, root);
  if (found.length === 0) {
    if (unread > 0)
      throw new CheckpointError(
        `none of the ${unread} images can be read`,
        folder,
        'folder',
        'Read are PNG, JPEG, PPM and PGM; convert the others.',
      );
    return undefined;
  }
  const { array, note } = await pictureSamples(picturesOf(files, found), transform);
  const labels =
    classes.length === 0
      ? []
      : [
          labelArray(
            'classes',
            Int32Array.from(found, ({ label }) => label),
            'folder',
          ),
        ];
  const left = unread === 0 ? '' : `, ${unread} images of other kinds left out`;
  const what = classes.length === 0 ? 'without classes' : `in ${classes.length} classes`;
  return arrayDataset(root, [array, ...labels], `${root} (images ${what}${left}), ${note}`, () =>
    namesHash(files, found),
  );
}

/** `train` in a folder that holds `train` and `val`. */
async function partOf(files: DataFiles, folder: string, split: string): Promise<string> {
  const names = await files.list(folder);
  for (const wanted of [split, 'train', 'val'])
    for (const name of partNames[wanted] ?? [wanted])
      if (names.includes(name) && (await files.isFolder(`${folder}/${name}`))) return `${folder}/${name}`;
  return folder;
}

async function imagesIn(
  files: DataFiles,
  root: string,
): Promise<{ found: Found[]; classes: string[]; unread: number }> {
  const found: Found[] = [];
  let unread = 0;
  const visit = async (folder: string, label: number, depth: number): Promise<void> => {
    for (const name of await files.list(folder)) {
      if (imageName.test(name)) found.push({ path: `${folder}/${name}`, label });
      else if (unreadImageName.test(name)) unread++;
      else if (depth < DEEPEST && !name.includes('.') && (await files.isFolder(`${folder}/${name}`)))
        await visit(`${folder}/${name}`, label, depth + 1);
      if (found.length > MOST_IMAGES)
        throw new CheckpointError(`more than ${MOST_IMAGES} images`, root, 'folder', 'Give a folder with fewer.');
    }
  };
  const classes: string[] = [];
  for (const name of await files.list(root)) {
    if (imageName.test(name) || unreadImageName.test(name) || name.startsWith('.')) continue;
    if (!(await files.isFolder(`${root}/${name}`))) continue;
    const before = found.length;
    await visit(`${root}/${name}`, classes.length, 1);
    if (found.length > before) classes.push(name);
  }
  if (classes.length === 0) await visit(root, 0, DEEPEST);
  return { found, classes, unread };
}

const picturesOf = (files: DataFiles, found: readonly Found[]): PictureSource => ({
  name: 'images',
  size: found.length,
  storedType: 'image',
  async picture(index) {
    const bytes = await files.readWhole(found[index]?.path ?? '', LARGEST_IMAGE);
    const { channels, height, width, data } = await decodeImage(bytes);
    const picture = { shape: [channels, height, width], data, form: 'image' as const };
    // torchvision's loader gives every image three channels.
    return rgb.make({})?.apply?.(picture) ?? picture;
  },
  placeOf: (index) => ({ file: found[index]?.path ?? '', where: `sample ${index}` }),
});

/** Of the paths and the first image: the contents of a large folder are not read for it. */
async function namesHash(files: DataFiles, found: readonly Found[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { path } of found) hash.update(path).update('\n');
  const first = found[0];
  if (first !== undefined) hash.update(await files.readWhole(first.path, LARGEST_IMAGE));
  return hash.digest('hex');
}
