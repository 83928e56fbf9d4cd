import type { ArrayData } from '../../engine/engine';
import type { Shape } from '../../graph/primitives';
import type { Rows } from './rowRules';

/** A stored array. */
export interface StoredRows {
  readonly size: number;
  /** Of one sample, where the graph does not know it. */
  readonly sample?: Shape;
  /** Element type in the file, where it is known. */
  readonly storedType?: string;
  /** Row-major. */
  rows(indices: Rows): Promise<ArrayData>;
}
