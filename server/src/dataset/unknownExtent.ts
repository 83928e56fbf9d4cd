/** The length of an axis that only the files say. */

/** A prime, so that reshaping it into known axes fails instead of giving a wrong size. */
export const UNKNOWN_EXTENT = 8_388_617;

export const isUnknownExtent = (extent: number): boolean => extent >= UNKNOWN_EXTENT / 2;
