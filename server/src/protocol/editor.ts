/**
 * Requests and notifications between an editor and the language server beyond the standard ones. URIs are the
 * editor's strings; files inside results are absolute paths.
 */
import type { AnalysisResult } from '../curvature/result';
import type { StudyGroup } from '../curvature/studies/groups';
import type { CheckpointCandidate, ModelReading } from './reading';
import type { AnalyzeRequest, Failure, Prediction, Progress } from './worker';

/** Names of the methods; one place, so that a typing error does not compile. */
export const methods = {
  /** AnalyzeParams → AnalyzeReply. Honours `workDoneToken`, `partialResultToken` and `$/cancelRequest`. */
  analyze: 'hessianLens/analyze',
  /** ResultParams → StoredResult | null */
  result: 'hessianLens/result',
  /** → ResultSummary[]: every stored result of the workspace, newest first. */
  results: 'hessianLens/results',
  /** CancelParams → boolean: whether there was something to cancel. */
  cancel: 'hessianLens/cancel',
  /** ModelsParams → ModelReading[] */
  models: 'hessianLens/models',
  /** CandidatesParams → Candidates */
  candidates: 'hessianLens/candidates',
  /** ChooseParams → null. The choice lasts, per workspace. */
  choose: 'hessianLens/choose',
  /** ExportParams → string */
  export: 'hessianLens/export',
  /** → number of results removed */
  clearCache: 'hessianLens/clearCache',
  /** Notification to the editor: AnalysisEvent */
  analysisEvent: 'hessianLens/analysisEvent',
  /** Notification to the editor: ServerStatus */
  status: 'hessianLens/status',
  /** Notification to the editor: CheckpointAppeared */
  checkpointAppeared: 'hessianLens/checkpointAppeared',
  /** CheckpointParams → CheckpointListing */
  checkpoint: 'hessianLens/checkpoint',
  /** TensorParams → TensorReport. Cancellable. */
  tensor: 'hessianLens/tensor',
} as const;

/** Commands of the server for editors without the client's own; also what lenses and actions call. */
export const serverCommands = {
  /** [uri, model?, group of studies?] */
  analyze: 'hessianLens.server.analyze',
  /** [analysisId?] */
  cancel: 'hessianLens.server.cancel',
  /** [] */
  clearCache: 'hessianLens.server.clearCache',
  /** [uri, model?, format?: 'text' | 'json' | 'sarif' | 'html'] → string */
  report: 'hessianLens.server.report',
} as const;

/** Commands that only the VS Code client has; lenses use them when `InitializationOptions.client` says so. */
export const clientCommands = {
  analyze: 'hessianLens.analyze',
  /** [uri?, model?, group?] */
  study: 'hessianLens.study',
  chooseCheckpoint: 'hessianLens.chooseCheckpoint',
  chooseData: 'hessianLens.chooseData',
  chooseOutput: 'hessianLens.chooseOutput',
  showSpectrum: 'hessianLens.showSpectrum',
  compareWith: 'hessianLens.compareWith',
  exportReport: 'hessianLens.exportReport',
  cancelAnalysis: 'hessianLens.cancelAnalysis',
  restartServer: 'hessianLens.restartServer',
  showLog: 'hessianLens.showLog',
  clearCache: 'hessianLens.clearCache',
} as const;

export interface InitializationOptions {
  /** The VS Code client: it has `clientCommands` and shows panels. */
  readonly client?: 'vscode';
  /** Where results are kept; absent: the user's cache folder. */
  readonly storage?: string;
  /** False in an untrusted workspace: nothing that could run the user's code is offered. */
  readonly trusted?: boolean;
}

/** `hessianLens.*` settings as `workspace/configuration` gives them. */
export interface EditorSettings {
  readonly codeLens: { readonly curvature: boolean; readonly stability: boolean; readonly parameters: boolean };
  readonly inlayHints: { readonly shapes: boolean; readonly parameters: boolean };
  readonly diagnostics: {
    readonly enabled: boolean;
    /** Severity by finding code; `off` silences it. */
    readonly severity: Readonly<Record<string, 'error' | 'warning' | 'information' | 'hint' | 'off'>>;
  };
  readonly analysis: {
    readonly engine: AnalyzeRequest['engine'];
    readonly precision: AnalyzeRequest['precision'];
    readonly samples: number;
    readonly top: number;
    readonly seed: number;
    /** MiB; 0: half of what is free. */
    readonly memoryLimit: number;
  };
  /** Share of the stable limit that a quick fix sets a learning rate to. */
  readonly stability: { readonly safetyMargin: number };
  /** Settings for models that have no pragma and no pyproject.toml entry. */
  readonly checkpoint: string;
  readonly weights: string;
  readonly data: string;
  readonly loss: string;
  readonly trainScript: string;
  /** Table of latencies by layer and bits. */
  readonly latencies: string;
  /** Folders of installed packages that are read; empty: those of the project's environment. */
  readonly sitePackages: readonly string[];
}

export interface AnalyzeParams {
  readonly uri: string;
  /** Absent: the main model of the file. */
  readonly model?: string;
  readonly overrides?: Partial<Omit<AnalyzeRequest, 'modelFile' | 'model'>>;
  /** Adds these studies to the result that is there; without one, the default set is computed as well. */
  readonly study?: StudyGroup;
  readonly workDoneToken?: string | number;
  /** Partial `StoredResult`s are sent here as they come. */
  readonly partialResultToken?: string | number;
}

export type AnalyzeReply =
  { readonly ok: true; readonly stored: StoredResult } | { readonly ok: false; readonly failure: Failure };

/** Why a result no longer describes the files as they are. */
export type Staleness = 'source changed' | 'training script changed' | 'checkpoint changed' | 'data changed';

/** An analysis as it is kept: on disk by the hash of everything that went in. */
export interface StoredResult {
  /** Names the result in later requests. */
  readonly id: string;
  readonly uri: string;
  readonly model: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly request: AnalyzeRequest;
  readonly result: AnalysisResult;
  /** Empty: fresh. */
  readonly stale: readonly Staleness[];
}

export type ResultSummary = Omit<StoredResult, 'result' | 'request'> & {
  readonly lambdaMax: number | null;
  readonly margin: number | null;
  readonly checkpoint: string | null;
};

export type ResultParams = { readonly id: string } | { readonly uri: string; readonly model?: string };

export interface CancelParams {
  /** Absent: whatever runs. */
  readonly analysisId?: string;
}

export interface ModelsParams {
  readonly uri: string;
}
export type Models = readonly ModelReading[];

export interface CandidatesParams {
  readonly uri: string;
  readonly model?: string;
}

export interface Candidates {
  readonly checkpoints: readonly CheckpointCandidate[];
  readonly data: readonly { readonly file: string; readonly origin: string; readonly description: string }[];
  /** Names of the outputs of a model file, one of which the loss is of; empty where they have no names. */
  readonly outputs: readonly string[];
  /** What is used now; of the output what was chosen. */
  readonly current: {
    readonly checkpoint: string | null;
    readonly data: string | null;
    readonly output: string | null;
  };
}

export interface ChooseParams {
  readonly uri: string;
  readonly model?: string;
  /** Absolute path; null: back to the automatic choice. Absent: unchanged. */
  readonly checkpoint?: string | null;
  readonly data?: string | null;
  /** Name of an output of a model file; null and absent as above. */
  readonly output?: string | null;
}

export interface ExportParams {
  readonly id: string;
  readonly format: 'text' | 'json' | 'sarif' | 'html' | 'csv';
}

/** The life of one analysis, for panels and the status item. */
export type AnalysisEvent =
  | { readonly kind: 'started'; readonly analysisId: string; readonly uri: string; readonly model: string }
  | { readonly kind: 'prediction'; readonly analysisId: string; readonly prediction: Prediction }
  | { readonly kind: 'progress'; readonly analysisId: string; readonly progress: Progress }
  /** A result that grows (`result.complete` false) or the last one. */
  | { readonly kind: 'result'; readonly analysisId: string; readonly stored: StoredResult }
  | { readonly kind: 'failed'; readonly analysisId: string; readonly failure: Failure }
  /** A kept result judged by a training script that was edited: other learning rate, same curvature. */
  | { readonly kind: 'reevaluated'; readonly stored: StoredResult }
  /** A stored result became stale or fresh again. */
  | { readonly kind: 'staleness'; readonly id: string; readonly stale: readonly Staleness[] };

export interface ServerStatus {
  readonly state: 'ready' | 'reading' | 'analysing' | 'problem';
  /** One line for the status item. */
  readonly text: string;
  readonly detail?: string;
}

export interface CheckpointAppeared {
  readonly file: string;
  /** Models of open files that it fits. */
  readonly fits: readonly { readonly uri: string; readonly model: string }[];
}

// ── the checkpoint editor

export interface CheckpointParams {
  readonly uri: string;
}

export interface TensorEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly bytes: number;
  /** Which part of the file it belongs to: weights, optimizer state, other. */
  readonly group: 'model' | 'optimizer' | 'other';
  /** An earlier tensor that looks at the same memory (tied weights, views): its bytes are counted there. */
  readonly sharedWith?: string;
  /** Of a quantised type, scales included: such a tensor is listed, its elements are not read. */
  readonly bitsPerWeight?: number;
}

export type CheckpointListing =
  | {
      readonly ok: true;
      readonly file: string;
      readonly format: string;
      readonly size: number;
      /** Size and time of change of the file that was listed; reports about tensors are of the same or refuse. */
      readonly fingerprint: string;
      readonly tensors: readonly TensorEntry[];
      readonly totalElements: number;
      readonly metadata: Readonly<Record<string, string>>;
      readonly step: number | null;
      readonly epoch: number | null;
      /** Path of the model's state in the file; '' is the root. */
      readonly container: string;
      /** How the file stands to others, and where averages of the weights are. */
      readonly notes: readonly string[];
      readonly warnings: readonly { readonly code: string; readonly message: string; readonly where: string }[];
      /** Models of the workspace it fits. */
      readonly fits: readonly string[];
      /** What the model is called that the file is by itself; null: it has weights only. */
      readonly model: string | null;
    }
  | { readonly ok: false; readonly failure: Failure };

export interface TensorParams {
  readonly uri: string;
  readonly name: string;
  /** `singularValues` only for tensors that can be seen as a matrix (first axis × the others). */
  readonly want: 'statistics' | 'singularValues';
  /** The listing that the name is from. */
  readonly fingerprint?: string;
  /** Progress of long computations is reported here. */
  readonly workDoneToken?: string | number;
}

export interface TensorStatistics {
  readonly count: number;
  /** Of the finite elements; null when there are none. Complex tensors count real and imaginary parts. */
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly mean: number | null;
  readonly standardDeviation: number | null;
  readonly zeros: number;
  readonly nan: number;
  readonly infinite: number;
  readonly denormal: number;
  /** Equal-width bins between minimum and maximum of the finite values. */
  readonly histogram: readonly number[];
}

export type TensorReport =
  | { readonly ok: true; readonly want: 'statistics'; readonly statistics: TensorStatistics }
  | {
      readonly ok: true;
      readonly want: 'singularValues';
      /** Largest first. */
      readonly values: readonly number[];
      /** All min(rows, columns) of them; otherwise the leading ones alone, and nothing is known of the smallest. */
      readonly complete: boolean;
      /** Every value is within this of a true one. */
      readonly error: number;
      readonly method: string;
      readonly rows: number;
      readonly columns: number;
      readonly spectralNorm: number;
      readonly stableRank: number;
      /** Null when the matrix is singular to working precision, or the smallest value is not known. */
      readonly conditionNumber: number | null;
    }
  | { readonly ok: false; readonly failure: Failure };
