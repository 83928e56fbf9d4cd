import { statSync } from 'node:fs';
import { fileFingerprint, textFingerprint } from '../project/fingerprint';
import type { InputFile } from '../protocol/worker';
import type { ModelUnderStudy } from './readModel';

/** The files behind an analysis with their contents' fingerprints. */
export function inputFiles(
  { texts, facts }: ModelUnderStudy,
  checkpoint: readonly string[],
  data: string | undefined,
): InputFile[] {
  const sources = [...texts].map(([path, text]): InputFile => {
    const role = path === facts?.file ? 'training script' : 'source';
    return { path, role, fingerprint: textFingerprint(text) };
  });
  const binary = (path: string | undefined, role: InputFile['role']): InputFile[] =>
    path === undefined ? [] : [{ path, role, fingerprint: fileFingerprint(path, statSync) }];
  return [...sources, ...checkpoint.flatMap((path) => binary(path, 'checkpoint')), ...binary(data, 'data')];
}
