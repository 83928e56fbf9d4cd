/** All studies, in the order in which they run. */
import { adaptiveStability } from './adaptiveStability';
import { bitAllocation } from './bitAllocation';
import { predictedAndMeasured } from './predictedAndMeasured';
import type { Study } from './study';

export const studies: readonly Study[] = [
  adaptiveStability, // B2
  bitAllocation, // E2
  predictedAndMeasured, // E4
];
