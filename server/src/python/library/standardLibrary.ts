/** The modules of the standard library, each made when it is first imported. */
import type { LibraryFactory } from '../interpreter';

export const standardLibrary: ReadonlyMap<string, LibraryFactory> = new Map<string, LibraryFactory>([]);
