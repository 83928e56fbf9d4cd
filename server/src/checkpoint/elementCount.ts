/** Number of elements of a shape; 1 for a single number. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((count, size) => count * size, 1);
