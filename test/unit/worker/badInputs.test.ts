import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DiskDataFiles } from '../../../server/src/project/diskDataFiles';
import type { AnalyzeRequest } from '../../../server/src/protocol/worker';
import { failureOf } from '../../../server/src/worker/inputError';
import { readModel } from '../../../server/src/worker/readModel';

const net =
  'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(3, 2)\n    def forward(self, x): return self.a(x)\n';

/** What reading fails with; `comment` stands above the class, line 3. */
async function failure(comment: string, inputs: readonly string[], project = ''): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-input-'));
  const modelFile = join(folder, 'net.py');
  writeFileSync(modelFile, `from torch import nn\n${comment}\n${net}`);
  if (project !== '') writeFileSync(join(folder, 'pyproject.toml'), project);
  const request: AnalyzeRequest = { modelFile, inputs, top: 1, seed: 0, engine: 'auto', precision: 'float32' };
  const files = new DiskDataFiles();
  try {
    await readModel(request, files);
    return undefined;
  } catch (error) {
    const { message, file, line } = failureOf(error);
    return { message, file: file?.slice(folder.length + 1), line };
  } finally {
    await files.close();
  }
}

it('an expression of the command line is told of as that', async () => {
  expect(await failure('', ['torch.randn(2, width)'])).toEqual({
    message: "--input: NameError: name 'width' is not defined",
    file: 'net.py',
    line: undefined,
  });
});

it('an expression of a setting is told of where it stands', async () => {
  const message = "the setting input: NameError: name 'width' is not defined";
  expect(await failure('# hessian-lens: input="torch.randn(2, width)"', [])).toEqual({
    message,
    file: 'net.py',
    line: 3,
  });
  const project = '[tool.hessian-lens]\ninput = "torch.randn(2, width)"\n';
  expect(await failure('', [], project)).toEqual({ message, file: 'pyproject.toml', line: undefined });
});
