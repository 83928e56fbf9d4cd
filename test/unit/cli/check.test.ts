/** `check` as continuous integration calls it: exit codes, the three formats, and nothing said of code that works. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = resolve(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const model = (classes: number, width = classes): string => `import torch.nn as nn


# hessian-lens: input=7
class Net${classes}(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(7, ${classes})
        self.second = nn.Linear(${width}, 3)

    def forward(self, x):
        return self.second(self.first(x).relu())
`;
const endless = 'def endless(*sizes):\n    while True: pass\n\n\n';
const files: Readonly<Record<string, string | Buffer>> = {
  'right/model.py': model(5),
  'right/notes.py': 'x = 1\n',
  'wrong/model.py': model(5, 6),
  'wrong/node_modules/other.py': model(4, 6),
  'settings/model.py': model(5).replace('input=7', 'inputs=7'),
  // A pickle (protocol 0) that asks for os.system('touch executed').
  'danger/weights.pt': Buffer.from("cposix\nsystem\n(S'touch executed'\ntR."),
  'slow/model.py':
    endless + Array.from({ length: 60 }, (_, i) => model(4 + i).replace('nn.Linear(7', 'endless(7')).join('\n'),
  'wrong-notebook/a.ipynb': JSON.stringify({
    cells: [
      { cell_type: 'markdown', source: '# A model' },
      { cell_type: 'code', source: 'x = 1' },
      { cell_type: 'code', source: model(5, 6) },
    ],
  }),
  'notebook/a.ipynb': JSON.stringify({ cells: [{ cell_type: 'code', source: ['%matplotlib inline\n', model(5)] }] }),
};
for (const [path, content] of Object.entries(files)) {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

function check(...args: string[]): { code: number | null; out: string; error: string } {
  const run = spawnSync(process.execPath, [join(root, 'dist', 'cli.js'), 'check', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { code: run.status, out: run.stdout, error: run.stderr };
}

describe('check', () => {
  it('says nothing of code that works, of the examples neither', () => {
    expect(check('right', 'notebook')).toMatchObject({
      code: 0,
      out: '3 source files with 2 models: 0 errors, 0 warnings\n',
    });
    const examples = check(join(root, 'examples'), '--fail-on', 'warning', '--stats');
    expect(examples.out).toContain(': 0 errors, 0 warnings');
    expect(examples.code).toBe(0);
  });

  it('names the expression that cannot run, and leaves installed packages alone', () => {
    const { code, out } = check('wrong');
    expect(code).toBe(1);
    expect(out).toMatch(/^wrong\/model\.py:12:16: error HL401: .*\(2x5 and 6x3\)/);
    expect(out).toContain('1 source file with 1 model: 1 error, 0 warnings');
    expect(check('wrong', '--fail-on', 'never').code).toBe(0);
  });

  it('fails on warnings only when asked to', () => {
    expect(check('settings').code).toBe(0);
    const { code, out } = check('settings', '--fail-on', 'warning');
    expect(code).toBe(1);
    expect(out).toContain('warning HL407: ');
  });

  it('warns of checkpoints that would run code', () => {
    const { code, out } = check('danger');
    expect(code).toBe(1);
    expect(out).toMatch(/danger\/weights\.pt:1:1: error HL404: .*Nothing was executed here/);
  });

  it('writes JSON with the models and SARIF with paths of the checkout', () => {
    const json = JSON.parse(check('right', 'wrong', '--format', 'json').out) as {
      models: { name: string; parameters: number; complete: boolean }[];
      findings: { code: string }[];
    };
    expect(json.models).toMatchObject([
      { name: 'Net5', parameters: 58, complete: true },
      { name: 'Net5', parameters: 61, complete: false },
    ]);
    expect(json.findings.map(({ code }) => code)).toEqual(['HL401']);
    const { runs } = JSON.parse(check('wrong', '--format', 'sarif').out) as {
      runs: {
        tool: { driver: { rules: unknown[] } };
        results: { ruleId: string; level: string; locations: unknown[] }[];
      }[];
    };
    expect(runs[0]?.tool.driver.rules).toEqual([{ id: 'HL401', shortDescription: { text: 'Shapes do not fit' } }]);
    expect(runs[0]?.results[0]).toMatchObject({ ruleId: 'HL401', level: 'error' });
    expect(runs[0]?.results[0]?.locations).toMatchObject([
      {
        physicalLocation: {
          artifactLocation: { uri: 'wrong/model.py', uriBaseId: 'ROOT' },
          region: { startLine: 12, startColumn: 16 },
        },
      },
    ]);
  });

  it('names the cell of a notebook and the line in it', () => {
    expect(check('wrong-notebook').out).toMatch(/^wrong-notebook\/a\.ipynb cell 3:12:16: error HL401: /);
    const { findings } = JSON.parse(check('wrong-notebook', '--format', 'json').out) as { findings: object[] };
    expect(findings[0]).toMatchObject({ cell: 3, line: 12, column: 16 });
    const sarif = check('wrong-notebook', '--format', 'sarif').out;
    expect(sarif).toContain('"fullyQualifiedName": "cell 3, line 12"');
    expect(sarif).not.toContain('"region"');
  });

  it('goes on after a file that takes too long', () => {
    const start = performance.now();
    const { code, out } = check('slow', 'right', '--time-per-file', '1', '--show', 'information');
    expect(performance.now() - start).toBeLessThan(9000);
    expect(code).toBe(0);
    expect(out).toMatch(/slow\/model\.py:1:1: information HL406: .* not read within 1 s\./);
    expect(out).toMatch(/3 source files with \d+ models?: 0 errors/);
  });

  it('tells a wrong path, and help', () => {
    expect(check('absent')).toMatchObject({
      code: 2,
      error: expect.stringContaining('no such file or folder') as string,
    });
    expect(check().code).toBe(2);
    expect(check('--help').out).toContain('--fail-on LEVEL');
  });
});
