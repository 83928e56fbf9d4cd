import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskSources } from '../../../server/src/project/diskSources';

function workspace(files: Readonly<Record<string, string>>): string {
  const outer = mkdtempSync(join(tmpdir(), 'hessian-lens-'));
  const root = join(outer, 'root');
  mkdirSync(root);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe('sources on disk', () => {
  const root = workspace({
    'train.py': 'import models',
    'models/__init__.py': '# package',
    'models/net.py': '# net',
    'plain/inner.py': '# inner',
    'src/lib.py': '# lib',
    '../secret.py': '# secret',
  });
  const sources = diskSources({ root });
  const from = join(root, 'train.py');

  it('resolves modules, packages, namespace packages and src folders', () => {
    expect(sources.resolveModule('models', from)).toEqual({
      file: join(root, 'models/__init__.py'),
      source: '# package',
      isPackage: true,
    });
    expect(sources.resolveModule('models.net', from)?.source).toBe('# net');
    expect(sources.resolveModule('plain', from)).toMatchObject({ source: '', isPackage: true });
    expect(sources.resolveModule('plain.inner', from)?.source).toBe('# inner');
    expect(sources.resolveModule('lib', from)?.source).toBe('# lib');
    expect(sources.resolveModule('absent', from)).toBeUndefined();
  });

  it("finds the modules of a file's parent folders", () => {
    expect(sources.resolveModule('train', join(root, 'models/net.py'))?.source).toBe('import models');
  });

  it('never leaves the root', () => {
    expect(sources.read(join(root, '../secret.py'))).toBeUndefined();
    expect(sources.resolveModule('secret', join(root, '../elsewhere.py'))).toBeUndefined();
  });

  it('prefers unsaved text', () => {
    const overlay = new Map([[from, 'unsaved']]);
    expect(diskSources({ root, overlay }).read(from)).toBe('unsaved');
  });

  it('does not read files that are too large to be source', () => {
    writeFileSync(join(root, 'huge.py'), Buffer.alloc(5 * 2 ** 20, 32));
    expect(sources.read(join(root, 'huge.py'))).toBeUndefined();
  });
});

describe('installed packages', () => {
  const root = workspace({
    'main.py': 'import blocks',
    'timm.txt': '',
    '.venv/lib/python3.11/site-packages/blocks/__init__.py': 'from .nets import *\nfrom .layers import Scale',
    '.venv/lib/python3.11/site-packages/blocks/nets.py': 'import torch\nclass Net: pass',
    '.venv/lib/python3.11/site-packages/frames/__init__.py': 'import csv',
    '.venv/lib/python3.11/site-packages/torch/__init__.py': 'import torch',
    '.venv/lib/python3.11/site-packages/declared/__init__.py': '',
    '.venv/lib/python3.11/site-packages/declared-1.0.dist-info/METADATA': 'Name: declared\nRequires-Dist: torch>=2\n',
    '.venv/lib/python3.11/site-packages/plain/__init__.py': 'import torch',
    '.venv/lib/python3.11/site-packages/plain-1.0.dist-info/METADATA': 'Name: plain\nRequires-Dist: numpy\n',
  });
  const site = join(root, '.venv/lib/python3.11/site-packages');
  const from = join(root, 'main.py');
  const sources = diskSources({ root });

  it("are read from the project's environment, named as library files", () => {
    expect(sources.resolveModule('blocks.nets', from)).toMatchObject({ file: '<installed>/blocks/nets.py' });
    expect(sources.resolveModule('blocks', from)).toMatchObject({ isPackage: true });
  });

  it('are read only where they use PyTorch, and PyTorch itself never', () => {
    expect(sources.resolveModule('declared', from)).toBeDefined();
    for (const name of ['frames', 'plain', 'torch', 'absent'])
      expect(sources.resolveModule(name, from)).toBeUndefined();
  });

  it('are all read from a folder that was named', () => {
    const given = diskSources({ root: join(root, 'empty'), sitePackages: [site] });
    expect(given.resolveModule('plain', from)).toBeDefined();
    expect(given.resolveModule('torch', from)).toBeUndefined();
  });

  it('do not see the workspace', () => {
    expect(sources.resolveModule('main', '<installed>/blocks/nets.py')).toBeUndefined();
  });
});
