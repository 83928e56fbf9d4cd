import type { CheckpointTensor } from './checkpoint';
import { CheckpointError } from './checkpointError';
import { elementCount } from './elementCount';
import type { TensorData } from './elementType';
import type { TensorStatistics } from './health';
import type { QuantisedType } from './quantisedType';

/** A tensor that is known by its name, shape and type only. Reading it fails with a CheckpointError that says so. */
export class QuantisedTensor implements CheckpointTensor {
  readonly storageKey: string;
  readonly elementCount: number;

  constructor(
    readonly name: string,
    readonly dtype: QuantisedType,
    readonly shape: readonly number[],
    readonly byteLength: number,
    private readonly file: string,
  ) {
    this.storageKey = name;
    this.elementCount = elementCount(shape);
  }

  read(): Promise<TensorData> {
    return Promise.reject(this.notRead());
  }
  readRange(): Promise<TensorData> {
    return Promise.reject(this.notRead());
  }
  async *chunks(): AsyncGenerator<TensorData> {
    yield await this.read();
  }
  unordered(): AsyncIterable<TensorData> {
    return this.chunks();
  }
  statistics(): Promise<TensorStatistics> {
    return Promise.reject(this.notRead());
  }

  private notRead(): CheckpointError {
    return new CheckpointError(
      `quantised tensors (${this.dtype}) are listed, not read`,
      this.file,
      `tensor '${this.name}'`,
      'Use the checkpoint from which this file was quantised.',
    );
  }
}
