/** All studies, in the order in which they run. */
import type { Study } from './study';

export const studies: readonly Study[] = [];
