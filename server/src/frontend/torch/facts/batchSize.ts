/** How many samples a step of the optimizer sees. */
import { isKerasModel } from '../../keras/kerasNames';
import type { Fact } from './facts';
import type { ModelInputs } from './inputs';
import { sampleCount, wholePass } from './fullBatch';
import { documentedOption, namedNumber } from './namedNumber';
import type { ScriptReader } from './scriptReader';

const names = /^(train_?)?(batch_?size|bs|batch|batchsz|n_batch|mini_?batch_?size)(_?train)?$/i;

/** What a loader says, all samples where one step follows a pass over it; without one, a number of such a name, or the tensors that the model is called with. */
export function batchSizeFact(reader: ScriptReader, inputs: ModelInputs | undefined): Fact<number> | null {
  const loaders = reader.calls('DataLoader').filter(({ args }) => typeof args.get('batch_size') === 'bigint');
  const chosen = loaders.find(({ args }) => args.get('shuffle') === true) ?? loaders[0];
  const pass = chosen === undefined ? undefined : wholePass(reader);
  if (pass !== undefined) {
    // The loader's batches are only as large as the memory takes.
    const count = sampleCount(reader, chosen?.args.get('dataset') ?? null);
    return count === undefined ? null : { value: count, span: pass, certain: false };
  }
  if (chosen !== undefined) {
    // `fit(x, y, 32)` of Keras, `DataLoader(data, 32)` of PyTorch.
    const position = isKerasModel(chosen.instance) ? 2 : 1;
    return { value: Number(chosen.args.get('batch_size')), ...reader.argument(chosen, 'batch_size', position) };
  }
  const named = namedNumber(reader, names);
  if (inputs?.batch !== undefined && named?.value !== inputs.batch)
    return { value: inputs.batch, span: inputs.span, certain: inputs.certain };
  return named ?? documentedOption(reader, /\bbatch[ -]?size\b/i);
}
