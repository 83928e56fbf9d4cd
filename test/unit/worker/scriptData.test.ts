import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { DiskDataFiles } from '../../../server/src/project/diskDataFiles';
import { diskSources } from '../../../server/src/project/diskSources';
import { dataOfScript, scriptOptions, type ScriptData } from '../../../server/src/worker/scriptData';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const idx = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255]), ...data]);

/** Writes a project and reads the data of its train.py. */
async function dataOf(
  script: readonly string[],
  contents: Readonly<Record<string, Uint8Array | string>>,
): Promise<ScriptData> {
  const root = mkdtempSync(join(tmpdir(), 'hessian-lens-data-'));
  folders.push(root);
  for (const [name, content] of Object.entries({ ...contents, 'train.py': script.join('\n') })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  const facts = readTrainingFacts({ file: join(root, 'train.py'), sources: diskSources({ root }) });
  const files = new DiskDataFiles();
  const found = await dataOfScript(facts, root, files, { sequenceLength: 2 });
  await found.data?.dataset.batch([0]);
  await files.close();
  return found;
}

const head = [
  'import torch, torchvision',
  'from torchvision import transforms as T',
  'from torch.utils.data import Dataset, DataLoader',
];
const mnist = {
  'data/MNIST/raw/train-images-idx3-ubyte': idx([2, 2, 2], [0, 51, 102, 255, 255, 0, 0, 0]),
  'data/MNIST/raw/train-labels-idx1-ubyte': idx([2], [4, 9]),
};

describe('the data of a training script', () => {
  const script = [
    ...head,
    "train = torchvision.datasets.MNIST('./data', train=True, download=True, transform=T.Compose([T.Resize(4), T.ToTensor()]))",
    'loader = DataLoader(train, batch_size=2, shuffle=True)',
  ];

  it('are found where torchvision put them, with the transforms of the script', async () => {
    const { data, notes } = await dataOf(script, mnist);
    expect(data?.dataset.arrays).toMatchObject([{ shape: [1, 4, 4] }, { name: 'labels' }]);
    expect(data?.dataset.description).toContain('transforms of the code: Resize, ToTensor');
    expect(notes).toEqual([]);
  });

  it('that are not there are said, with what to do', async () => {
    const { data, notes } = await dataOf(script, {});
    expect(data).toBeUndefined();
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/MNIST below '\.\/data' \(.*train\.py:4\), are not there; --data PATH/);
  });

  it('that are damaged are said to be', async () => {
    const damaged = { ...mnist, 'data/MNIST/raw/train-images-idx3-ubyte': 'no images' };
    const { data, notes } = await dataOf(script, damaged);
    expect(data).toBeUndefined();
    expect(notes.at(-1)).toContain('this is not an idx file');
  });

  it('of a data set class of the code itself are said not to be followed, unless it reads a table', async () => {
    const own = (read: string): string[] => [
      ...head,
      'import pandas as pd',
      'class Rows(Dataset):',
      '    def __init__(self, path):',
      '        self.path = path',
      `        ${read}`,
      "loader = DataLoader(Rows('rows.csv'), batch_size=2)",
    ];
    const { notes } = await dataOf(own('pass'), {});
    expect(notes[0]).toMatch(
      /Rows \(.*train\.py:5\) is the code's own and is not followed \(it keeps rows\.csv\).*numpy\.savez.*--data/,
    );
    const found = await dataOf(own('self.table = pd.read_csv(path)'), { 'rows.csv': 'a,b,y\n1,2,0\n3,4,1\n' });
    expect(found.data?.dataset.size).toBe(2);
  });

  it('as text are read by characters', async () => {
    const text = ["text = open('input.txt').read()", 'chars = sorted(list(set(text)))'];
    const { data } = await dataOf(text, { 'input.txt': 'hello world' });
    expect(data?.dataset.arrays.map(({ name }) => name)).toEqual(['tokens', 'next tokens']);
  });

  it('give their transforms to images that the user names', () => {
    const source = script.join('\n');
    const facts = readTrainingFacts({
      file: 't.py',
      source,
      sources: { read: () => source, resolveModule: () => undefined },
    });
    expect(scriptOptions(facts)).toMatchObject({ transform: { name: 'Compose' } });
    expect(scriptOptions(undefined)).toEqual({});
  });
});
