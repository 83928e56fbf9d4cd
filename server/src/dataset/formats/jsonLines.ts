/** JSON lines: one object per line, with the same names in each. */
import { contentHash } from '../../checkpoint/assemble';
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { Dataset } from '../dataset';
import { RecordColumns } from '../records';
import { tableDataset } from '../table';
import { textLines } from '../textLines';

export async function openJsonLines(source: ByteSource): Promise<Dataset> {
  const columns = new RecordColumns(source.name);
  for await (const [line, number] of textLines(source))
    if (line.trim() !== '') columns.add(objectIn(line, source.name, number), `line ${number}`);
  return tableDataset(
    {
      file: source.name,
      rows: columns.rows,
      columns: columns.finish(),
      named: true,
      storedType: 'json',
      hash: () => contentHash(source),
    },
    undefined,
  );
}

function objectIn(line: string, file: string, number: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new CheckpointError(
    'this is no JSON object',
    file,
    `line ${number}`,
    'Every line must hold one object, {"x": …, "y": …}.',
  );
}
