/** What is broken or hostile ends with exit code 2 and a message that names the file and the place; nothing is executed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const cli = resolve(__dirname, '../../../dist/cli.js');
const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-bad-'));
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};

function run(...args: string[]): { code: number | null; error: string } {
  const { status, stderr } = spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' });
  return { code: status, error: stderr };
}

const model = (body: string): string => `import torch.nn as nn\n\n\nclass Net(nn.Module):\n${body}`;
const plain = model(
  '    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(4, 3)\n\n    def forward(self, x):\n        return self.a(x)\n',
);

/** A safetensors file whose header claims 2⁶⁰ bytes. */
const endless = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 16, 123, 125);
/** A pickle (protocol 0) that asks for os.system('touch executed'). */
const systemCall = Buffer.from("cposix\nsystem\n(S'touch executed'\ntR.");
/** A list that contains itself. */
const recursive = Buffer.from('(lp0\ng0\na.');

describe('bad input', () => {
  it.each<[string, string[], RegExp]>([
    ['no such file', ['analyze', 'absent.py'], /absent\.py: error: there is no such file/],
    ['a syntax error', ['analyze', put('syntax.py', model('    x = (1,\n'))], /syntax\.py:\d+:\d+: error: SyntaxError/],
    [
      'an endless loop',
      ['analyze', put('loop.py', model('    def __init__(self):\n        while True:\n            pass\n'))],
      /loop\.py:[67]:\d+: error: .*did not end/,
    ],
    [
      'shapes that do not fit',
      ['trace', put('shapes.py', plain.replace('return self.a(x)', 'return self.a(self.a(x))')), '--input', '4'],
      /shapes\.py:10:\d+: error: .*cannot be multiplied \(2x3 and 4x3\)/,
    ],
    [
      'shapes that do not fit the inputs of a comment above the class',
      ['trace', put('pragma.py', plain.replace('class Net', '# hessian-lens: input=7\nclass Net'))],
      /pragma\.py:11:\d+: error: .*cannot be multiplied \(2x7 and 4x3\) \(in layer a, Linear of line 8\)/,
    ],
    [
      'a comment with a setting that there is not',
      ['trace', put('setting.py', plain.replace('class Net', '# hessian-lens: inputs=7\nclass Net'))],
      /setting\.py:4: unknown key "inputs"; known: /,
    ],
    [
      'a header of 2^60 bytes',
      ['checkpoint', put('endless.safetensors', endless)],
      /endless\.safetensors: error: .*1152921504606846976 bytes.*byte 0/,
    ],
    ['code in a pickle', ['checkpoint', put('system.pt', systemCall)], /system\.pt: error: .*posix\.system/],
    ['a list inside itself', ['checkpoint', put('recursive.pt', recursive)], /recursive\.pt: error: /],
    ['an empty file', ['checkpoint', put('empty.pt', '')], /empty\.pt: error: the file is empty/],
    [
      'a checkpoint that is none',
      ['analyze', put('plain.py', plain), '--checkpoint', put('text.pt', 'hello'), '--loss', 'mse', '--input', '4'],
      /text\.pt: error: the format is not recognised/,
    ],
    [
      'an unknown loss',
      ['analyze', put('plain.py', plain), '--loss', 'nonsense', '--input', '4'],
      /no loss "nonsense"/,
    ],
    ['an unknown option', ['analyze', 'plain.py', '--sampels', '3'], /--sampels/],
    ['an unknown command', ['analyse', 'plain.py'], /no command 'analyse'/],
  ])('%s', (_, args, message) => {
    const { code, error } = run(...args);
    expect(error).toMatch(message);
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'executed'))).toBe(false);
  });
});
