/** How a script normalises its images. */
import type { TrainingFacts } from './facts';
import { numbers, plain, type ScriptReader } from './scriptReader';

export function normalisationFact(reader: ScriptReader): TrainingFacts['normalisation'] {
  for (const call of reader.calls('transform').filter(({ args }) => args.get('name') === 'Normalize')) {
    const argument = (name: string, position: number): readonly number[] | undefined =>
      numbers(plain(call.args.get(name) ?? call.args.get(String(position))));
    const [mean, std] = [argument('mean', 0), argument('std', 1)];
    if (mean !== undefined && std !== undefined) return { value: { mean, std }, ...reader.argument(call, 'mean', 0) };
  }
  return null;
}
