// Writes docs/quantities.md and docs/findings/ from the tables in the code.
import { build } from 'esbuild';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const bundle = resolve('dist/documentation.mjs');
await build({
  stdin: {
    contents: `export { findingPage, quantitiesPage } from './server/src/report/documentation';
export { rules } from './server/src/diagnosis/diagnose';
export { staticRules } from './server/src/diagnosis/staticDiagnosis';`,
    resolveDir: resolve('.'),
    loader: 'ts',
  },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: bundle,
});
const { findingPage, quantitiesPage, rules, staticRules } = await import(pathToFileURL(bundle).href);
mkdirSync('docs/findings', { recursive: true });
writeFileSync('docs/quantities.md', quantitiesPage());
for (const rule of [...rules, ...staticRules])
  writeFileSync(join('docs', 'findings', `${rule.code}.md`), findingPage(rule));
