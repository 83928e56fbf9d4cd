/**
 * What is behind a `torch.Tensor`: a node of the graph, and the in-place semantics of PyTorch without mutation.
 * An in-place operation gives the tensor a new node. A view keeps a reference to its base: writing to the view writes
 * the base through `write`, and reading it after the base changed derives its node again through `read`.
 */
import type { Node } from '../../../graph/node';
import { topologicalOrder } from '../../../graph/node';
import { add, emit, input, stopGradient, sub } from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import { ShapeError } from '../../../graph/shapes';
import type { TorchDtype } from '../../model';
import type { TorchContext } from './context';
import { roundedConstant } from './roundedConstant';

/** How a view is read from and written to its base. */
export interface ViewRule {
  readonly read: (base: Node) => Node;
  /** The base after the view was set to `value`. */
  readonly write: (base: Node, value: Node) => Node;
}

/** A parameter or buffer: an input of the graph with an initial value. */
export interface InputState {
  readonly kind: 'parameter' | 'buffer';
  readonly input: Node<'input'>;
  /** An expression of constants. */
  initial: Node;
  /** Made while forward runs (lazy layers): its initialisation is not an update. */
  readonly madeInForward: boolean;
  requiresGrad: boolean;
}

const states = new WeakMap<Node, InputState>();

/** The parameter or buffer of which `node` is the graph's input. */
export const inputStateOf = (node: Node): InputState | undefined => states.get(node);

/** Nodes of tensors that the code made leaves with gradient (`requires_grad=True`) without making them parameters. */
const leaves = new WeakSet<Node>();

interface View {
  readonly base: TensorPayload;
  readonly rule: ViewRule;
}

export interface PayloadOptions {
  readonly device?: string;
  readonly view?: View;
  readonly contiguous?: boolean;
}

export class TensorPayload {
  private current: Node;
  /** Version of the base at which `current` was read; −1 forces a read. */
  private seen: number;
  private ownVersion = 0;
  private view: View | undefined;
  private state: InputState | undefined;
  /** Set by the code; undefined: follows from what the value depends on. */
  private explicitRequiresGrad: boolean | undefined;
  device: string;
  readonly contiguous: boolean;

  constructor(
    node: Node,
    public dtype: TorchDtype,
    readonly context: TorchContext,
    { device = 'cpu', view, contiguous = true }: PayloadOptions = {},
  ) {
    this.current = node;
    this.device = device;
    this.view = view;
    this.contiguous = contiguous;
    this.seen = view?.base.version ?? 0;
  }

  /** Grows with every in-place change of the memory behind this tensor. */
  get version(): number {
    return this.view?.base.version ?? this.ownVersion;
  }

  get shape(): Shape {
    return this.current.shape;
  }

  get isView(): boolean {
    return this.view !== undefined;
  }

  get inputState(): InputState | undefined {
    return this.state;
  }

  private get root(): TensorPayload {
    return this.view?.base.root ?? this;
  }

  /** Reads of a parameter without gradient while the model is built are reads of its value at that moment. */
  private get readsInitial(): boolean {
    const { state } = this.root;
    return state !== undefined && this.context.phase === 'construct' && !this.context.gradEnabled;
  }

  get node(): Node {
    if (this.view !== undefined) {
      const { base, rule } = this.view;
      if (base.readsInitial) return rule.read(base.node);
      if (this.seen !== base.version) {
        this.current = rule.read(base.node);
        this.seen = base.version;
      }
      return this.current;
    }
    return this.state !== undefined && this.readsInitial ? this.state.initial : this.current;
  }

  /** The in-place assignment that every in-place operation ends in. Shapes must be equal. */
  assign(given: Node): void {
    if (this.isLeafInUse) this.context.noteChangedLeaf();
    this.write(given);
  }

  /** A parameter, or a view of one, as seen where its gradient is recorded: not what `.data` or `detach()` gives. */
  private get isLeafInUse(): boolean {
    const { phase, gradEnabled } = this.context;
    const { state } = this.root;
    if (phase !== 'forward' || !gradEnabled || state?.kind !== 'parameter' || state.madeInForward) return false;
    return state.requiresGrad && dependsOnLeaf(this.node);
  }

  private write(given: Node): void {
    if (given.shape.join() !== this.shape.join())
      throw new ShapeError(
        `output with shape [${this.shape.join(', ')}] doesn't match the broadcast shape [${given.shape.join(', ')}]`,
      );
    const value = this.dtype === 'float32' && this.root.state === undefined ? roundedConstant(given) : given;
    if (this.view !== undefined) {
      const { base, rule } = this.view;
      base.write(rule.write(base.node, value));
      if (this.root.state === undefined) {
        this.current = value;
        this.seen = base.version;
      } else this.seen = -1;
      return;
    }
    this.ownVersion++;
    if (this.state === undefined) this.current = value;
    else this.assignInput(this.state, value);
  }

  private assignInput(state: InputState, value: Node): void {
    if (this.context.phase === 'construct' || state.madeInForward) {
      state.initial = withInitialValues(value);
      return;
    }
    // A parameter changed inside forward keeps being the variable: value' = θ + (new − θ) with the bracket held fixed,
    // which is PyTorch's gradient with respect to the changed leaf.
    this.current = state.kind === 'buffer' ? value : add(state.input, stopGradient(sub(value, state.input)));
  }

  /** Points this tensor at other memory (`tensor.data = …`): shape and type may change. */
  replace(node: Node, dtype: TorchDtype): void {
    if (this.state !== undefined && node.shape.join() === this.shape.join() && node.dtype === this.current.dtype) {
      this.write(node);
      return;
    }
    this.detachFromBase();
    this.ownVersion++;
    const { state } = this;
    this.current = node;
    this.dtype = dtype;
    if (state !== undefined) {
      this.state = undefined;
      this.becomeInput(state.kind, state.input.parameters.name);
    }
  }

  private detachFromBase(): void {
    if (this.view === undefined) return;
    this.current = this.node;
    this.ownVersion = this.version + 1;
    this.view = undefined;
  }

  /** Turns the tensor into an input of the graph whose initial value is what it holds now. */
  becomeInput(kind: InputState['kind'], name: string): Node<'input'> {
    if (this.state !== undefined) return this.state.input;
    const initial = withInitialValues(this.node);
    this.detachFromBase();
    const made = input(name, initial.shape, initial.dtype);
    this.state = {
      kind,
      input: made,
      initial,
      madeInForward: this.context.phase === 'forward',
      requiresGrad: kind === 'parameter',
    };
    states.set(made, this.state);
    this.current = made;
    this.ownVersion++;
    return made;
  }

  get requiresGrad(): boolean {
    if (this.explicitRequiresGrad !== undefined) return this.explicitRequiresGrad;
    return this.current.dtype === 'float' && dependsOnLeaf(this.node);
  }

  get isLeaf(): boolean {
    return this.explicitRequiresGrad !== undefined || !this.requiresGrad;
  }

  set requiresGrad(value: boolean) {
    this.explicitRequiresGrad = value;
    if (this.state !== undefined) this.state.requiresGrad = value;
    else if (value) leaves.add(this.current);
  }
}

const gradientFree = new Set(['stopGradient', 'eq', 'lt', 'le', 'not', 'argmax', 'argsort', 'windowArgmax', 'convert']);

/** Whether a derivative can reach a leaf with gradient. */
function dependsOnLeaf(node: Node): boolean {
  const seen = new Set<Node>();
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next) || gradientFree.has(next.primitive)) continue;
    seen.add(next);
    if (leaves.has(next) || states.get(next)?.requiresGrad === true) return true;
    pending.push(...next.inputs);
  }
  return false;
}

/** The expression with every parameter and buffer replaced by its initial value. */
export function withInitialValues(node: Node): Node {
  const order = topologicalOrder([node]);
  if (!order.some((inner) => states.has(inner))) return node;
  const replaced = new Map<Node, Node>();
  for (const inner of order) {
    const state = states.get(inner);
    if (state !== undefined) replaced.set(inner, state.initial);
    else if (inner.inputs.some((operand) => replaced.has(operand)))
      replaced.set(
        inner,
        emit(
          inner.primitive,
          inner.inputs.map((operand) => replaced.get(operand) ?? operand),
          inner.parameters,
        ),
      );
  }
  return replaced.get(node) ?? node;
}
