import { describe, expect, it } from 'vitest';
import { notebookText } from '../../../server/src/project/notebook';

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

  it('takes nothing from other files', () => {
    for (const text of ['', 'x = 1', '{}', 'null', '[1]', '{"cells": 3}']) expect(notebookText(text)).toBeUndefined();
    expect(notebookText('{"cells": [null, 1, {"cell_type": "code", "source": 5}]}')).toBe('');
  });
});
