/** Picks inputs and targets among named arrays. */

const inputNames = /^(x|xs|input|inputs|image|images|img|imgs|data|feature|features|input_ids|tokens|src|source)$/i;
const targetNames = /^(y|ys|target|targets|label|labels|class|classes|output|outputs|tgt|t|z)$/i;
const numberedInput = /^(x|input|inputs)_?\d+$/i;
const split = /^(?:(train|test|val|valid|validation)_(.+)|(.+)_(train|test|val|valid|validation))$/i;
const splitOrder = ['train', 'val', 'valid', 'validation', 'test'];

export interface Chosen<T> {
  readonly arrays: readonly T[];
  /** How the choice was made, when there was one. */
  readonly note: string | undefined;
}

interface Named {
  readonly name: string;
  readonly size: number;
}

/**
 * Inputs before targets: by the usual names (x and y, images and labels, x1 x2 …, with _train or _test), else the first
 * two arrays with equally many samples, else the only array.
 */
export function chooseArrays<T extends Named>(arrays: readonly T[]): Chosen<T> {
  for (const part of [undefined, ...splitOrder]) {
    const chosen = byNames(arrays, part);
    if (chosen !== undefined) return { arrays: chosen, note: part === undefined ? undefined : `the ${part} part` };
  }
  if (arrays.length <= 1) return { arrays, note: undefined };
  const [first, ...rest] = arrays;
  const partner = rest.find(({ size }) => size === first?.size);
  const pair = first !== undefined && partner !== undefined ? [first, partner] : arrays.slice(0, 2);
  return { arrays: pair, note: arrays.length > 2 ? 'the first two arrays' : undefined };
}

function byNames<T extends Named>(arrays: readonly T[], part: string | undefined): readonly T[] | undefined {
  const members = arrays.flatMap((array) => {
    const [base, group] = splitName(array.name);
    return group === part ? [{ base, array }] : [];
  });
  const find = (pattern: RegExp): T[] => members.filter(({ base }) => pattern.test(base)).map(({ array }) => array);
  const inputs = [...find(inputNames), ...find(numberedInput)];
  const target = find(targetNames)[0];
  if (inputs.length === 0 || target === undefined) return undefined;
  return [...inputs, target];
}

/** 'x_train' → ['x', 'train']; names of nested dictionaries count by their last part. */
function splitName(name: string): [base: string, part: string | undefined] {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const match = split.exec(last);
  if (match === null) return [last, undefined];
  return [match[2] ?? match[3] ?? last, (match[1] ?? match[4])?.toLowerCase()];
}
