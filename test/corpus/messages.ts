/** What the process of one entry tells the process that prints the tables. */

export interface EntryRequest {
  readonly id: string;
  readonly file: string;
  /** Text of the file where it is not the one on disk. */
  readonly source: string;
  /** Imports stay below. */
  readonly root: string;
  /** Expression of the model; absent: the file's main one. */
  readonly model?: string;
  /** Keras counts what belongs to the weights but is not trained among a model's parameters. */
  readonly countsBuffers: boolean;
  readonly inputs: readonly string[];
  /** Compute loss, gradient and products. */
  readonly oracle: boolean;
}

export interface TraceOutcome {
  readonly kind: 'trace';
  readonly stopped: string | null;
  readonly parameters: number;
  readonly keys: readonly string[];
  /** Shapes of the output's tensors, in order. */
  readonly output: readonly (readonly number[])[];
  readonly stochastic: boolean;
  readonly milliseconds: number;
}

export interface Numbers {
  readonly loss: number;
  readonly gradientNorm: number;
  /** g·v */
  readonly slope: number;
  /** vᵀHv */
  readonly curvature: number;
}

export interface NumbersOutcome {
  readonly kind: 'numbers';
  readonly precision: 'float32' | 'float64';
  readonly engine: string;
  readonly numbers: Numbers | { readonly failed: string };
  readonly milliseconds: number;
}

export interface EndOutcome {
  readonly kind: 'end';
  readonly peakMiB: number;
}

export type Outcome = TraceOutcome | NumbersOutcome | EndOutcome;
