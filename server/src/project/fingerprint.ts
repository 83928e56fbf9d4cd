/** What tells whether a file still is what it was. */
import { createHash } from 'node:crypto';

export const textFingerprint = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Size and time of change; checkpoints and data are too large to be hashed at every look. */
export function fileFingerprint(
  path: string,
  stat: (path: string) => { readonly size: number; readonly mtimeMs: number },
): string {
  try {
    const { size, mtimeMs } = stat(path);
    return `${size}-${Math.round(mtimeMs)}`;
  } catch {
    return 'absent';
  }
}
