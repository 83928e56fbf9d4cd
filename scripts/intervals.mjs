// How often the intervals hold the truth: npm run intervals [-- --seeds N] [--only ID] [--write].
import { runBundled } from './runBundled.mjs';

await runBundled('intervals', ['test/intervals/main.ts'], { format: 'cjs' });
