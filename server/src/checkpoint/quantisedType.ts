/**
 * Types of GGUF whose elements share scales in blocks. Their tensors are listed, not decoded.
 * Sizes follow from the block structures of ggml (ggml-common.h): scales, minima and packed quanta.
 */

interface Block {
  /** Weights in a block. */
  readonly weights: number;
  /** Bytes of a block. */
  readonly bytes: number;
}

const blocks = {
  Q4_0: { weights: 32, bytes: 18 },
  Q4_1: { weights: 32, bytes: 20 },
  Q5_0: { weights: 32, bytes: 22 },
  Q5_1: { weights: 32, bytes: 24 },
  Q8_0: { weights: 32, bytes: 34 },
  Q2_K: { weights: 256, bytes: 84 },
  Q3_K: { weights: 256, bytes: 110 },
  Q4_K: { weights: 256, bytes: 144 },
  Q5_K: { weights: 256, bytes: 176 },
  Q6_K: { weights: 256, bytes: 210 },
  Q8_K: { weights: 256, bytes: 292 },
  IQ2_XXS: { weights: 256, bytes: 66 },
  IQ2_XS: { weights: 256, bytes: 74 },
  IQ3_XXS: { weights: 256, bytes: 98 },
  IQ1_S: { weights: 256, bytes: 50 },
  IQ4_NL: { weights: 32, bytes: 18 },
  IQ3_S: { weights: 256, bytes: 110 },
  IQ2_S: { weights: 256, bytes: 82 },
  IQ4_XS: { weights: 256, bytes: 136 },
  IQ1_M: { weights: 256, bytes: 56 },
  TQ1_0: { weights: 256, bytes: 54 },
  TQ2_0: { weights: 256, bytes: 66 },
  MXFP4: { weights: 32, bytes: 17 },
  NVFP4: { weights: 64, bytes: 36 },
  Q1_0: { weights: 128, bytes: 18 },
} as const satisfies Readonly<Record<string, Block>>;

export type QuantisedType = keyof typeof blocks;

export const isQuantisedType = (type: string): type is QuantisedType => Object.hasOwn(blocks, type);

/** Scales included. */
export const bitsPerWeight = (type: QuantisedType): number => (8 * blocks[type].bytes) / blocks[type].weights;

/** Bytes of a tensor whose rows have `rowLength` weights; undefined where a row is no whole number of blocks. */
export function quantisedBytes(type: QuantisedType, rowLength: number, elements: number): number | undefined {
  const { weights, bytes } = blocks[type];
  return rowLength % weights === 0 ? (elements / weights) * bytes : undefined;
}
