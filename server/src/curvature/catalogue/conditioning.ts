/** Catalogue, section D. Conditioning. */
import { type Section } from './definition';

export const conditioning = {} as const satisfies Section;
