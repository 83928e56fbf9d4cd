import type { ByteSource } from '../checkpoint/byteSource';
import type { ArrayValue } from '../engine/engine';
import type { DataValue } from './dataCall';
import type { DType, Shape } from '../graph/primitives';

/** One array of a data set: inputs first, targets last. */
export interface DatasetArray {
  readonly name: string;
  /** Of one sample. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** As it lies in the file: 'uint8', 'float64', …; equal to `dtype` for synthetic data. */
  readonly storedType: string;
}

/** Samples of one or several arrays with equal lengths. Throws CheckpointErrors. */
export interface Dataset {
  readonly name: string;
  /** Samples. */
  readonly size: number;
  readonly arrays: readonly DatasetArray[];
  /** True for the seeded probe batch that stands in for absent data. */
  readonly synthetic: boolean;
  /** One line for the provenance: file, arrays, samples, what was chosen or scaled. */
  readonly description: string;
  /** The named samples, stacked along a new first axis, one value per array. */
  batch(indices: readonly number[]): Promise<ArrayValue[]>;
  /** One array of the named samples: labels for stratified sampling, without the images. */
  column(array: number, indices: readonly number[]): Promise<ArrayValue>;
  /** SHA-256 of what the samples come from, hexadecimal. */
  hash(): Promise<string>;
}

/** What the code says of its data, as far as it matters for reading them. */
export interface DatasetOptions {
  /** Tokens in one sample of a token file: the model's input length. */
  readonly sequenceLength?: number;
  /** Of images, as the training script makes it; absent: the script says nothing. */
  readonly transform?: DataValue;
  /** `train` (the default), `test`, or another part that the data set knows. */
  readonly split?: string;
}

/** What sampling and synthetic data draw from; curvature's `Random` is one. */
export interface RandomSource {
  /** Uniform on (0, 1). */
  uniform(): number;
  /** Uniform in 0 … n−1. */
  integer(n: number): number;
  /** Standard normal. */
  gaussian(): number;
}

/** Files as the data formats see them; `project/` has the one for the disk. Paths are absolute. */
export interface DataFiles {
  isFolder(path: string): Promise<boolean>;
  /** Names in a folder, sorted. */
  list(folder: string): Promise<string[]>;
  open(path: string): Promise<ByteSource>;
  /** All bytes of a small file, which is not kept open. Throws a CheckpointError beyond `largest` bytes. */
  readWhole(path: string, largest: number): Promise<Uint8Array>;
}
