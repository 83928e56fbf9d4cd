/** How a script limits its gradients: by PyTorch's functions, or by an argument of Keras's optimizers. */
import { keyText } from '../keyText';
import type { TrainingFacts } from './facts';
import { plain, type ScriptReader } from './scriptReader';

/** By the names of the functions' arguments. */
const torchKeywords = { norm: 'max_norm', tensorNorm: undefined, value: 'clip_value' } as const;

export function clippingFact(reader: ScriptReader): TrainingFacts['clipping'] {
  for (const kind of ['norm', 'tensorNorm', 'value'] as const)
    for (const call of reader.calls(`clip_${kind}`)) {
      const limit = plain(call.args.get('limit'));
      if (typeof limit !== 'number') continue;
      const keyword = torchKeywords[kind];
      const ofOptimizer = call.args.get('keyword') ?? null;
      const place =
        ofOptimizer !== null || keyword === undefined
          ? reader.argument(call, 'limit', undefined, [keyText(ofOptimizer)])
          : reader.argument(call, keyword, 1);
      return { value: { kind, limit }, ...place };
    }
  return null;
}
