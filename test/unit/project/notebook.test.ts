import { describe, expect, it } from 'vitest';
import { notebookProgram, notebookText } from '../../../server/src/project/notebook';

const notebook = (...cells: readonly { cell_type: string; source: unknown }[]): string => JSON.stringify({ cells });

describe('the program in a notebook', () => {
  it('is its code cells in order, commands to the notebook as comments', () => {
    const text = notebookText(
      notebook(
        { cell_type: 'markdown', source: ['# not code'] },
        { cell_type: 'code', source: ['%matplotlib inline\n', 'import torch\n', '!pip install x'] },
        { cell_type: 'code', source: 'if a:\n    %time b\nc = 1' },
      ),
    );
    expect(text).toBe('# %matplotlib inline\nimport torch\n# !pip install x\n\nif a:\n    # %time b\nc = 1');
  });

  it('leaves out cells in another language, and reads timed ones', () => {
    expect(notebookText(notebook({ cell_type: 'code', source: '%%bash\nls' }))).toBe('# %%bash\n# ls');
    expect(notebookText(notebook({ cell_type: 'code', source: '%%time\na = 1' }))).toBe('# %%time\na = 1');
  });

  it('knows the cell of every line', () => {
    const program = notebookProgram(
      notebook(
        { cell_type: 'code', source: 'a = 1\nb = 2' },
        { cell_type: 'markdown', source: 'text' },
        { cell_type: 'code', source: '' },
        { cell_type: 'code', source: ['c = 3\n', 'd = 4\n'] },
        { cell_type: 'code', source: 'e = 5' },
      ),
    );
    const lines = program?.text.split('\n') ?? [];
    const placeOf = (text: string) => program?.placeOf(lines.indexOf(text) + 1);
    expect(placeOf('a = 1')).toEqual({ cell: 1, line: 1 });
    expect(placeOf('b = 2')).toEqual({ cell: 1, line: 2 });
    expect(placeOf('d = 4')).toEqual({ cell: 4, line: 2 });
    expect(placeOf('e = 5')).toEqual({ cell: 5, line: 1 });
  });

  it('takes nothing from other files', () => {
    for (const text of ['', 'x = 1', '{}', 'null', '[1]', '{"cells": 3}']) expect(notebookText(text)).toBeUndefined();
    expect(notebookText('{"cells": [null, 1, {"cell_type": "code", "source": 5}]}')).toBe('');
  });
});
