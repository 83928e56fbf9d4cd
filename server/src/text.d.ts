declare module '*.py' {
  /** The file's text. */
  const source: string;
  export default source;
}
