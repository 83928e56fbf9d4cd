import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { findProjectRoot } from '../../../server/src/project/projectRoot';

function folderWith(...files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-root-'));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

it('is the folder with a marker', () => {
  const folder = folderWith('work/pyproject.toml', 'work/train.py', 'work/src/net/model.py');
  expect(findProjectRoot(join(folder, 'work/src/net/model.py'))).toBe(join(folder, 'work'));
});

it('lies outside the packages of the file, so that relative and absolute imports resolve', () => {
  const folder = folderWith('work/net/__init__.py', 'work/net/layers/__init__.py', 'work/net/layers/conv.py');
  expect(findProjectRoot(join(folder, 'work/net/layers/conv.py'))).toBe(join(folder, 'work'));
});

it('reaches up to the scripts above a plain folder of models', () => {
  const folder = folderWith('work/train.py', 'work/models/net.py');
  expect(findProjectRoot(join(folder, 'work/models/net.py'))).toBe(join(folder, 'work'));
});

it('is the own folder of a lonely file', () => {
  const folder = folderWith('work/net.py');
  expect(findProjectRoot(join(folder, 'work/net.py'))).toBe(join(folder, 'work'));
});
