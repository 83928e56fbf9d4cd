// Scores the warnings of instability against real runs: npm run score [-- --only NAME] [--continue].
import { runBundled } from './runBundled.mjs';

await runBundled('score', ['test/score/main.ts'], { format: 'cjs' });
