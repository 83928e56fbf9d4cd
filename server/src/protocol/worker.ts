/**
 * Messages between a front (command line, language server) and the worker process that computes.
 * Every message is plain data; failures travel as values, never as exceptions.
 */
import type { EngineName, Precision } from '../engine/engine';
import type { AnalysisResult } from '../curvature/result';
import type { ModelSettings } from '../project/settings';

/** What `analyze` is asked to do. Paths are absolute. */
export interface AnalyzeRequest {
  readonly modelFile: string;
  /** Class or function name, or a Python call evaluated in the module's namespace. */
  readonly model?: string;
  /** File, index of shards, or folder. */
  readonly checkpoint?: string;
  /** Which of a checkpoint's weights: 'ema', 'model', or the path of a dictionary in it. */
  readonly weights?: string;
  readonly data?: string;
  readonly loss?: string;
  /** Of a model file with several outputs: the one that the loss is of. */
  readonly output?: string;
  /** One per positional input: `3x32x32` or a Python expression with its batch. */
  readonly inputs: readonly string[];
  /** Samples in one evaluation of the loss; the analysed samples are split into such batches. */
  readonly batch?: number;
  /** Samples analysed. */
  readonly samples?: number;
  readonly trainScript?: string;
  /** Table of latencies by layer and bits, JSON or CSV. */
  readonly latencies?: string;
  /** Catalogue IDs or names; absent: the default set. */
  readonly quantities?: readonly string[];
  readonly probes?: number;
  /** How much the default set may take, in multiples of the usual, > 0; default 1. */
  readonly effort?: number;
  /** Relative tolerance of eigenvalues and stochastic estimates. */
  readonly tolerance?: number;
  readonly top: number;
  readonly seed: number;
  readonly engine: 'auto' | EngineName;
  readonly precision: Precision;
  /** Absent: what the settings say, else eval. */
  readonly mode?: 'eval' | 'train';
  /** What counts where neither this request nor a pragma nor pyproject.toml says anything; paths are absolute. */
  readonly defaults?: ModelSettings;
  /** Texts that are not saved yet, by absolute path; they win over the disk. */
  readonly overlay?: Readonly<Record<string, string>>;
  /** Upper bound on the memory for stored intermediates, bytes. */
  readonly memoryLimit?: number;
}

/** A failure a user can act on: what was wrong, where, and what to do. */
export interface Failure {
  /** `input`: the user's files or arguments (exit code 2); `internal`: ours (3); `cancelled`. */
  readonly category: 'input' | 'internal' | 'cancelled';
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly hint?: string;
}

/** Time and memory expected before an analysis starts, from operation counts and a short measured trial. */
export interface Prediction {
  readonly seconds: number;
  readonly bytes: number;
  /** Batches the samples were split into to stay under the memory limit. */
  readonly batches: number;
}

export interface Progress {
  /** 0 … 1. */
  readonly fraction: number;
  /** What is being computed, in the user's terms. */
  readonly stage: string;
  readonly secondsLeft?: number;
}

/** A file that an analysis used, and what its content was: a later result of other content is another result. */
export interface InputFile {
  /** Absolute. */
  readonly path: string;
  readonly role: 'source' | 'training script' | 'checkpoint' | 'data';
  /** SHA-256 of a text; size and time of change of anything else. */
  readonly fingerprint: string;
  /** Of a training script: that of its text without what only the optimizer's steps depend on (`settledText`). */
  readonly settled?: string;
}

export type ToWorker =
  | { readonly kind: 'analyze'; readonly id: number; readonly request: AnalyzeRequest }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'ping'; readonly id: number };

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'pong'; readonly id: number }
  | { readonly kind: 'prediction'; readonly id: number; readonly prediction: Prediction }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly kind: 'inputs'; readonly id: number; readonly inputs: readonly InputFile[] }
  | { readonly kind: 'partial'; readonly id: number; readonly result: AnalysisResult }
  | { readonly kind: 'result'; readonly id: number; readonly result: AnalysisResult }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };
