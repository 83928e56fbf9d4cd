/** A study: one entry of the catalogue that is computed on demand, from what the analysis already knows and what it computes itself. */
import type { Density, Ends, Traces } from '../analysis/spectrum';
import type { AnalysisOptions } from '../analysis/options';
import type { QuantityId } from '../catalogue';
import type { Chart, StudyTable } from '../chart';
import type { Engine } from '../../engine/engine';
import type { SignProducts } from '../estimators/signProducts';
import type { BatchLoss } from '../operators/batchLoss';
import type { CurvatureProduct } from '../operators/chunkPrograms';
import type { CurvatureOperator } from '../operators/curvatureOperator';
import type { ExpandedLoss } from '../operators/expandedLoss';
import type { GradientFunction, LossAndGradient } from '../operators/gradient';
import type { LossFunction } from '../operators/lossAt';
import type { PerSample } from '../operators/perSample';
import type { ParameterGroup, Problem } from '../problem';
import type { Quantity } from '../quantity';
import type { Random } from '../random';
import type { StudyGroup } from './groups';

export interface Study {
  /** Entry of the catalogue, e.g. `A5`. */
  readonly id: string;
  readonly title: string;
  readonly group: StudyGroup;
  /** Every quantity that it can report; those it leaves out are reported as not computed. */
  readonly quantities: readonly QuantityId[];
  /** Computed without being asked for: only what needs no more than a few products, or what this script's optimizer needs. */
  readonly byDefault: boolean | ((options: Pick<AnalysisOptions, 'optimizer'>) => boolean);
  /** An entry that is not known without this study, where the study is one of the default set: it runs when that is asked for. */
  readonly serves?: 'B1';
  /** What the analysis must have computed before: parts of the default set. */
  readonly needs?: readonly ('A1' | 'A2' | 'A3' | 'C1' | 'E1')[];
  /** Share of an analysis' work, for the progress bar: about its cost in Hessian-vector products. */
  readonly products: (context: Pick<StudyContext, 'problem' | 'layers'>) => number;
  /**
   * Throws `StudyRefusal` where it does not apply to this model, loss or optimizer; that, and a `RangeError` or `DifferentiationError`, becomes the
   * reason why its quantities are not computed, and other studies go on.
   */
  readonly run: (context: StudyContext) => Promise<StudyOutcome>;
}

/** A reason in the user's terms why something is not computed. */
export class StudyRefusal extends Error {}

export interface StudyOutcome {
  readonly quantities: readonly Quantity[];
  readonly charts?: readonly Chart[];
  readonly tables?: readonly StudyTable[];
  /** What it means for this model, in sentences; the first is a headline. */
  readonly remarks?: readonly string[];
}

/** What a study may use. Operators are made when first asked for and shared; none needs to be disposed by the study. */
export interface StudyContext {
  readonly problem: Problem;
  readonly engine: Engine;
  /** One group per layer that owns parameters. */
  readonly layers: readonly ParameterGroup[];
  readonly options: AnalysisOptions;
  /** Asked for by its name, its group or as part of all: not only a part of the default set, which has to be quick. */
  readonly asked: boolean;
  /** Loss and gradient at θ over all samples. */
  readonly point: LossAndGradient;
  /** Of the Hessian; undefined when the study does not list A1 in `needs`. */
  readonly ends: Ends | undefined;
  /** A2, likewise. */
  readonly traces: Traces | undefined;
  /** A3, likewise. */
  readonly density: Density | undefined;
  /** A quantity of an earlier stage or study. */
  readonly quantity: (id: string) => Quantity | undefined;
  readonly hessian: () => Promise<CurvatureOperator>;
  /** Throws `StudyRefusal` where nothing says where the model ends and the loss begins. */
  readonly gaussNewton: () => Promise<CurvatureOperator>;
  /** Products of the Hessian with random signs, likewise shared. */
  readonly signProducts: () => Promise<SignProducts>;
  /** Loss and gradient at any θ, over all samples. */
  readonly gradient: () => Promise<GradientFunction>;
  /** Throws `StudyRefusal` where the loss is no mean over samples. */
  readonly perSample: () => PerSample;
  /** The loss of any batch at any θ; its programs are shared by all studies. */
  readonly batchLoss: () => BatchLoss;
  /** The losses of all samples at any θ, likewise. */
  readonly sampleLosses: () => Promise<LossFunction>;
  /** The losses of all samples after a step, as predicted from derivatives at θ, likewise. */
  readonly expandedLoss: () => ExpandedLoss;
  /** Operators on another problem (other θ, fewer samples, train mode); disposed when the study ends. */
  readonly hessianOf: (problem: Problem) => Promise<CurvatureOperator>;
  /** Any product, with `blockSize` vectors at a time; may be disposed earlier. */
  readonly operatorOf: (problem: Problem, product: CurvatureProduct, blockSize: number) => Promise<CurvatureOperator>;
  /** The Hessian of each group of samples, with `blockSize` vectors at a time. */
  readonly hessiansOf: (groups: readonly (readonly number[])[], blockSize: number) => Promise<CurvatureOperator[]>;
  readonly gradientOf: (problem: Problem) => Promise<GradientFunction>;
  readonly perSampleOf: (problem: Problem) => PerSample;
  /** Keeps a resource until the study ends. */
  readonly keep: <T extends { dispose(): void }>(resource: T) => T;
  /** A generator of the analysis' seed and this name. */
  readonly random: (stream: string) => Random;
  /** 0 … 1 within the study; throws the signal's reason when the analysis was cancelled. */
  readonly progress: (fraction: number) => void;
  /** Hessian-vector products of this study so far. */
  readonly products: () => number;
}
