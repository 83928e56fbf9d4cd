/** The numbers in the names of layers, which count what a program makes: what a trial in vain made does not count. */
import { layerCounts } from '../keras/layerCounts';
import type { Session } from '../torch/session';

/** Remembers how far the numbers are; what is returned brings them back there. */
export function layerNumbers({ interpreter }: Session): () => void {
  const before = new Map(layerCounts(interpreter).map((counts) => [counts, counts.entries()]));
  return () => {
    for (const counts of layerCounts(interpreter)) {
      counts.clear();
      for (const [key, value] of before.get(counts) ?? []) counts.set(key, value);
    }
  };
}
