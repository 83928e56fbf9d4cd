/** The size of a model's inputs where only its name says so: `--img-size 224`, `context_length = 1024`. */
import type { PyInstance } from '../../../python/values';
import { lengthNames } from '../inputCandidates';
import { namedModules } from '../stateDict';
import type { InputFact } from './facts';
import type { ModelInputs } from './inputs';
import type { TrainedModel } from './model';
import { entryOf, namedNumber } from './namedNumber';
import type { ScriptReader } from './scriptReader';

const sideNames = /^(train_?)?(im|img|image|input|crop|patch_?image)_?(size|res|resolution|side|dim)s?$|^resolution$/i;

/** What the first layer that takes data is: of pictures with so many channels, of tokens. */
function firstLayer(model: PyInstance): { channels: number } | 'tokens' | undefined {
  for (const { module } of namedModules(model, false)) {
    const kinds = module.cls.resolutionOrder.map(({ name }) => name);
    if (kinds.includes('Embedding')) return 'tokens';
    const channels = module.attributes.get('in_channels');
    if (kinds.includes('Conv2d')) return typeof channels === 'bigint' ? { channels: Number(channels) } : undefined;
    if (kinds.some((kind) => /^(Linear|RNNBase|Conv1d|Conv3d)$/.test(kind))) return undefined;
  }
  return undefined;
}

/** Never certain. The model's own arguments count before settings of the script. */
export function statedInputs(reader: ScriptReader, { instance, construction }: TrainedModel): ModelInputs | undefined {
  const layer = firstLayer(instance);
  if (layer === undefined) return undefined;
  const pattern = layer === 'tokens' ? lengthNames : sideNames;
  const { args, kwargs, span } = construction;
  const direct = kwargs.find(([name, value]) => pattern.test(name) && typeof value === 'bigint');
  const inside = [...args, ...kwargs.map(([, value]) => value)].map((value) => entryOf(value, pattern));
  const own = direct === undefined ? inside.find((entry) => entry !== undefined)?.value : Number(direct[1]);
  const named = own === undefined ? namedNumber(reader, pattern) : { value: own, span: span ?? reader.start() };
  if (named === null || named.value < 2) return undefined;
  const shape = layer === 'tokens' ? [named.value] : [layer.channels, named.value, named.value];
  const input: InputFact = { name: 'input', shape, dtype: layer === 'tokens' ? 'int64' : 'float32' };
  return { value: [input], span: named.span, certain: false, batch: undefined };
}
