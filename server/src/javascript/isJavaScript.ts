/** Files that are read as JavaScript or TypeScript, by their names. */
export const isJavaScript = (file: string): boolean => /\.(m|c)?[jt]sx?$/i.test(file);
