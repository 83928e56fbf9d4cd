import type { ElementType, TensorData } from './elementType';
import type { TensorStatistics } from './health';
import type { InventoryEntry } from './inventory';
import type { QuantisedType } from './quantisedType';

/** Plain nested values: what a checkpoint holds beside tensors. */
export type MetadataValue = null | boolean | number | string | MetadataValue[] | { [key: string]: MetadataValue };

/** A tensor of a checkpoint. Nothing is read before `read`, `chunks` or `statistics` is called. */
export interface CheckpointTensor {
  /** Path inside the container that holds it, keys joined by dots: the state_dict key. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: ElementType | QuantisedType;
  /** Bytes that its elements take in the file. */
  readonly byteLength: number;
  /** Equal for tensors that share memory (tied weights, views). */
  readonly storageKey: string;
  readonly elementCount: number;
  /** All elements, row-major; throws a CheckpointError when the bytes are damaged or of a quantised type. */
  read(): Promise<TensorData>;
  /** `count` elements from position `start` in row-major order. */
  readRange(start: number, count: number): Promise<TensorData>;
  /** The same elements in consecutive pieces, for tensors that should not be held at once. */
  chunks(): AsyncIterable<TensorData>;
  /** The same elements in the order in which they lie in the file, where that is cheaper: for sums and counts. */
  unordered(): AsyncIterable<TensorData>;
  statistics(): Promise<TensorStatistics>;
}

/** A dictionary (or pickled module) that may be a model's state. */
export interface StateContainer {
  /** Keys from the root, joined by dots; '' is the root. */
  readonly path: string;
  readonly tensors: readonly CheckpointTensor[];
}

export type CheckpointFormat =
  | 'safetensors'
  | 'torch zip'
  | 'torch legacy'
  | 'torchscript'
  | 'pickle'
  | 'npz'
  | 'gguf'
  | 'onnx'
  | 'tfjs'
  | 'hdf5'
  | 'tensorflow'
  | 'keras';

export interface CheckpointWarning {
  /** HL404: code-executing pickle content; HL403: other things about the file's health. */
  readonly code: 'HL403' | 'HL404';
  readonly message: string;
  /** Byte offset, entry or key. */
  readonly where: string;
}

/** What the optimizer remembers of one parameter. */
export interface ParameterState {
  /** Position in the order of `model.parameters()` as handed to the optimizer. */
  readonly index: number;
  /** Index of its parameter group. */
  readonly group: number;
  /** exp_avg, exp_avg_sq, momentum_buffer, … ; `step` too when it is stored as a tensor. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** `step` and others stored as plain numbers. */
  readonly numbers: ReadonlyMap<string, number>;
}

export interface OptimizerState {
  readonly path: string;
  /** lr, betas, momentum, weight_decay, … of each parameter group. */
  readonly groups: readonly Readonly<Record<string, MetadataValue>>[];
  readonly parameters: readonly ParameterState[];
}

export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** As the user named it: a file, the index of several, or a folder. */
  readonly file: string;
  /** Every file that belongs to it, `hash` covers them in this order. */
  readonly files: readonly string[];
  /** Bytes of all files. */
  readonly size: number;
  /** What a reader should know about how the files were chosen. */
  readonly notes: readonly string[];
  /** Every dictionary that may be the model's state, the likeliest first. */
  readonly containers: readonly StateContainer[];
  /** Path of the likeliest container; `tensors` are its tensors. */
  readonly container: string;
  readonly tensors: readonly CheckpointTensor[];
  /** Every tensor of the file under its path from the root: also those of the optimizer and beside the model. */
  inventory(): readonly InventoryEntry[];
  readonly metadata: MetadataValue;
  /** In the order of the file; several where several networks were trained together. */
  readonly optimizers: readonly OptimizerState[];
  /** Where training stood, from the usual keys. */
  readonly progress: { readonly epoch?: number; readonly step?: number };
  readonly warnings: readonly CheckpointWarning[];
  /** SHA-256 of the files, hexadecimal. Reads them once. */
  hash(): Promise<string>;
}
