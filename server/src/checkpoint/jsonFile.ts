import type { ByteSource } from './byteSource';
import type { MetadataValue } from './checkpoint';
import { CheckpointError } from './checkpointError';

/** The JSON in a source of at most `largest` bytes. Throws a CheckpointError that says what is wrong. */
export async function readJson(source: ByteSource, largest: number): Promise<unknown> {
  if (source.size > largest)
    throw new CheckpointError(
      `${source.size} bytes are too many for this kind of file; ${largest} are read`,
      source.name,
      'file',
      'Check that this is the file that you mean.',
    );
  const text = new TextDecoder().decode(await source.read(0, source.size));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new CheckpointError(
      `it is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      source.name,
      'file',
      'The file is damaged or truncated; copy it again.',
    );
  }
}

const DEEPEST = 12;
const MOST_ENTRIES = 1000;

/** Parsed JSON as metadata; what is nested deeper or longer than people read is summarised. */
export function asMetadata(value: unknown, depth = 0): MetadataValue {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  if (depth >= DEEPEST) return '<nested deeper>';
  if (Array.isArray(value)) {
    const left = value.length - MOST_ENTRIES;
    const shown = value.slice(0, MOST_ENTRIES).map((item) => asMetadata(item, depth + 1));
    return left > 0 ? [...shown, `<${left} more>`] : shown;
  }
  const entries = Object.entries(value);
  const shown = entries.slice(0, MOST_ENTRIES).map(([key, item]) => [key, asMetadata(item, depth + 1)] as const);
  const left = entries.length - shown.length;
  return Object.fromEntries(left > 0 ? [...shown, ['…', `<${left} more>`] as const] : shown);
}
