import type { Checkpoint } from './checkpoint';
import { child, type ContentNode } from './contents';

const epochKeys = ['epoch', 'current_epoch', 'last_epoch', 'epochs', 'start_epoch', 'n_epoch'];
const stepKeys = [
  'global_step',
  'global_steps',
  'train_step',
  'step',
  'steps',
  'iteration',
  'iter',
  'iter_num',
  'it',
  'num_updates',
  'n_iter',
];

/** Epoch and step from the usual keys at the root of a checkpoint. */
export function trainingProgress(root: ContentNode): Checkpoint['progress'] {
  const epoch = firstCount(root, epochKeys);
  const step = firstCount(root, stepKeys);
  return { ...(epoch === undefined ? {} : { epoch }), ...(step === undefined ? {} : { step }) };
}

function firstCount(root: ContentNode, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const node = child(root, key);
    if (node?.kind === 'plain' && typeof node.value === 'number') return node.value;
  }
  return undefined;
}
