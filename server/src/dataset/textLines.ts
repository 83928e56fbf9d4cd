import type { ByteSource } from '../checkpoint/byteSource';
import { CheckpointError } from '../checkpoint/checkpointError';

const CHUNK = 1 << 22;
/** Characters of one line. */
const LONGEST_LINE = 1 << 24;

/** The lines of a UTF-8 file with their numbers from 1, read piece by piece. Throws for lines beyond 16 Mi characters. */
export async function* textLines(source: ByteSource): AsyncGenerator<readonly [line: string, number: number]> {
  const decoder = new TextDecoder();
  let rest = '';
  let number = 0;
  for (let start = 0; start < source.size; start += CHUNK) {
    const bytes = await source.read(start, Math.min(CHUNK, source.size - start));
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > LONGEST_LINE)
      throw new CheckpointError(
        'the line is too long',
        source.name,
        `line ${number + lines.length + 1}`,
        'Convert the file to .npz.',
      );
    for (const line of lines) yield [line.endsWith('\r') ? line.slice(0, -1) : line, ++number];
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest, ++number];
}
