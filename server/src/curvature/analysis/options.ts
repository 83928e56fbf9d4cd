import type { FoundOptimizerState } from './optimizerState';
import type { FoundOptimizer } from './stability';
import type { Problem } from '../problem';
import type { AnalysisResult, Provenance } from '../result';

/** A checkpoint of the same run. */
export interface EarlierCheckpoint {
  readonly name: string;
  readonly step: number;
  /** The same samples at its weights. */
  readonly problem: () => Problem;
}

/** Milliseconds by the name of a weight or layer, then by bits. */
export type Latencies = ReadonlyMap<string, ReadonlyMap<number, number>>;

export interface AnalysisOptions {
  /** Catalogue IDs or their first parts (`A1`, `B1.limit`), groups of studies, `default` or `all`; absent: the default set. */
  readonly quantities?: readonly string[];
  /** Eigenpairs reported at each end. */
  readonly top: number;
  /** Most random probes of a stochastic estimate. */
  readonly probes: number;
  /** Relative error of eigenvalues to reach. */
  readonly eigenvalueTolerance: number;
  /** Relative half-width of stochastic estimates to reach. */
  readonly estimateTolerance: number;
  readonly seed: number;
  /** Floating-point operations that the default set may take: beyond it what needs hundreds of products is of some of the samples. Absent: no limit. */
  readonly work?: number;
  /** Most samples per run of a program. */
  readonly batch?: number;
  /** Bytes for stored intermediates. */
  readonly memoryLimit: number;
  readonly signal?: AbortSignal;
  /** Seconds that all cores have spent for this process so far. */
  readonly processorSeconds?: () => number;
  /** What the training script uses; null if it was not found. */
  readonly optimizer: FoundOptimizer | null;
  /** Those of the run that the analysed checkpoint belongs to, in the order of their steps; read when asked for. */
  readonly checkpoints?: () => Promise<readonly EarlierCheckpoint[]>;
  /** What the optimizer of the checkpoint remembers; absent: nothing is known of it. */
  readonly optimizerState?: FoundOptimizerState;
  /** The problem in train mode with the model's own random numbers (dropout, samples of latent variables) of a seed; undefined where it draws none. */
  readonly noisy?: (seed: number) => Problem | undefined;
  /** What every layer takes at every width, as the user has measured it; absent: nothing is known. */
  readonly latencies?: Latencies;
  /** What the training script clips gradients at; absent: nothing was found. */
  readonly clipping?: { readonly kind: 'norm' | 'tensorNorm' | 'value'; readonly limit: number };
  /**
   * The problem as training meets it (batch statistics), where it differs from the one analysed; its sharpness then decides about stability.
   */
  readonly training?: Problem;
  /** Everything but engine, precision, samples and seed, which the analysis adds. */
  readonly provenance: Omit<Provenance, 'engine' | 'precision' | 'samples' | 'seed'>;
  readonly onPrediction?: (cost: {
    readonly operations: number;
    readonly bytes: number;
    readonly chunks: number;
    readonly products: number;
  }) => void;
  readonly onProgress?: (stage: string, fraction: number) => void;
  readonly onPartial?: (result: AnalysisResult) => void;
}

/** Whether a list names a quantity: by its ID, the entry it belongs to, or `all`. */
export const isNamed = (quantities: readonly string[], id: string): boolean =>
  quantities.some(
    (asked) => asked === 'all' || id === asked || id.startsWith(`${asked}.`) || asked.startsWith(`${id}.`),
  );

/** Whether a quantity of the default set was asked for. */
export const isWanted = ({ quantities }: Pick<AnalysisOptions, 'quantities'>, id: string): boolean =>
  quantities === undefined || quantities.includes('default') || isNamed(quantities, id);
