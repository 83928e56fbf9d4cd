/** Which files are models by themselves, by their names alone. */

const patterns = {
  onnx: /\.onnx$/i,
  tfjs: /(^|[\\/])model\.json$/i,
  // `model.weights.h5` holds weights alone.
  keras: /\.keras$|(?<!\.weights)\.(h5|hdf5)$/i,
} as const;

export type ModelFileFormat = keyof typeof patterns;

const formats: readonly ModelFileFormat[] = ['onnx', 'tfjs', 'keras'];

export const modelFileFormat = (path: string): ModelFileFormat | undefined =>
  formats.find((format) => patterns[format].test(path));

export const isModelFile = (path: string): boolean => modelFileFormat(path) !== undefined;

/** What the model in a file is called: the file's name without its ending. */
export const modelNameOf = (path: string): string => (path.split(/[\\/]/).pop() ?? path).replace(/\.\w+$/, '');
