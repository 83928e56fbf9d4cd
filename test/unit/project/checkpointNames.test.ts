import { describe, expect, it } from 'vitest';
import { isCheckpointName } from '../../../server/src/project/checkpointNames';

describe('names of checkpoints', () => {
  it.each([
    'best.pt',
    'a/model.keras',
    'w.weights.h5',
    'run/ckpt-3.index',
    'saved/variables/variables.index',
    'cp.ckpt.index',
  ])('%s is one', (name) => expect(isCheckpointName(name)).toBe(true));

  it.each(['model-00001-of-00002.safetensors', 'words.index', '.git/index', 'ckpt-3.data-00000-of-00001'])(
    '%s is none by its name',
    (name) => expect(isCheckpointName(name)).toBe(false),
  );
});
