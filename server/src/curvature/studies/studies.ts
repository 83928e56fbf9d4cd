/** All studies, in the order in which they run. */
import { bitAllocation } from './bitAllocation';
import type { Study } from './study';

export const studies: readonly Study[] = [
  bitAllocation, // E2
];
