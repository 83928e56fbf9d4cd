/**
 * What the static reading of one source file yields: plain data that crosses threads and the language server's
 * connection. Lines and columns count from 1, columns in UTF-16 units; `endColumn` is exclusive.
 */
import type { Finding } from '../diagnosis/finding';
import type { TrainingFacts } from '../frontend/torch/facts/facts';
import type { ModelSettings } from '../project/settings';

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A dimension of a shape: a number, or a multiple of the batch size (`B`, `2·B`). */
export type Dimension = number | { readonly batch: number };

/** Shape of a value at a place of the code; a line that runs several times with different shapes has all of them. */
export interface ShapeNote {
  /** The assigned target, or the expression of a `return`. */
  readonly place: Place;
  readonly expression: string;
  /** In order of execution, without repetitions. */
  readonly shapes: readonly (readonly Dimension[])[];
  /** Name of the element type as PyTorch spells it, e.g. `float32`. */
  readonly dtype: string;
  /** The sizes of the inputs were only guessed, so that all sizes that depend on them are, too. */
  readonly guessed: boolean;
}

/** Who says which inputs a model takes; `usual sizes`: nobody, the first that fit are shown. */
export type InputOrigin = 'usual sizes' | 'data file' | 'configuration';

/** A layer as the constructor or `forward` line shows it. */
export interface LayerReading {
  /** Dotted path, '' for the model itself. */
  readonly name: string;
  readonly type: string;
  /** Where the layer is constructed. */
  readonly file: string;
  readonly line: number;
  /** Where it is called in `forward`. */
  readonly callLine: number;
  readonly outputShape: readonly Dimension[] | null;
  /** Parameters held directly. */
  readonly parameters: number;
}

export type CheckpointFit =
  | {
      readonly kind: 'fits';
      /** What was done to the checkpoint's names, where they are others. */
      readonly renaming?: string;
      /** Tensors of it that the model has not. */
      readonly unused: number;
    }
  | {
      readonly kind: 'differs';
      readonly missing: readonly string[];
      readonly unexpected: readonly string[];
      readonly misshapen: readonly { readonly key: string; readonly model: string; readonly checkpoint: string }[];
      /** Names of the checkpoint that may be the missing ones: shapes agree, in order. By block (`old.*`), the largest first. */
      readonly renames: readonly { readonly found: string; readonly wanted: string }[];
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A checkpoint file of the workspace seen against a model. */
export interface CheckpointCandidate {
  readonly file: string;
  readonly fit: CheckpointFit;
  /** How it came to be considered. */
  readonly origin: 'chosen' | 'configured' | 'named by the training script' | 'found in the workspace';
  readonly modified: number;
  readonly size: number;
}

/** Where a reading ended, why, and what the reader can do. */
export type Stop = Place & { readonly reason: string; readonly hint: string | null };

export interface ModelReading {
  /** Class or function name. */
  readonly name: string;
  /** What `--model` takes to make it again; null: the file's main model, which needs no naming. */
  readonly construction: string | null;
  /** The `class` or `def` line. */
  readonly place: Place;
  readonly totalParameters: number;
  readonly trainableParameters: number;
  readonly layers: readonly LayerReading[];
  readonly stateKeys: readonly {
    readonly key: string;
    readonly shape: readonly number[];
    /** First key of the same tensor, where this is another. */
    readonly sameAs?: string;
  }[];
  readonly inputs: readonly { readonly name: string; readonly shape: readonly Dimension[]; readonly dtype: string }[];
  readonly outputShape: readonly Dimension[] | null;
  /** Names of a model file's outputs; absent where outputs have no names. */
  readonly outputs?: readonly string[];
  readonly inputOrigin: InputOrigin;
  /** Sizes of which those of weights follow and that nothing says, as they were assumed: `input 16`, `classes=10`. */
  readonly guessed: readonly string[];
  readonly stopped: Stop | null;
  /** Where the loss that `forward` computes of optional targets failed with every likely kind of them. */
  readonly lossStopped: Stop | null;
  /** Read to its end, but not to be derived: `forward` applies a function with a derivative of its own. */
  readonly handDerivative: Stop | null;
  /** Where `forward` changes a parameter in place while gradients are recorded. */
  readonly changedLeaves: readonly Place[];
}

/** Everything that reading a file without running it tells. */
export interface FileReading {
  readonly file: string;
  /** SHA-256 of the text that was read, hex. */
  readonly textHash: string;
  readonly syntaxError: (Place & { readonly message: string }) | null;
  /** The main model first. Classes used only inside another model of the file are not repeated. */
  readonly models: readonly ModelReading[];
  /** Shapes in this file, whichever model made them. */
  readonly shapes: readonly ShapeNote[];
  /** Facts if the file trains something (makes an optimizer); its optimizers are what the stability lenses stand over. */
  readonly training: TrainingFacts | null;
  /** What pyproject.toml and the pragma say about the main model; paths are absolute. */
  readonly configured: ModelSettings;
  /** Existing checkpoint and data files that strings of the source name. */
  readonly links: readonly { readonly place: Place; readonly target: string; readonly kind: 'checkpoint' | 'data' }[];
  /** Static findings (HL4xx). */
  readonly findings: readonly Finding[];
  /** Models that were left for another reading of the same text: the time was over. */
  readonly unread: number;
  readonly milliseconds: number;
}
