/** ONNX Runtime behind types of our own: sessions from serialised models, tensors from arrays. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ArrayData } from '../engine';
import type { ElementType, SerializedModel } from './stagedModel';

export type Feeds = Readonly<Record<string, Tensor>>;

export interface Session {
  run(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>>;
  release(): Promise<void>;
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Thrown for whatever the runtime reports; its message names the operator and so the primitive and its place. */
export class OnnxRuntimeError extends Error {
  override readonly name = 'OnnxRuntimeError';
}

/** How sessions run; `profilePrefix`: start of the name of the file that the runtime's profile of a session goes to. */
export interface SessionSettings {
  readonly threads: number;
  /** Memory that was used stays with each session. Not wanted where the process' allocator keeps it for all of them. */
  readonly keepsMemory: boolean;
  readonly profilePrefix?: string | undefined;
}

export async function createSession(
  model: SerializedModel,
  { threads, keepsMemory, profilePrefix }: SessionSettings,
): Promise<Session> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    // Simplification, layouts and fusions are ours already: what the runtime looks for takes half of a session's creation and finds nothing.
    graphOptimizationLevel: 'disabled',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // A pattern is one block for all intermediates of a run: as much again, beside what the first run took.
    enableMemPattern: false,
    enableCpuMemArena: keepsMemory,
    logSeverityLevel: 3,
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  };
  try {
    const session = await InferenceSession.create(model.bytes, options);
    return {
      async run(feeds) {
        try {
          // The runtime was built from this model, so that its outputs are tensors.
          return await session.run(feeds);
        } catch (error) {
          throw new OnnxRuntimeError(`onnxruntime failed while running the program: ${message(error)}`);
        }
      },
      release: async () => {
        if (profilePrefix !== undefined) session.endProfiling();
        await session.release();
      },
    };
  } catch (error) {
    throw new OnnxRuntimeError(`onnxruntime does not accept the program: ${message(error)}`);
  }
}

/** Float data of either width as single precision; integers and booleans as they are. */
export function asTensor(data: ArrayData, shape: readonly number[]): Tensor {
  if (data instanceof Int32Array) return new Tensor('int32', data, shape);
  if (data instanceof Uint8Array) return new Tensor('bool', data, shape);
  return new Tensor('float32', data instanceof Float32Array ? data : new Float32Array(data), shape);
}

/** The element type of a tensor that a session returned. */
export function elementTypeOf(tensor: Tensor): ElementType {
  switch (tensor.type) {
    case 'float32':
      return 'float';
    case 'float64':
      return 'double';
    case 'int32':
      return 'int32';
    case 'int64':
      return 'int64';
    case 'bool':
      return 'bool';
    case 'uint8':
      return 'uint8';
    default:
      throw new OnnxRuntimeError(`onnxruntime returned elements of type ${tensor.type}, which no program here has`);
  }
}
