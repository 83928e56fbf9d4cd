import { createHash } from 'node:crypto';
import { contentHash } from '../checkpoint/assemble';
import type { ByteSource } from '../checkpoint/byteSource';

/** SHA-256 of several files, from theirs. */
export async function joinedHash(sources: readonly ByteSource[]): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) hash.update(await contentHash(source));
  return hash.digest('hex');
}
