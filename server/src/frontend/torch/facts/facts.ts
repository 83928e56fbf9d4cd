/** What a training script says, each part with the place it comes from. */
import type { DataCall } from '../../../dataset/dataCall';
import type { PreparedData } from '../../../dataset/preparation/preparedData';
import type { SourceSpan } from '../../../graph/node';
import type { ModuleName, TorchDtype, TraceStopped } from '../../model';

export type FactValue = null | boolean | number | string | readonly FactValue[];

export interface Fact<T> {
  readonly value: T;
  readonly span: SourceSpan;
  /** false: a default of the command line, one of several possibilities, or guessed from a name. */
  readonly certain: boolean;
}

export interface OptimizerFact {
  /** Class name, e.g. `SGD`. */
  readonly kind: string;
  readonly span: SourceSpan;
  readonly certain: boolean;
  /** Every argument of the class, defaults included; null where the script does not determine it. */
  readonly arguments: Readonly<Record<string, Fact<FactValue>>>;
  /** Arguments that a parameter group sets for itself. */
  readonly groups: readonly Readonly<Record<string, FactValue>>[];
}

export interface ScheduleFact {
  /** Class of the scheduler; `by hand` where the script sets the learning rate of the groups. */
  readonly kind: string;
  readonly span: SourceSpan;
  readonly certain: boolean;
  /** By name, those that are given and known. */
  readonly arguments: Readonly<Record<string, FactValue>>;
  /** The highest learning rate, where the scheduler has one of its own. */
  readonly peak: number | null;
}

/** `norm`: of the whole gradient; `tensorNorm`: of each parameter's by itself; `value`: of single elements. */
export interface Clipping {
  readonly kind: 'norm' | 'tensorNorm' | 'value';
  readonly limit: number;
}

/** A running average of the weights. */
export interface WeightAverage {
  readonly kind: string;
  readonly decay: number | null;
}

export interface ModelFact {
  /** Name of the class, or of the variable that holds a module made of library classes only. */
  readonly name: string;
  /** File that defines the class. */
  readonly file: string;
  /** A call to evaluate in that file, e.g. `Net(64, classes=10)`; undefined if an argument is not known. */
  readonly call: string | undefined;
  /** It is a part of another one that the program makes. */
  readonly isPart?: boolean;
  /** Of a function: texts of its arguments by their names, those that are known. */
  readonly arguments?: Readonly<Record<string, string>>;
}

/** Text of a callable of (output, target). */
export interface LossFact extends Fact<string> {
  /** Module that defines the names in it; absent: the usual names of torch are enough. */
  readonly definedIn?: ModuleName;
}

/** One sample of a tensor that the script gives its model. */
export interface InputFact {
  /** Of the parameter of `forward`. */
  readonly name: string;
  /** Without the batch axis. */
  readonly shape: readonly number[];
  readonly dtype: TorchDtype;
}

export interface DatasetFact {
  readonly value: DataCall;
  readonly span: SourceSpan;
  /** How the loader that reads it was made; undefined where none is known. */
  readonly loader: { readonly shuffle: boolean } | undefined;
  /** False: one of several. */
  readonly certain: boolean;
}

/** What a model is fitted to, or why that cannot be followed back to files. */
export type FittedData = PreparedData | { readonly unfollowed: string };

export interface TrainingFacts {
  readonly file: string;
  readonly optimizers: readonly OptimizerFact[];
  readonly schedules: readonly ScheduleFact[];
  readonly batchSize: Fact<number> | null;
  /** A Python expression for the loss, e.g. `nn.CrossEntropyLoss(label_smoothing=0.1)` or `F.nll_loss`. */
  readonly loss: LossFact | null;
  readonly model: Fact<ModelFact> | null;
  /** Calls that made modules of the code's own classes and functions, of whole models first. */
  readonly made: readonly ModelFact[];
  /** In the order of the parameters of `forward`, as far as their shapes are known. */
  readonly inputs: Fact<readonly InputFact[]> | null;
  /** Paths given to torch.load. */
  readonly loads: readonly Fact<string>[];
  /** Paths given to torch.save. */
  readonly saves: readonly Fact<string>[];
  /** Data files the script reads. */
  readonly dataFiles: readonly Fact<string>[];
  /** Data sets of torchvision, Hugging Face and the code's own classes, those that a loader reads first. */
  readonly datasets: readonly DatasetFact[];
  /** The arrays that Keras's `fit` is given. */
  readonly fitted: Fact<FittedData> | null;
  readonly normalisation: Fact<{ readonly mean: readonly number[]; readonly std: readonly number[] }> | null;
  readonly clipping: Fact<Clipping> | null;
  readonly accumulationSteps: Fact<number> | null;
  /** Steps or epochs, as the script counts, in which the learning rate rises. */
  readonly warmUp: Fact<number> | null;
  readonly mixedPrecision: Fact<string> | null;
  readonly weightAverage: Fact<WeightAverage> | null;
  /** The command line by which the facts hold, where the defaults alone do not make a model: one that the repository documents. */
  readonly command: Fact<string> | null;
  readonly stopped: TraceStopped | null;
}
