import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { diskSources } from '../../../server/src/project/diskSources';

let root: string;
const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'search-path-'));
  write('parts/width.py', 'WIDTH = 5\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const traced = (append: string, file = 'model.py') => {
  write(
    file,
    `import os, sys\nfrom pathlib import Path\nfrom torch import nn\n${append}\nfrom width import WIDTH\nnet = nn.Linear(3, WIDTH)\n`,
  );
  return traceModel({ file: join(root, file), sources: diskSources({ root }), model: 'net' });
};

describe('folders added to sys.path', () => {
  it.each([
    ["sys.path.append('parts')", 'model.py'],
    ["sys.path.insert(0, '../parts')", 'nets/model.py'],
    ["sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'parts'))", 'nets/model.py'],
    ["sys.path.append(os.path.join(os.path.dirname(__file__), os.pardir, os.curdir, 'parts'))", 'nets/model.py'],
    ["sys.path.append(str(Path(__file__).resolve().parent / 'parts'))", 'model.py'],
  ])('are searched: %s in %s', (append, file) => {
    const model = traced(append, file);
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(3 * 5 + 5);
  });

  it('are not searched unless they are added, nor outside of the project', () => {
    expect(traced('').stopped).not.toBeNull();
    expect(traced("sys.path.append('../../../../..')").stopped).not.toBeNull();
  });
});
