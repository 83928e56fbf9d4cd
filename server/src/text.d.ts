declare module '*.py' {
  /** The file's text. */
  const source: string;
  export default source;
}

declare module '*.wasm' {
  /** The file's bytes. */
  const program: Uint8Array<ArrayBuffer>;
  export default program;
}
