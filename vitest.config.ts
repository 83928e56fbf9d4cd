import { defineConfig, type Plugin } from 'vitest/config';
import { readFileSync } from 'node:fs';

/** Counterpart of the bundler's loaders: the front end's library is Python source, the JPEG decoder's program is embedded. */
const embedded: Plugin = {
  name: 'embedded',
  enforce: 'pre',
  load(id) {
    const [file = id] = id.split('?');
    if (file.endsWith('.wasm'))
      return `export default Uint8Array.from(Buffer.from('${readFileSync(file, 'base64')}', 'base64'))`;
    return file.endsWith('.py') ? `export default ${JSON.stringify(readFileSync(file, 'utf8'))}` : undefined;
  },
};

const project = (name: string, include: string[], testTimeout: number) => ({
  plugins: [embedded],
  test: {
    // Its program is not a module for Node itself.
    server: { deps: { inline: ['@jsquash/jpeg'] } },
    name,
    include,
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
  },
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
