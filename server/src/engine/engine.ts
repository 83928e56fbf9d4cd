import type { Graph, Node } from '../graph/node';
import type { DType, Shape } from '../graph/primitives';

export type Precision = 'float32' | 'float64';

export type EngineName = 'onnxruntime' | 'tfjs' | 'reference';

/** Row-major data. float → Float32Array or Float64Array by the engine's precision; int → Int32Array; bool → Uint8Array. */
export type ArrayData = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A tensor outside a graph. */
export interface ArrayValue {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: ArrayData;
}

/** A compiled graph. */
export interface Executable {
  /** `inputs` in the order of the graph's unbound inputs; float data of either width is accepted. */
  run(inputs: readonly ArrayValue[]): Promise<ArrayValue[]>;
  dispose(): void;
}

export interface CompileOptions {
  /**
   * Inputs whose value is known now and never changes; `run` then takes only the others. An engine may bake
   * them into the program (packed weights, folded expressions).
   */
  readonly bound?: ReadonlyMap<Node<'input'>, ArrayValue>;
  /**
   * Inputs that `run` takes, but whose arrays come back in many runs unchanged (what the setup of a chunk of samples
   * left). An engine may keep what it derives from such a set of arrays for as long as these arrays live.
   */
  readonly steady?: {
    readonly inputs: ReadonlySet<Node<'input'>>;
    /** How many different sets of arrays take turns. */
    readonly sets: number;
    /** Part of the memory for such derived values that this program may take: others may need the rest. In [0, 1]. */
    readonly share: number;
    /** Runs with the same arrays are under way at once, not only runs with different ones. */
    readonly isShared?: boolean;
  };
  /** Several runs will be under way at once, so that an engine may make each of them on a part of the machine. */
  readonly isConcurrent?: boolean;
}

/** Executes graphs. Thrown errors name the engine and the primitive with its source span. */
export interface Engine {
  readonly name: EngineName;
  readonly precision: Precision;
  /** One line for the provenance: library and version, threads, instruction set where known. */
  readonly description: string;
  /** What depends on bound and steady inputs alone is computed once per set of steady arrays, in the form that the rest wants. */
  readonly keepsDerived: boolean;
  /** Runs of a concurrent program that the engine works on side by side; 1 where it makes one after the other. */
  readonly concurrency: number;
  compile(graph: Graph, options?: CompileOptions): Promise<Executable>;
  dispose(): void;
}
