// Tries the models of a list on checkouts: npm run corpus -- LIST.json FOLDER.
import { runBundled } from './runBundled.mjs';

await runBundled('corpus', ['test/corpus/main.ts', 'test/corpus/entry.ts']);
