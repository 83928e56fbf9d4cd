/** What the library notes of modules, calls and data while interpreted code runs. */
import type { ArraySource } from '../../dataset/preparation/preparedData';
import type { Node, SourceSpan } from '../../graph/node';
import type { Shape } from '../../graph/primitives';
import type { PyInstance, PyValue, Unknown } from '../../python/values';

/** One `Name(args)` that made a module. */
export interface Construction {
  readonly span: SourceSpan | undefined;
  readonly args: readonly PyValue[];
  readonly kwargs: readonly (readonly [string, PyValue])[];
  /** In a branch that may not be taken. */
  readonly uncertain: boolean;
}

/** A module whose constructor did not come to its end. */
export interface NotMade {
  readonly instance: PyInstance;
  readonly error: unknown;
  /** How many modules had been made before. */
  readonly before: number;
}

/** A call of the code's own function at a top level, or of a method of its own class. */
export interface FactoryCall {
  readonly name: string;
  readonly file: string;
  /** Of a method: the instance it was called on, of a class that is no module. */
  readonly owner?: PyInstance;
  /** Values of its parameters when it returned; those of `**options` each by its name. */
  readonly args: readonly (readonly [string, PyValue])[];
}

/** One call of a module in `forward`. */
export interface ModuleCall {
  readonly module: PyInstance;
  readonly span: SourceSpan | undefined;
  /** Of the first tensor of the result; undefined if it has none. */
  outputShape: Shape | undefined;
  /** That tensor in the graph. */
  output: Node | undefined;
}

/** What an optimizer, a data loader, a scheduler, … was made with: every parameter by name, defaults included. */
export interface LibraryCall {
  readonly kind: string;
  readonly args: ReadonlyMap<string, PyValue>;
  readonly span: SourceSpan | undefined;
  readonly instance: PyValue;
}

/** Everything the library notes while interpreted code runs. */
export class ModuleRecords {
  readonly constructions = new Map<PyInstance, Construction>();
  /** Where a module was first given to another one. */
  readonly registrations = new Map<PyInstance, SourceSpan>();
  /** Where a parameter was first assigned. */
  readonly parameterSpans = new Map<PyInstance, SourceSpan>();
  readonly calls: ModuleCall[] = [];
  /** Modules whose call has not returned, outermost first; after a failure the last one is where it happened. */
  readonly active: PyInstance[] = [];
  readonly libraryCalls: LibraryCall[] = [];
  /** Modules whose constructor ended with an error, which `constructions` does not have. */
  readonly notMade: NotMade[] = [];
  /** Models to which a layer or a loss was added in a call that could not be followed, and why. */
  readonly unfinished = new Map<PyInstance, Unknown>();
  /** Arrays of data sets by the nodes that stand for them; `classes` of labels 0 … classes−1. */
  readonly dataSources = new Map<Node, ArraySource & { readonly classes?: number }>();
  /** The innermost function that returned a module. */
  readonly factories = new Map<PyInstance, FactoryCall>();
  /** The object of the code's own class, itself no module, that first kept a module, and under which attribute. */
  readonly holders = new Map<PyInstance, { readonly owner: PyInstance; readonly attribute: string }>();
  /** Calls of the classes of such objects. */
  readonly owners = new Map<PyInstance, FactoryCall>();
  /** Functions, and objects that may hold some, that the program gave to what is not read. */
  readonly givenAway: PyValue[] = [];
}
