/** A tensor that a model has. */
export interface WantedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** First name of this tensor, where this is another (tied weights): it need not be in a checkpoint twice. */
  readonly sameAs?: string;
}

/** Equal, or one element for a scalar, which PyTorch accepts as well. */
export const shapesAgree = (expected: readonly number[], found: readonly number[]): boolean =>
  (expected.length === found.length && expected.every((size, axis) => size === found[axis])) ||
  (expected.length === 0 && found.length === 1 && found[0] === 1);
