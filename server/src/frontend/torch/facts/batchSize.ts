/** How many samples a step of the optimizer sees. */
import type { Fact } from './facts';
import { namedNumber } from './namedNumber';
import type { ScriptReader } from './scriptReader';

export function batchSizeFact(reader: ScriptReader): Fact<number> | null {
  const loaders = reader.calls('DataLoader').filter(({ args }) => typeof args.get('batch_size') === 'bigint');
  const chosen = loaders.find(({ args }) => args.get('shuffle') === true) ?? loaders[0];
  if (chosen === undefined) return namedNumber(reader, /^(batch_?size|train_batch_size|bs|batch|batchsz|n_batch)$/i);
  return { value: Number(chosen.args.get('batch_size')), ...reader.argument(chosen, 'batch_size', 1) };
}
