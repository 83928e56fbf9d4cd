/** The samples that a script trains on: stored arrays, with what the code does to them before. */
import { createHash } from 'node:crypto';
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { ArrayData } from '../../engine/engine';
import { elementCount, type Node } from '../../graph/node';
import type { Shape } from '../../graph/primitives';
import { graphOfPlain } from '../../graph/plainGraph';
import { arrayDataset } from '../arrayDataset';
import type { DataFiles, Dataset } from '../dataset';
import type { OpenedSet } from '../keras/openKerasSet';
import type { SampleArray } from '../sampleArrays';
import { isUnknownExtent } from '../unknownExtent';
import { NotByRows } from './notByRows';
import { openSet, type Homes } from './openSet';
import type { ArraySource, PreparedData } from './preparedData';
import { RowReader } from './rowReader';
import type { StoredRows } from './storedRows';

/** Elements of a piece of samples that goes through the code's steps at once. */
const PIECE = 1 << 21;
/** How lists of words are cut is asked of each array. */
const cutting = /^(sequence_length|padding|truncating|value)$/;

/** Throws a CheckpointError where files are missing, damaged, or not what the code takes them for. */
export async function openPrepared(files: DataFiles, data: PreparedData, homes: Homes): Promise<Dataset> {
  const sets = new OpenedSets(files, homes);
  const { inputs, outputs } = graphOfPlain(data.program);
  const stored = new Map<Node, StoredRows>();
  for (const [i, source] of data.sources.entries()) {
    const input = inputs[i];
    if (input !== undefined) stored.set(input, await checked(source, sets));
  }
  const [place = homes.program] = await sets.paths();
  const reader = readerOf(stored, place);
  const arrays = outputs.map((output, i) => preparedArray(reader, output, data.names[i] ?? `array ${i}`, place));
  // What cannot be had by samples is said before an analysis begins.
  for (const array of arrays) if (array.size > 0) await array.rows([0]);
  const omitted = data.omitted.length === 0 ? '' : `; ${data.omitted.join('; ')}`;
  const names = [...new Set(data.sources.map(({ call }) => call.name))].join(', ');
  if (names === '') return arrayDataset(place, arrays, `numbers in ${place}${omitted}`, () => hashOf(data.program));
  return arrayDataset(place, arrays, `${place} as the code prepares ${names}${omitted}`, () => sets.hash());
}

function readerOf(stored: ReadonlyMap<Node, StoredRows>, place: string): RowReader {
  try {
    return new RowReader(stored);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CheckpointError(error.message, place, 'arrays');
  }
}

/** Of data that stand in the code. */
const hashOf = (program: PreparedData['program']): Promise<string> =>
  Promise.resolve(
    createHash('sha256')
      .update(JSON.stringify(program.nodes.map((node) => ({ ...node, span: undefined }))))
      .digest('hex'),
  );

/** Sets by what gives them, opened once each. */
class OpenedSets {
  private readonly opened = new Map<string, Promise<OpenedSet>>();
  constructor(
    private readonly files: DataFiles,
    private readonly homes: Homes,
  ) {}

  of({ call }: ArraySource): Promise<OpenedSet> {
    const args = Object.fromEntries(Object.entries(call.named).filter(([key]) => !cutting.test(key)));
    const key = JSON.stringify([call.name, args]);
    const known = this.opened.get(key) ?? openSet(this.files, call.name, args, this.homes);
    this.opened.set(key, known);
    return known;
  }

  async paths(): Promise<string[]> {
    return (await Promise.all(this.opened.values())).map(({ path }) => path);
  }

  async hash(): Promise<string> {
    const hashes = await Promise.all([...this.opened.values()].map(async (set) => (await set).hash()));
    const [only = ''] = hashes;
    return hashes.length === 1 ? only : createHash('sha256').update(hashes.join()).digest('hex');
  }
}

/** An array of the size that the code takes it to have. */
async function checked(source: ArraySource, sets: OpenedSets): Promise<StoredRows> {
  const set = await sets.of(source);
  const rows = await set.array(source.array, source.call.named);
  const [count = 0, ...sample] = source.shape;
  const isExpected = isUnknownExtent(count) || rows.size === count;
  if (!isExpected)
    throw new CheckpointError(
      `'${source.array}' has ${rows.size} samples, ${source.call.name} has ${count}`,
      set.path,
      `array '${source.array}'`,
      'It is another file, or damaged: remove it and call load_data() again.',
    );
  const expected = rows.sample ?? sample;
  return {
    ...rows,
    async rows(indices): Promise<ArrayData> {
      const data = await rows.rows(indices);
      if (data.length === indices.length * elementCount(expected)) return data;
      throw new CheckpointError(
        `a sample of '${source.array}' has ${data.length / Math.max(1, indices.length)} numbers, ${source.call.name} has ${elementCount(sample)}`,
        set.path,
        `array '${source.array}'`,
        'It is another file, or damaged.',
      );
    },
  };
}

function preparedArray(reader: RowReader, output: Node, name: string, place: string): SampleArray {
  const shape = sampleOf(reader, output, place);
  const width = Math.max(1, elementCount(shape));
  const step = Math.max(1, Math.floor(PIECE / width));
  const { dtype } = output;
  return {
    name,
    shape,
    dtype,
    storedType: dtype === 'float' ? 'float32' : dtype === 'int' ? 'int32' : 'bool',
    size: reader.count(output),
    async rows(indices) {
      const rows = emptyRows(dtype, indices.length * width);
      for (let begin = 0; begin < indices.length; begin += step)
        rows.set(await read(reader, output, indices.slice(begin, begin + step), place), begin * width);
      return rows;
    },
  };
}

function sampleOf(reader: RowReader, output: Node, place: string): Shape {
  try {
    return reader.sampleOf(output);
  } catch (error) {
    if (!(error instanceof NotByRows)) throw error;
    throw new CheckpointError(error.message, place, 'arrays', 'Name other data with --data.');
  }
}

const emptyRows = (dtype: Node['dtype'], length: number): Float32Array | Int32Array | Uint8Array =>
  dtype === 'float' ? new Float32Array(length) : dtype === 'int' ? new Int32Array(length) : new Uint8Array(length);

async function read(
  reader: RowReader,
  output: Node,
  indices: readonly number[],
  place: string,
): ReturnType<RowReader['read']> {
  try {
    return await reader.read(output, indices);
  } catch (error) {
    if (!(error instanceof NotByRows)) throw error;
    throw new CheckpointError(
      `what the code does to them is not followed: ${error.message}`,
      place,
      'arrays',
      'Save a part of the prepared samples with numpy.savez(path, x=…, y=…) and give --data.',
    );
  }
}
