/** What a script does to the arrays of a data set before it trains on them, as plain data. */
import type { PlainGraph } from '../../graph/plainGraph';
import type { Shape } from '../../graph/primitives';
import type { DataCall } from '../dataCall';

/** An array as a library gives it, before any of the code's own steps. */
export interface ArraySource {
  /** What gives the data set, under its full name: `keras.datasets.mnist`. */
  readonly call: DataCall;
  /** Which of its arrays. */
  readonly array: string;
  /** The first axis counts samples; its extent is UNKNOWN_EXTENT where only the files say it. */
  readonly shape: Shape;
}

export interface PreparedData {
  /** The inputs of `program`. */
  readonly sources: readonly ArraySource[];
  readonly program: PlainGraph;
  /** Of the outputs of `program`: inputs of the model first, then targets. */
  readonly names: readonly string[];
  /** What the script does to its samples and is not done: random changes, weights. */
  readonly omitted: readonly string[];
}
