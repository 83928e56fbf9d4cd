/** Which file of a folder holds the model, as Hugging Face, accelerate, DeepSpeed and Lightning lay them out. */
import { CheckpointError } from './checkpointError';
import { indexNameOf, isShardIndexName } from './shardIndex';
import { isTensorflowIndex } from './tensorflow/indexName';

/** Names under which libraries write the weights, the usual ones first. */
const weightNames = [
  'model.safetensors',
  'pytorch_model.bin',
  'diffusion_pytorch_model.safetensors',
  'diffusion_pytorch_model.bin',
  'consolidated.safetensors',
  'mp_rank_00_model_states.pt',
];

/** What is saved beside the weights. */
const otherFiles =
  /^(training_args|optimizer|scheduler|scaler|rng_state|random_states|zero_pp_rank|bf16_zero|.*optim_states)/i;
const checkpointEnding = /\.(safetensors|pt|pth|ckpt|bin|npz|gguf|keras|h5)$/i;

const LISTED = 6;

/** The name of the file that holds the folder's weights: an index, a usual name, or the only checkpoint. Throws a CheckpointError. */
export function weightsAmong(names: readonly string[], folder: string): string {
  const indexes = names.filter(isShardIndexName).sort((a, b) => Number(isUsual(b)) - Number(isUsual(a)));
  const usual = weightNames.find((name) => names.includes(name));
  const [only, ...others] = names.filter(
    (name) =>
      (checkpointEnding.test(name) || isTensorflowIndex(name, names)) &&
      !otherFiles.test(name) &&
      !names.includes(indexNameOf(name) ?? ''),
  );
  // An index may stand for the same weights in another format, of which the files were not downloaded.
  const chosen = indexes.find((index) => names.some((name) => indexNameOf(name) === index)) ?? usual ?? indexes[0];
  if (chosen !== undefined) return chosen;
  if (only !== undefined && others.length === 0) return only;
  throw new CheckpointError(
    only === undefined
      ? 'there is no checkpoint in the folder'
      : `there are ${1 + others.length} checkpoints in the folder: ${[only, ...others].slice(0, LISTED).join(', ')}${others.length >= LISTED ? ', …' : ''}`,
    folder,
    `${names.length} files`,
    only === undefined ? 'Give the folder or file with the weights.' : 'Name one of them.',
  );
}

const isUsual = (name: string): boolean => /^(model|pytorch_model)\./.test(name);
