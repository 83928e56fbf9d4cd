/** The result of an analysis: plain data, the JSON that `analyze` prints. */
import type { Finding } from '../diagnosis/finding';
import type { FoundOptimizer } from './analysis/stability';
import type { Chart, StudyTable } from './chart';
import type { Interval, Quantity } from './quantity';

/** Where the numbers come from. Everything but the last four is the caller's to state. */
export interface Provenance {
  readonly model: string;
  readonly file: string;
  /** Of the model's definition, from 1. */
  readonly line: number;
  readonly checkpoint: string | null;
  readonly checkpointHash: string | null;
  readonly step: number | null;
  /** `synthetic` or what the data are. */
  readonly data: string;
  readonly dataHash: string | null;
  readonly loss: string;
  /** How the training code combines samples, and how it was undone. */
  readonly reduction: string;
  readonly mode: 'eval' | 'train';
  /** Library and version, threads. */
  readonly engine: string;
  readonly precision: 'float32' | 'float64';
  readonly samples: number;
  readonly seed: number;
  /** Further facts a reader needs to judge the numbers. */
  readonly notes: readonly string[];
}

export interface Eigenpair {
  readonly value: number;
  /** ‖Hv − λv‖ of the unit vector found. */
  readonly residual: number;
  readonly interval: Interval;
  /** The residual is as small as was asked for. */
  readonly converged: boolean;
}

/** Gauss quadrature nodes of the spectral density: Σ weight = 1. */
export interface DensityNode {
  readonly value: number;
  readonly weight: number;
}

export interface SpectralDensity {
  readonly nodes: readonly DensityNode[];
  /** Probes averaged; 0 when every eigenvalue is known. */
  readonly probes: number;
  /** Krylov dimension per probe. */
  readonly steps: number;
  /** All eigenvalues are exact, one node each. */
  readonly exact: boolean;
}

export interface SpectrumResult {
  readonly matrix: 'hessian';
  /** Number of parameters, p. */
  readonly dimension: number;
  /** Largest first. */
  readonly top: readonly Eigenpair[];
  /** Smallest (most negative) first. */
  readonly bottom: readonly Eigenpair[];
  readonly trace: Quantity;
  /** Trace / p. */
  readonly meanEigenvalue: Quantity;
  readonly frobenius: Quantity;
  readonly density: SpectralDensity | { readonly notComputed: string };
  readonly bulk: {
    readonly edge: Quantity;
    readonly outliers: Quantity;
    readonly massAtZero: Quantity;
    readonly negativeMass: Quantity;
  };
}

export interface LayerResult {
  readonly name: string;
  readonly parameters: number;
  readonly trace: Quantity;
  /** Share of the whole trace; null where either is not computed or the whole is 0. */
  readonly traceShare: number | null;
  readonly meanEigenvalue: Quantity;
  readonly lambdaMax: Quantity;
  /** ‖∂L/∂layer‖. */
  readonly gradientNorm: Quantity;
  /** ‖g_layer‖² / tr(C_layer). */
  readonly signalToNoise: Quantity;
}

export interface TensorResult {
  readonly name: string;
  readonly layer: string;
  readonly parameters: number;
  readonly trace: Quantity;
  readonly meanEigenvalue: Quantity;
}

export interface GradientResult {
  readonly norm: Quantity;
  /** tr(C), the total variance of a sample's gradient. */
  readonly variance: Quantity;
  /** tr(C)/‖g‖². */
  readonly noiseScale: Quantity;
  /** tr(HC)/(gᵀHg). */
  readonly curvatureNoiseScale: Quantity;
  readonly criticalBatch: Quantity;
}

export interface StabilityResult {
  /** The optimizer that was found, with everything its limit depends on. */
  readonly settings: FoundOptimizer | null;
  /** Steps of an adaptive optimizer behind its preconditioner; null: so many that its bias corrections are over. */
  readonly preconditionerStep: number | null;
  /** What the script had when the spectrum was computed, where this result is that of a later edit. */
  readonly editedFrom?: { readonly learningRate: number | null; readonly batchSize: number | null };
  /** What the training script uses, in its own terms; null if it was not found. */
  readonly optimizer: string | null;
  readonly learningRate: number | null;
  /** Of the run that wrote the checkpoint, where its optimizer state has one. */
  readonly checkpointLearningRate?: number;
  /** Samples of one optimizer step in the training script, accumulation included; null if it was not found. */
  readonly batchSize: number | null;
  /** Largest stable learning rate of that optimizer. */
  readonly limit: Quantity;
  /** Learning rate · λmax / what their product may be: 1 is the edge. */
  readonly margin: Quantity;
  /** The limits of the three deterministic methods at the momentum in use (0.9 if none). */
  readonly limits: { readonly gradientDescent: Quantity; readonly heavyBall: Quantity; readonly nesterov: Quantity };
}

/** Outcome of one check against silently wrong numbers. */
export interface GuardResult {
  readonly name: 'symmetry' | 'hessianDifference' | 'gradientDifference';
  readonly verdict: 'passed' | 'failed' | 'inconclusive';
  /** Relative disagreement found. */
  readonly deviation: number;
  /** Largest one that rounding explains. */
  readonly tolerance: number;
  readonly explanation: string;
}

/** What a study found, beside its quantities. */
export interface StudyResult {
  /** Entry of the catalogue. */
  readonly id: string;
  readonly title: string;
  /** Key of `studyGroups`. */
  readonly group: string;
  /** IDs of its quantities in `AnalysisResult.quantities`. */
  readonly quantities: readonly string[];
  readonly charts: readonly Chart[];
  readonly tables: readonly StudyTable[];
  /** The first is a headline. */
  readonly remarks: readonly string[];
  /** Of the optimizer before an edit, and not to be had without an analysis. */
  readonly outdated?: OutdatedStudy;
}

export interface OutdatedStudy {
  readonly reason: string;
  /** As they were; in `AnalysisResult.quantities` they are not computed. */
  readonly quantities: readonly Quantity[];
}

/** A number as a study shows it. */
export const quantityOfStudy = (
  { outdated }: Pick<StudyResult, 'outdated'>,
  { quantities }: Pick<AnalysisResult, 'quantities'>,
  id: string,
): Quantity | undefined => outdated?.quantities.find((quantity) => quantity.id === id) ?? quantities[id];

/** What a stage or a study of the analysis took. */
export interface PartCost {
  /** Of a stage, or the entry of a study. */
  readonly name: string;
  readonly seconds: number;
  /** Of all cores together; 0 where not measured. */
  readonly processorSeconds: number;
  /** Products of a curvature matrix, over all samples or some, with a vector. */
  readonly hvps: number;
  /** Programs that the engine compiled, the time for it, and runs of programs. */
  readonly programs: number;
  readonly compileSeconds: number;
  readonly runs: number;
}

export interface CostResult {
  readonly seconds: number;
  readonly hvps: number;
  /** In the order of computation. */
  readonly parts: readonly PartCost[];
  /** Bytes; of the process, 0 where not measured. */
  readonly peakMemory: number;
}

export interface AnalysisResult {
  readonly provenance: Provenance;
  readonly loss: { readonly value: number; readonly interval: Interval; readonly samples: number };
  readonly spectrum: SpectrumResult;
  readonly layers: readonly LayerResult[];
  readonly tensors: readonly TensorResult[];
  readonly gradient: GradientResult;
  readonly stability: StabilityResult;
  /** Quantities of sections D and E of the catalogue, by ID. */
  readonly conditioning: Readonly<Record<string, Quantity>>;
  readonly sensitivity: Readonly<Record<string, Quantity>>;
  /** Those that ran so far, in order. */
  readonly studies: readonly StudyResult[];
  readonly guards: readonly GuardResult[];
  readonly findings: readonly Finding[];
  /** Every quantity by its id. */
  readonly quantities: Readonly<Record<string, Quantity>>;
  readonly cost: CostResult;
  /** False while the analysis still runs. */
  readonly complete: boolean;
}
