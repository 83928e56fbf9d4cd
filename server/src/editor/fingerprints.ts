/** What files are now, for comparing with what they were when something was computed from them. */
import { readFileSync, statSync } from 'node:fs';
import { fileFingerprint, textFingerprint } from '../project/fingerprint';
import type { InputFile } from '../protocol/worker';
import { isCheckpointName } from '../project/checkpointNames';

interface Known {
  readonly content: string;
  readonly fingerprint: string;
}

export class Fingerprints {
  /** By path: of open texts by the text, of files by size and time of change. */
  private readonly known = new Map<string, Known>();

  /** `openText`: the text of an open document, which wins over the disk. */
  constructor(private readonly openText: (path: string) => string | undefined) {}

  of({ path, role }: InputFile): string {
    // A script may be read as text; nobody hashes a checkpoint at every look.
    if (role === 'checkpoint' || role === 'data' || isCheckpointName(path)) return fileFingerprint(path, statSync);
    const open = this.openText(path);
    if (open !== undefined) return this.remembered(path, `open ${open}`, () => textFingerprint(open));
    const stamp = fileFingerprint(path, statSync);
    if (stamp === 'absent') return stamp;
    return this.remembered(path, stamp, () => textFingerprint(readText(path) ?? ''));
  }

  private remembered(path: string, content: string, compute: () => string): string {
    const known = this.known.get(path);
    if (known?.content === content) return known.fingerprint;
    const fingerprint = compute();
    this.known.set(path, { content, fingerprint });
    return fingerprint;
  }
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
