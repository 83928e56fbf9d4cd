import type { DataValue } from '../dataCall';
import type { Picture } from './picture';

/** One step of a transform. */
export interface Step {
  /** Undefined: it changes nothing here. */
  readonly apply?: (picture: Picture) => Picture;
  /** For the provenance: what was done in place of what the code says. */
  readonly note?: string;
}

/** How a transform of torchvision is read: the names of its parameters in order, and what it does. */
export interface TransformRule {
  readonly parameters: readonly string[];
  /** Undefined: an argument is not known. */
  readonly make: (args: Readonly<Record<string, DataValue>>) => Step | undefined;
}

/** One number or a pair; undefined otherwise. */
export function pairOf(value: DataValue): readonly [number, number] | undefined {
  if (typeof value === 'number') return [value, value];
  const list = numbersOf(value);
  if (list?.length === 1) return pairOf(list[0]);
  const [a, b] = list ?? [];
  return a === undefined || b === undefined ? undefined : [a, b];
}

export function numbersOf(value: DataValue): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  if (!Array.isArray(value)) return undefined;
  const list = value as readonly DataValue[];
  return list.every((item) => typeof item === 'number') ? list : undefined;
}
