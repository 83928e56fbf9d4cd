/** The index of a model in shards stands for its shards. */
const CHECKPOINT =
  /\.(pt|pth|ckpt|safetensors|onnx|keras|h5)$|(^|[/\\])pytorch_model\.bin$|\.(safetensors|bin)\.index\.json$/i;
/** Of TensorFlow, by the names that it and Keras give. */
const TENSORFLOW = /(^|[/\\])[^/\\]*(ckpt|checkpoint|variables|weights)[^/\\]*\.index$/i;
const SHARD = /-\d+-of-\d+\.(safetensors|bin)$/i;

/** Whether a file is taken for a checkpoint without being asked for; by its name alone. */
export const isCheckpointName = (path: string): boolean =>
  (CHECKPOINT.test(path) && !SHARD.test(path)) || TENSORFLOW.test(path);
