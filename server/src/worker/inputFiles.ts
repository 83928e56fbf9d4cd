import { statSync } from 'node:fs';
import { fileFingerprint, textFingerprint } from '../project/fingerprint';
import { settledText } from '../project/settledText';
import type { InputFile } from '../protocol/worker';
import type { ModelUnderStudy } from './readModel';

/** The files behind an analysis with their contents' fingerprints. */
export function inputFiles(
  { texts, facts, latencies }: ModelUnderStudy,
  checkpoint: readonly string[],
  data: string | undefined,
): InputFile[] {
  const sources = [...texts].map(([path, text]): InputFile => {
    const fingerprint = textFingerprint(text);
    if (facts?.file !== path) return { path, role: 'source', fingerprint };
    return { path, role: 'training script', fingerprint, settled: textFingerprint(settledText(text, facts)) };
  });
  const binary = (path: string | undefined, role: InputFile['role']): InputFile[] =>
    path === undefined ? [] : [{ path, role, fingerprint: fileFingerprint(path, statSync) }];
  return [
    ...sources,
    ...checkpoint.flatMap((path) => binary(path, 'checkpoint')),
    ...binary(data, 'data'),
    ...binary(latencies, 'data'),
  ];
}
