/** Numbers separated by commas, semicolons or tabs, with or without a line of names; the target is one column. */
import { contentHash } from '../../checkpoint/assemble';
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { arrayDataset } from '../arrayDataset';
import type { Dataset } from '../dataset';
import type { SampleArray } from '../sampleArrays';

const LARGEST = 256 * 2 ** 20;
const targetNames = /^(y|target|targets|label|labels|class|output|species|quality)$/i;

/** The target is the column with a usual name, else the last one; whole numbers make it a label. */
export async function openCsv(source: ByteSource): Promise<Dataset> {
  if (source.size > LARGEST)
    throw new CheckpointError(`${source.size} bytes of text`, source.name, 'file', 'Convert it to .npz.');
  const lines = new TextDecoder()
    .decode(await source.read(0, source.size))
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const [head = ''] = lines;
  const separator = ['\t', ';', ','].find((mark) => head.includes(mark)) ?? ',';
  const names = cells(head, separator);
  const hasNames = names.some((cell) => !isNumber(cell));
  const rows = (hasNames ? lines.slice(1) : lines).map((line, index) =>
    numbers(line, separator, names.length, index + (hasNames ? 2 : 1), source.name),
  );
  const named = hasNames ? names.findIndex((name) => targetNames.test(name)) : -1;
  const target = named >= 0 ? named : names.length - 1;
  if (names.length < 2)
    throw new CheckpointError('there is only one column', source.name, 'line 1', 'Inputs and a target need two.');
  const inputs: SampleArray = {
    name: 'columns',
    shape: [names.length - 1],
    size: rows.length,
    dtype: 'float',
    storedType: 'text',
    rows: (indices) =>
      Promise.resolve(
        Float32Array.from(indices.flatMap((index) => (rows[index] ?? []).filter((_, column) => column !== target))),
      ),
  };
  return arrayDataset(
    source.name,
    [inputs, targetColumn(rows, target, hasNames ? names[target] : undefined)],
    source.name,
    () => contentHash(source),
  );
}

function targetColumn(rows: readonly (readonly number[])[], column: number, name: string | undefined): SampleArray {
  const values = rows.map((row) => row[column] ?? 0);
  const isLabel = values.every((value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31);
  return {
    name: name ?? 'last column',
    shape: [],
    size: rows.length,
    dtype: isLabel ? 'int' : 'float',
    storedType: 'text',
    rows: (indices) => {
      const picked = indices.map((index) => values[index] ?? 0);
      return Promise.resolve(isLabel ? Int32Array.from(picked) : Float32Array.from(picked));
    },
  };
}

const cells = (line: string, separator: string): string[] =>
  line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));

const isNumber = (cell: string): boolean =>
  cell !== '' && (Number.isFinite(Number(cell)) || /^[+-]?(nan|inf(inity)?)$/i.test(cell));

function numbers(line: string, separator: string, width: number, lineNumber: number, file: string): number[] {
  const row = cells(line, separator);
  const bad = row.findIndex((cell) => !isNumber(cell));
  const reason =
    row.length !== width
      ? `${row.length} columns instead of ${width}`
      : bad >= 0
        ? `'${row[bad] ?? ''}' in column ${bad + 1} is not a number`
        : undefined;
  if (reason !== undefined)
    throw new CheckpointError(reason, file, `line ${lineNumber}`, 'Only tables of numbers are read.');
  return row.map((cell) => (/^[+-]?inf/i.test(cell) ? (cell.startsWith('-') ? -Infinity : Infinity) : Number(cell)));
}
