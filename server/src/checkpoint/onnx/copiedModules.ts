/** Which modules of a network are copies of each other, as the layers of an untrained nn.TransformerEncoder are. */
import { isFloatingType } from '../elementType';
import type { OnnxTensor } from './onnxModelFile';
import { piecesOf } from './tensorElements';

/** The module in the name of a weight: `layers.0` of `layers.0.weight`. */
export const moduleInName = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));

export const inModule = (module: string, name: string): string => (module === '' ? name : `${module}.${name}`);

/** Where two modules are in different elements of a list, these: `layers.0`, `layers.1` of `layers.0.norm` and `layers.1.norm`. */
function elementsOfList(
  one: string,
  other: string,
): { readonly elements: string; readonly samePlace: boolean } | undefined {
  const [a, b] = [one.split('.'), other.split('.')];
  const at = a.findIndex((part, i) => part !== b[i]);
  if (at < 0 || !/^\d+$/.test(a[at] ?? '') || !/^\d+$/.test(b[at] ?? '')) return undefined;
  const within = (parts: readonly string[]): string => parts.slice(at + 1).join('.');
  return {
    elements: key(a.slice(0, at + 1).join('.'), b.slice(0, at + 1).join('.')),
    samePlace: within(a) === within(b),
  };
}

/** The paths of PyTorch's older exporter have one `layers` where a module of this name has a list of this name. */
const withoutRepeats = (module: string): string =>
  module
    .split('.')
    .filter((part, i, parts) => part !== parts[i - 1] || /^\d+$/.test(part))
    .join('.');

/** Modules in the same place of two elements of a list: copies of a layer have equal weights, but do not share them. */
export const areInSamePlace = (one: string, other: string): boolean =>
  elementsOfList(withoutRepeats(one), withoutRepeats(other))?.samePlace === true;

const key = (one: string, other: string): string => `${one} ${other}`;

/** Weights that are equal and yet two, as far as their names tell, and the modules that are copies by them. */
export class EqualWeights {
  private readonly modules = new Set<string>();
  private readonly elements = new Set<string>();

  /** `written`: the name under which the file has the values. */
  add(written: string, own: string): void {
    const one = withoutRepeats(moduleInName(written));
    const other = withoutRepeats(moduleInName(own));
    this.modules.add(key(one, other));
    const lists = elementsOfList(one, other);
    if (lists !== undefined) this.elements.add(lists.elements);
  }

  /** Modules with equal weights, or in the same place of elements of a list that have some. */
  areCopies(first: string, second: string): boolean {
    const [one, other] = [withoutRepeats(first), withoutRepeats(second)];
    if (this.modules.has(key(one, other))) return true;
    const lists = elementsOfList(one, other);
    return lists !== undefined && lists.samePlace && this.elements.has(lists.elements);
  }
}

const remembered = new WeakMap<OnnxTensor, Promise<boolean>>();

/** Whether a floating tensor has one value throughout; it is read once. */
export function isUniform(tensor: OnnxTensor): Promise<boolean> {
  const known = remembered.get(tensor) ?? hasOneValue(tensor);
  remembered.set(tensor, known);
  return known;
}

async function hasOneValue(tensor: OnnxTensor): Promise<boolean> {
  if (tensor.type === undefined || !isFloatingType(tensor.type)) return false;
  let first: number | undefined;
  for await (const values of piecesOf(tensor)) {
    first ??= values[0];
    if (!values.every((value) => value === first)) return false;
  }
  return first !== undefined;
}
