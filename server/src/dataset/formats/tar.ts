/** The entries of a tar archive (POSIX ustar with GNU's and pax's long names), found by reading headers alone. */
import { ByteRange, readStart, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';

export interface TarEntry {
  readonly path: string;
  readonly bytes: ByteSource;
}

const BLOCK = 512;
const MOST_ENTRIES = 1 << 21;
const LONGEST_NAME = 1 << 12;

export async function isTar(source: ByteSource): Promise<boolean> {
  const head = Buffer.from(await readStart(source, BLOCK)).toString('latin1');
  return head.slice(257, 262) === 'ustar';
}

/** Regular files only. Throws a CheckpointError for damaged archives. */
export async function tarEntries(source: ByteSource): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= source.size;) {
    const header = await source.read(at, BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = sizeIn(header, source.name, at);
    const start = at + BLOCK;
    const kind = String.fromCharCode(header[156] ?? 0);
    if (start + size > source.size)
      throw new CheckpointError('the archive ends early', source.name, `byte ${at}`, 'Copy the file again.');
    if (kind === 'L' || kind === 'x') {
      const content = await source.read(start, Math.min(size, LONGEST_NAME));
      const text = Buffer.from(content).toString('utf8');
      longName = kind === 'L' ? text.replace(/\0.*$/s, '') : (/\d+ path=([^\n]*)\n/.exec(text)?.[1] ?? longName);
    } else {
      if (kind === '0' || kind === '\0')
        entries.push({ path: longName ?? nameIn(header), bytes: new ByteRange(source, start, size) });
      longName = undefined;
    }
    if (entries.length > MOST_ENTRIES)
      throw new CheckpointError(`more than ${MOST_ENTRIES} entries`, source.name, `byte ${at}`, 'Use a part of it.');
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

const textIn = (header: Uint8Array, start: number, end: number): string =>
  Buffer.from(header.subarray(start, end)).toString('utf8').replace(/\0.*$/s, '');

function nameIn(header: Uint8Array): string {
  const prefix = textIn(header, 257, 262) === 'ustar' ? textIn(header, 345, 500) : '';
  const name = textIn(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal text, or a big-endian number after a byte of 0x80. */
function sizeIn(header: Uint8Array, file: string, at: number): number {
  const field = header.subarray(124, 136);
  const size =
    field[0] === 0x80
      ? field.subarray(4).reduce((sum, byte) => sum * 256 + byte, 0)
      : parseInt(textIn(field, 0, 12).trim() || '0', 8);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new CheckpointError('this is no header of an archive', file, `byte ${at}`, 'The archive is damaged.');
}
