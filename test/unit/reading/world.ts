import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { DefinitionCache } from '../../../server/src/reading/definitionCache';
import { readFile, type Reading, type ReadingWorld } from '../../../server/src/reading/readFile';
import type { ReadingRequest } from '../../../server/src/reading/readingRequest';
import { parseConfiguration, configuredFor } from '../../../server/src/project/configuration';

/** A project in memory: paths such as `/p/model.py` to texts. */
export function worldOf(files: Readonly<Record<string, string>>, cache = new DefinitionCache()): ReadingWorld {
  const configuration = parseConfiguration(files['/p/pyproject.toml'] ?? '', '/p/pyproject.toml');
  return {
    sources: {
      read: (path) => files[path],
      resolveModule: (name) => {
        const file = `/p/${name.replaceAll('.', '/')}.py`;
        const source = files[file];
        return source === undefined ? undefined : { file, source, isPackage: false };
      },
    },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    trainingScript: (file) =>
      file !== '/p/train.py' && files['/p/train.py'] !== undefined ? '/p/train.py' : undefined,
    users: (file) => Object.keys(files).filter((path) => path !== file && importing(file).test(files[path] ?? '')),
    demonstrations: (file) => Object.keys(files).filter((path) => path !== file && /\.md$|test_/.test(path)),
    configuration: (_, model) => configuredFor(configuration, model),
    locate: (path) => (files[`/p/${path}`] === undefined ? undefined : `/p/${path}`),
    openData: () => Promise.resolve(undefined),
    withFiles: () => Promise.reject(new Error('no files here')),
    openCheckpoint: () => Promise.resolve({ ok: false, reason: 'there is none', modified: 0, size: -1 }),
    cache,
    facts: new Map(),
  };
}

const importing = (file: string): RegExp => new RegExp(`^\\s*(from|import) .*\\b${basename(file, '.py')}\\b`, 'm');

export const request = (file: string, text: string): ReadingRequest => ({
  file,
  text,
  root: '/p',
  overlays: {},
  epoch: 0,
  settings: {},
  checkpoints: [],
});

/** Reads on until no model is left for another time. */
export async function readWhole(text: string, world: ReadingWorld, file = '/p/model.py'): Promise<Reading> {
  for (;;) {
    const reading = await readFile(request(file, text), world);
    if (reading.reading.unread === 0) return reading;
  }
}

export const readText = (text: string, others: Readonly<Record<string, string>> = {}): Promise<Reading> =>
  readWhole(text, worldOf({ ...others, '/p/model.py': text }));
