/** Averages of the weights that training keeps beside them: exponential moving averages, stochastic weight averaging. */
import type { CheckpointTensor, StateContainer } from './checkpoint';

const averageWords = new Set(['ema', 'swa', 'averaged', 'average', 'shadow', 'polyak', 'avg']);
/** `avg_pool` is a layer. */
const stateWords = new Set([
  ...[
    'model',
    'net',
    'params',
    'parameters',
    'weights',
    'state',
    'dict',
    'g',
    'generator',
    'unet',
    'callback',
    'module',
  ],
  ...averageWords,
]);

/** `ema`, `model_ema`, `ema_state_dict`, `params_ema`, `shadow_params`, `averaged_model`, `g_ema`, … */
export function isAverageKey(key: string): boolean {
  const words = key.toLowerCase().split('_');
  return words.some((word) => averageWords.has(word)) && words.every((word) => stateWords.has(word));
}

export const isAveragePath = (path: string): boolean => path.split('.').some(isAverageKey);

/** An average among the tensors of one dictionary has at least this share of the others' number. */
const LEAST_SHARE = 1 / 3;
const DEEPEST_PREFIX = 3;

/**
 * Containers that hold an average, the likeliest first: dictionaries and lists of their own, then groups of tensors whose
 * names begin with such a key (`ema_model.conv.weight`).
 */
export function averagesOf(containers: readonly StateContainer[]): StateContainer[] {
  const named = containers.filter(({ path }) => isAveragePath(path));
  const tops = named.filter(({ path }) => !named.some((other) => path.startsWith(`${other.path}.`)));
  const flat = containers.filter(({ path }) => !isAveragePath(path)).flatMap(averagesByPrefix);
  const byPath = new Map<string, StateContainer>();
  for (const container of [...tops.map((top) => innermost(top, named)), ...flat])
    if (!byPath.has(container.path)) byPath.set(container.path, container);
  return [...byPath.values()];
}

/** What lies around the average (its decay, its counter) is passed: the deepest with all its tensors. */
const innermost = (top: StateContainer, all: readonly StateContainer[]): StateContainer =>
  all
    .filter(({ path, tensors }) => path.startsWith(`${top.path}.`) && tensors.length === top.tensors.length)
    .reduce((deepest, next) => (next.path.length > deepest.path.length ? next : deepest), top);

function averagesByPrefix({ path, tensors }: StateContainer): StateContainer[] {
  const groups = new Map<string, CheckpointTensor[]>();
  for (const tensor of tensors) {
    const prefix = averagePrefix(tensor.name);
    if (prefix === undefined) continue;
    const group = groups.get(prefix);
    if (group === undefined) groups.set(prefix, [tensor]);
    else group.push(tensor);
  }
  return [...groups]
    .filter(([, group]) => group.length >= LEAST_SHARE * (tensors.length - group.length))
    .map(([prefix, group]) => ({ path: path === '' ? prefix : `${path}.${prefix}`, tensors: group }));
}

function averagePrefix(name: string): string | undefined {
  const segments = name.split('.');
  const at = segments.slice(0, Math.min(DEEPEST_PREFIX, segments.length - 1)).findIndex(isAverageKey);
  return at < 0 ? undefined : segments.slice(0, at + 1).join('.');
}
