/** All quick fixes, in the order in which they are offered. */
import { clipping } from './clipping';
import { dominatingSamples } from './dominatingSamples';
import type { Fix } from './fix';
import { initialisation } from './initialisation';
import { learningRate } from './learningRate';
import { otherCheckpoint } from './otherCheckpoint';
import { scaledRate } from './scaledRate';
import { silence } from './silence';
import { unwrittenRate } from './unwrittenRate';
import { warmUp } from './warmUp';

export const fixes: readonly Fix[] = [
  learningRate,
  unwrittenRate,
  scaledRate,
  warmUp,
  clipping,
  initialisation,
  dominatingSamples,
  otherCheckpoint,
  silence,
];
