/**
 * The checkpoint editor under its two names: the manifest gives one priority to each, so that it opens .safetensors, .gguf and .onnx by default and
 * leaves the generic endings to other editors until it is chosen.
 */
export const checkpointViews = {
  default: 'hessianLens.safetensors',
  option: 'hessianLens.checkpoint',
} as const;

export const checkpointViewFor = (path: string): string =>
  /\.(safetensors|gguf|onnx)$/i.test(path) ? checkpointViews.default : checkpointViews.option;
