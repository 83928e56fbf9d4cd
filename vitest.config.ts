import { defineConfig, type Plugin } from 'vitest/config';
import { readFileSync } from 'node:fs';

/** The front end's library is Python source; the bundler's `text` loader has this counterpart here. */
const pythonAsText: Plugin = {
  name: 'python-as-text',
  enforce: 'pre',
  load(id) {
    const [file = id] = id.split('?');
    return file.endsWith('.py') ? `export default ${JSON.stringify(readFileSync(file, 'utf8'))}` : undefined;
  },
};

const project = (name: string, include: string[], testTimeout: number) => ({
  plugins: [pythonAsText],
  test: { name, include, testTimeout, hookTimeout: testTimeout, pool: 'forks' as const },
});

export default defineConfig({
  test: {
    reporters: ['default', './test/closingLine.ts'],
    poolOptions: { forks: { maxForks: 2 } },
    projects: [
      project('unit', ['test/unit/**/*.test.ts'], 120_000),
      project('reference', ['test/reference/**/*.test.ts'], 600_000),
      project('lsp', ['test/lsp/**/*.test.ts'], 120_000),
    ],
  },
});
