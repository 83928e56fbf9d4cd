/**
 * A value during lowering. It may still be waiting to be repeated (ONNX operators broadcast by themselves), and it may
 * exist row-major, in the runtime's blocked image layout, or both; each form is made when first asked for.
 *
 * Blocked layout: of axes [...lead, C, H, W] with C a multiple of the block b, the elements are stored in the order
 * [...lead, C/b, H, W, b]. Merging or splitting lead axes and whole blocks of channels moves nothing.
 */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import type { DType, Shape } from '../../../graph/primitives';
import type { OnnxModelBuilder } from '../onnxModel';
import { elementType } from '../stagedModel';

export interface LoweringContext {
  readonly model: OnnxModelBuilder;
  /** Channels per block of the blocked layout; 1 where the runtime has none for this processor. */
  readonly block: number;
  /** Nodes that are not known before the program runs. */
  readonly varying: ReadonlySet<Node>;
  /** How often each node is read. */
  readonly readers: ReadonlyMap<Node, number>;
}

/** Writes an operator that is put off in case what follows can become part of it; gives the blocked result. */
export type Fusible = (following: { readonly sum?: string; readonly bias?: string }) => string;

export interface Forms {
  readonly plain?: string;
  readonly blocked?: string;
  readonly fusible?: Fusible;
  /** `fusible` has its bias already. */
  readonly hasBias?: boolean;
}

export const onnxTypes = { float: 'float', int: 'int32', bool: 'bool' } as const;

const samePlaces = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

export class Value {
  /** The operator that `fusible` writes has its bias already. */
  readonly hasBias: boolean;
  private plainName: string | undefined;
  private blockedName: string | undefined;
  private fullName: string | undefined;
  private pending: Fusible | undefined;
  private floatValue: Value | undefined;

  /** `present`: the sizes really stored, 1 on axes along which the value is only to be repeated. */
  constructor(
    private readonly context: LoweringContext,
    readonly shape: Shape,
    readonly dtype: DType,
    readonly present: Shape,
    forms: Forms,
  ) {
    this.plainName = forms.plain;
    this.blockedName = forms.blocked;
    this.pending = forms.fusible;
    this.hasBias = forms.hasBias === true;
    if (forms.plain !== undefined) context.model.hasShape(forms.plain, present);
    if (forms.blocked !== undefined) context.model.hasShape(forms.blocked, blockedShape(present, context.block));
  }

  /** Whether the elements are at hand in the blocked layout only. */
  get isBlocked(): boolean {
    return this.hasBlocked && this.plainName === undefined;
  }

  /** Whether the blocked layout is at hand. */
  get hasBlocked(): boolean {
    return this.blockedName !== undefined || this.pending !== undefined;
  }

  /** The operator that makes this value, when it is not written yet. Whoever takes it must be its only reader. */
  get fusible(): Fusible | undefined {
    return this.pending;
  }

  get isRepeated(): boolean {
    return !samePlaces(this.shape, this.present);
  }

  /** A truth value as 0 or 1 in floating point. */
  get asFloat(): Value {
    if (this.floatValue !== undefined) return this.floatValue;
    const { model, block } = this.context;
    const isBlocked = this.isBlocked && canBlock(this.present, block);
    const name = isBlocked ? this.blocked : this.plain;
    const cast = model.enlarging(elementCount(this.present) * Float32Array.BYTES_PER_ELEMENT, () =>
      model.operator('Cast', [name], { to: { int: elementType.float } }),
    );
    const forms = isBlocked ? { blocked: cast } : { plain: cast };
    return (this.floatValue = new Value(this.context, this.shape, 'float', this.present, forms));
  }

  /** Name of the row-major value of shape `present`. */
  get plain(): string {
    return (this.plainName ??= this.unblock());
  }

  /** The same for one reader: made, where it is not at hand, but not kept for others. */
  get plainOnce(): string {
    return this.plainName ?? this.unblock();
  }

  /** Name of the row-major value of shape `shape`. */
  get full(): string {
    if (!this.isRepeated) return this.plain;
    this.fullName ??= this.context.model.operator('Expand', [this.plain, this.context.model.vector(this.shape)]);
    return this.fullName;
  }

  /** Name of the value of shape `blockedShape(present)`. */
  get blocked(): string {
    return this.blockedName ?? this.writeBlocked();
  }

  /** Writes the operator that was put off, if any. */
  write(): void {
    if (this.pending !== undefined) this.writeBlocked();
  }

  private writeBlocked(): string {
    const name = this.pending === undefined ? this.toBlocked() : this.pending({});
    this.pending = undefined;
    this.blockedName = name;
    this.context.model.hasShape(name, blockedShape(this.present, this.context.block));
    return name;
  }

  private unblock(): string {
    const { model, block } = this.context;
    const { spatial, outer, channels } = split(this.present);
    const name = this.blocked;
    if (channels === 1 || elementCount(spatial) === 1) return reshaped(model, name, this.present);
    if (this.dtype === 'float') {
      const image = reshaped(model, name, [outer, channels, ...spatial]);
      const reordered = model.operator(
        'ReorderOutput',
        [image],
        { channels: { int: channels }, channels_last: { int: 0 } },
        { domain: 'com.microsoft.nchwc' },
      );
      return reshaped(model, reordered, this.present);
    }
    const rows = reshaped(model, name, [(outer * channels) / block, elementCount(spatial), block]);
    return reshaped(model, model.operator('Transpose', [rows], { perm: { ints: [0, 2, 1] } }), this.present);
  }

  private toBlocked(): string {
    const { model, block } = this.context;
    const { spatial, outer, channels } = split(this.present);
    const physical = blockedShape(this.present, block);
    const name = this.plain;
    if (channels === 1 || elementCount(spatial) === 1) return reshaped(model, name, physical);
    if (this.dtype === 'float') {
      const image = reshaped(model, name, [outer, channels, ...spatial]);
      const reordered = model.operator('ReorderInput', [image], {}, { domain: 'com.microsoft.nchwc' });
      return reshaped(model, reordered, physical);
    }
    const rows = reshaped(model, name, [(outer * channels) / block, block, elementCount(spatial)]);
    return reshaped(model, model.operator('Transpose', [rows], { perm: { ints: [0, 2, 1] } }), physical);
  }
}

/** The parts of [...lead, C, H, W]; `outer` is the product of the lead. */
export function split(shape: Shape): { lead: Shape; outer: number; channels: number; spatial: Shape } {
  const at = shape.length - 3;
  const lead = shape.slice(0, at);
  return { lead, outer: elementCount(lead), channels: shape[at] ?? 1, spatial: shape.slice(at + 1) };
}

/** Stored sizes of a value of shape `present` in the blocked layout: one axis more. */
export function blockedShape(present: Shape, block: number): Shape {
  const { lead, channels, spatial } = split(present);
  return channels === 1 ? [...lead, 1, ...spatial, 1] : [...lead, channels / block, ...spatial, block];
}

/** Whether a value of this shape can be stored in the blocked layout. */
export const canBlock = (shape: Shape, block: number): boolean =>
  block > 1 && shape.length >= 4 && (shape[shape.length - 3] ?? 1) % block === 0 && elementCount(shape) > 0;

export const reshaped = (model: OnnxModelBuilder, name: string, shape: Shape): string => model.reshape(name, shape);

/** A value without pending repetition. */
export const complete = (context: LoweringContext, x: Value): Value =>
  x.isRepeated ? new Value(context, x.shape, x.dtype, x.shape, { plain: x.full }) : x;
