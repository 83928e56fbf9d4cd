/**
 * Bounds that end every pickle. The costs approximate the bytes that a value takes in memory, so that memo bombs
 * and exponential structures stop by their size, whatever instructions made them.
 */
export class PickleBudget {
  private bytes = 0;
  private instructions = 0;

  constructor(
    private readonly maximumBytes = 128 * 2 ** 20,
    private readonly maximumInstructions = 4_000_000,
  ) {}

  /** Message when the bound is passed, else undefined. */
  spend(bytes: number): string | undefined {
    this.bytes += bytes;
    return this.bytes > this.maximumBytes
      ? `its description needs more than ${this.maximumBytes} bytes of memory`
      : undefined;
  }

  step(): string | undefined {
    this.instructions++;
    return this.instructions > this.maximumInstructions
      ? `the pickle has more than ${this.maximumInstructions} instructions`
      : undefined;
  }
}

/** Approximate bytes by kind, measured on V8: a place on the stack or in a list, a call's description, … */
export const cost = { slot: 16, number: 16, object: 96, container: 128, dict: 280, entry: 192, memo: 72 } as const;
