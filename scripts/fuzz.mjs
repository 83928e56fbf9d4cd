// Opens hostile files: npm run fuzz -- [--files N] [--seed S] [--only checkpoint|data].
import { external } from './build.mjs';
import { runBundled } from './runBundled.mjs';

await runBundled('fuzz', ['test/fuzz/main.ts', 'test/fuzz/child.ts'], {
  // The JPEG decoder looks for its program beside itself, but is given it.
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  external,
});
