/** How a script limits its gradients. */
import type { TrainingFacts } from './facts';
import { plain, type ScriptReader } from './scriptReader';

export function clippingFact(reader: ScriptReader): TrainingFacts['clipping'] {
  for (const kind of ['norm', 'value'] as const)
    for (const call of reader.calls(`clip_${kind}`)) {
      const limit = plain(call.args.get('limit'));
      const keyword = kind === 'norm' ? 'max_norm' : 'clip_value';
      if (typeof limit === 'number') return { value: { kind, limit }, ...reader.argument(call, keyword, 1) };
    }
  return null;
}
