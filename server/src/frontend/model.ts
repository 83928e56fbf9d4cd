/** What reading a model gives: a graph with named parameters, and where in the source everything comes from. */
import type { Node, SourceSpan } from '../graph/node';
import type { DType, Shape } from '../graph/primitives';

/** Element types of PyTorch tensors that a graph can carry. */
export type TorchDtype =
  'float64' | 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

export type RunMode = 'eval' | 'train';

/** A trainable (or frozen) tensor; tensors shared by several modules appear once, under their first name. */
export interface TracedParameter {
  /** Its key in `state_dict`, e.g. `layers.0.weight`. */
  readonly name: string;
  readonly shape: Shape;
  /** Dotted path of the owning layer; '' for the model itself. */
  readonly layer: string;
  readonly file: string;
  /** Line that made the owning layer (or the parameter itself), from 1; 0 if unknown. */
  readonly line: number;
  readonly node: Node<'input'>;
  readonly requiresGrad: boolean;
  /** Values before any checkpoint: the code's own initialisation from a seeded generator. Row-major. */
  readonly initial: () => Float64Array;
}

/** A tensor that belongs to the model but is not trained (running statistics, masks, tables). */
export interface TracedBuffer {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  /** An `input` node (value from the checkpoint) or a constant of the graph. */
  readonly node: Node;
  readonly persistent: boolean;
  readonly initial: () => Float64Array | Int32Array | Uint8Array;
}

/** One key of `state_dict` in PyTorch's order; `storage` is the first name of the tensor behind it. */
export interface StateKey {
  readonly key: string;
  readonly kind: 'parameter' | 'buffer';
  readonly storage: string;
  readonly shape: Shape;
}

/** A value the graph takes at run time: a model input or a target of the loss. Axis 0 counts samples. */
export interface TracedInput {
  readonly name: string;
  readonly node: Node<'input'>;
  readonly shape: Shape;
  readonly dtype: DType;
  /** PyTorch's name of the element type, e.g. `int64`. */
  readonly torchDtype: TorchDtype;
  /** Sample data, where the input was given as an expression; row-major, of the full batch. */
  readonly sample: Float64Array | Int32Array | Uint8Array | undefined;
  /** For class or token indices: how many there are (values 0 … range − 1). */
  readonly range: number | undefined;
  /** The label that the loss leaves out, where it has one. */
  readonly ignored?: number;
}

/** A module call in the order of execution. */
export interface TracedLayer {
  /** Dotted path, '' for the model itself. */
  readonly name: string;
  /** Class name. */
  readonly type: string;
  readonly file: string;
  /** Line that constructs the layer; 0 if unknown. */
  readonly line: number;
  /** Line of the call that this entry describes. */
  readonly callLine: number;
  readonly outputShape: Shape | null;
  /** The first tensor of its result. */
  readonly output: Node | null;
  /** Number of parameters the layer holds directly. */
  readonly parameters: number;
}

/** The model's result: tensors as nodes inside tuples, lists and dictionaries; other values as text. */
export type OutputTree =
  | { readonly kind: 'tensor'; readonly node: Node }
  | { readonly kind: 'sequence'; readonly items: readonly OutputTree[] }
  | { readonly kind: 'mapping'; readonly entries: readonly (readonly [string, OutputTree])[] }
  | { readonly kind: 'other'; readonly text: string };

/** Where and why reading ended early. Lines and columns from 1. */
export interface TraceStopped {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly reason: string;
  /** What the reader can do about it. */
  readonly hint: string | undefined;
}

export interface TracedLoss {
  /** A float scalar. */
  readonly node: Node;
  /** What the loss compares the output with; empty if it needs nothing. */
  readonly targets: readonly TracedInput[];
  /** e.g. `nn.CrossEntropyLoss(label_smoothing=0.1)` or `returned by GPT.forward`. */
  readonly description: string;
  /** How samples are combined. `mean`: the scalar is a mean over samples; `sum`: a sum; `other`: the code's own way. */
  readonly reduction: 'mean' | 'sum' | 'other';
}

/** A model that has been read. Without `stopped`, `output` and `outputNode` are there. */
export interface TracedModel {
  /** Class or function name. */
  readonly name: string;
  readonly file: string;
  /** Line of the class or function, from 1; 0 if unknown. */
  readonly line: number;
  readonly parameters: readonly TracedParameter[];
  readonly buffers: readonly TracedBuffer[];
  readonly stateKeys: readonly StateKey[];
  readonly inputs: readonly TracedInput[];
  readonly output: OutputTree | undefined;
  /** First floating tensor of the output; the loss itself where `forward` returns nothing else. */
  readonly outputNode: Node | undefined;
  /** The loss that `forward` itself returns when it is given targets. */
  readonly loss: TracedLoss | undefined;
  /** Why `loss` is absent although `forward` takes optional targets: where it failed with every likely kind of them. */
  readonly lossStopped?: TraceStopped;
  /** The loss is one that the code gave the model (`compile`), not a result of `forward`: data decide what it is compared with. */
  readonly compiled?: boolean;
  /** For a model that has none: a name and why it is likely. */
  readonly likelyLoss?: { readonly name: string; readonly because: string };
  readonly layers: readonly TracedLayer[];
  /** Elements of all parameters, each storage once. */
  readonly totalParameters: number;
  /** Random numbers took part in `forward`; they are fixed by the seed. */
  readonly stochastic: boolean;
  /** Published weights that the code starts from and that are not here: the parameters have the code's initial values. */
  readonly pretrained?: readonly PretrainedWeights[];
  readonly mode: RunMode;
  readonly batch: number;
  readonly stopped: TraceStopped | null;
  /** Where `forward` applies a function whose derivative is written by hand: the graph has its value, not what training derives. */
  readonly handDerivative?: TraceStopped;
  /** Where `forward` changes a parameter in place while gradients are recorded: PyTorch refuses that. */
  readonly changedLeaves?: readonly SourceSpan[];
  /** What a reader of the numbers should know of how the model was read. */
  readonly notes?: readonly string[];
  /** Sizes of which those of weights follow and that nothing says, as they were assumed: `input 16`, `classes=10`. */
  readonly guessed?: readonly string[];
}

export interface PretrainedWeights {
  /** Of the model they belong to; '' where the code does not name it. */
  readonly model: string;
  readonly span: SourceSpan | undefined;
  /** Where the library keeps what it downloads: the file's name, and the variables that it is for, by their names in the model of their own and in the traced one. */
  readonly kept?: {
    readonly file: string;
    readonly variables: readonly { readonly own: string; readonly storage: string; readonly isTrained: boolean }[];
  };
}

/** A Python module as `import name` in `fromFile` finds it. */
export interface ModuleName {
  readonly name: string;
  readonly fromFile: string;
}

/** One sample's target as a data set has it. */
export interface TargetOfData {
  readonly sample: Shape;
  readonly dtype: DType;
  /** Each sample has a weight of its own, which comes after the targets. */
  readonly weighted?: boolean;
}

/** A loss to attach: a name of `--loss`, or a Python expression for a callable of (output, target). */
export type LossSpec =
  | { readonly kind: 'name'; readonly name: string; readonly target?: TargetOfData }
  /** The one that the code gave the model itself (`compile`). */
  | { readonly kind: 'own'; readonly target?: TargetOfData }
  | {
      readonly kind: 'expression';
      readonly text: string;
      /** What an otherwise unknown loss compares with: class indices, numbers shaped like the output, or what the data hold. */
      readonly target?: 'classes' | 'values' | TargetOfData;
      /** Where the names in `text` are defined, if not in the model's own file. */
      readonly definedIn?: ModuleName;
    };

/** A model input: the shape of one sample (float unless said), or a Python expression that gives a whole batch. */
export type InputSpec =
  | { readonly kind: 'shape'; readonly sample: Shape; readonly dtype?: DType }
  | { readonly kind: 'expression'; readonly text: string };

/** Sizes as `3x32x32`, `3,32,32` or `(3, 32, 32)`: as an expression these are numbers, which no input is. */
const sizeLists: readonly RegExp[] = [
  /^\d+(?:\s*[x×]\s*\d+)*$/,
  /^\d+(?:\s*,\s*\d+)*\s*,?$/,
  /^\(\s*\d+(?:\s*,\s*\d+)*\s*,?\s*\)$/,
  /^\[\s*\d+(?:\s*,\s*\d+)*\s*,?\s*\]$/,
];

/** Sizes → the shape of a sample, anything else → an expression. */
export function parseInputSpec(text: string): InputSpec {
  const trimmed = text.trim();
  return sizeLists.some((list) => list.test(trimmed))
    ? { kind: 'shape', sample: (trimmed.match(/\d+/g) ?? []).map(Number) }
    : { kind: 'expression', text: trimmed };
}
