/** The part of jsfive that is used: HDF5 groups and data sets of a file in memory. */
declare module 'jsfive' {
  export class Group {
    readonly keys: readonly string[];
    readonly attrs: Readonly<Record<string, unknown>>;
    get(path: string): Group | Dataset;
  }
  export class File extends Group {
    constructor(bytes: ArrayBuffer, name: string);
  }
  export class Dataset {
    readonly shape: readonly number[];
    /** numpy's code, `<f4`; a list for types that are no numbers. */
    readonly dtype: unknown;
    /** All elements, row-major. */
    readonly value: unknown;
  }
}
