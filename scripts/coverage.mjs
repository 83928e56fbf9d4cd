// How often the intervals hold the truth: npm run coverage [-- --seeds N] [--only ID] [--write].
import { runBundled } from './runBundled.mjs';

await runBundled('coverage', ['test/coverage/main.ts'], { format: 'cjs' });
