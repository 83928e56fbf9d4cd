/** Plain text by characters: numbered in the order of `sorted(set(text))`, as scripts with a character tokenizer do. */
import { contentHash } from '../../checkpoint/assemble';
import { MemoryByteSource, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { arrayDataset } from '../arrayDataset';
import type { Dataset } from '../dataset';
import { tokenWindows } from './tokenWindows';

const LARGEST_TEXT = 1 << 26;

/** `length`: of the model's input. */
export async function openCharacterText(source: ByteSource, length: number | undefined): Promise<Dataset> {
  if (source.size > LARGEST_TEXT)
    throw new CheckpointError(
      `${source.size} bytes of text`,
      source.name,
      'file',
      'Tokenise it into a .bin of uint16.',
    );
  // Python's open() gives every end of line as \n.
  const text = new TextDecoder().decode(await source.read(0, source.size)).replace(/\r\n?/g, '\n');
  const { tokens, characters } = numbered(text);
  const bytes = new MemoryByteSource(source.name, new Uint8Array(tokens.buffer));
  const storage = { key: 'characters', bytes, littleEndian: true };
  const arrays = tokenWindows({ file: source.name, type: 'int32', storage, offset: 0, count: tokens.length }, length);
  return arrayDataset(source.name, arrays, `${source.name} by its ${characters} characters`, () => contentHash(source));
}

/** Python's characters are code points, not UTF-16 units. */
function numbered(text: string): { readonly tokens: Int32Array; readonly characters: number } {
  const points = Int32Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const sorted = [...new Set(points)].sort((a, b) => a - b);
  const numbers = new Map(sorted.map((point, i) => [point, i]));
  return { tokens: points.map((point) => numbers.get(point) ?? 0), characters: sorted.length };
}
