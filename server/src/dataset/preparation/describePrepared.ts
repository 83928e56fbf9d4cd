/** What a model is fitted to, in sizes: known without the files. */
import { isUnknownExtent } from '../unknownExtent';
import { kerasSets } from '../keras/catalogue';
import type { ArraySource, PreparedData } from './preparedData';

export interface DescribedArray {
  readonly name: string;
  readonly dtype: 'float' | 'int' | 'bool';
  /** The first extent counts samples; null where only the files say it. */
  readonly shape: readonly (number | null)[];
}

export interface DescribedSource {
  /** `keras.datasets.mnist` */
  readonly name: string;
  /** The file or folder that the code names; null where it leaves that to the library. */
  readonly path: string | null;
  /** Classes of its labels; null where they are no classes or only the files say it. */
  readonly classes: number | null;
}

export interface DescribedData {
  readonly sources: readonly DescribedSource[];
  readonly arrays: readonly DescribedArray[];
  readonly omitted: readonly string[];
}

export function describePrepared({ sources, program, names, omitted }: PreparedData): DescribedData {
  const described = new Map(sources.map((source) => [source.call.name, describedSource(source, sources)]));
  const arrays = program.outputs.flatMap((position, i) => {
    const node = program.nodes[position];
    return node === undefined ? [] : [{ name: names[i] ?? `array ${i}`, dtype: node.dtype, shape: known(node.shape) }];
  });
  return { sources: [...described.values()], arrays, omitted };
}

const known = (shape: readonly number[]): (number | null)[] =>
  shape.map((extent) => (isUnknownExtent(extent) ? null : extent));

function describedSource({ call }: ArraySource, all: readonly ArraySource[]): DescribedSource {
  const { directory, path } = call.named;
  const named = [directory, path].find((each) => typeof each === 'string');
  const held = kerasSets[call.name.replace('keras.datasets.', '')]?.arrays(call.named);
  const used = all.filter((source) => source.call.name === call.name).map(({ array }) => held?.[array]?.classes);
  return { name: call.name, path: named ?? null, classes: used.find((each) => each !== undefined) ?? null };
}

/** `keras.datasets.mnist: x 60000×28×28 float, y 60000 int, 10 classes` */
export function preparedText({ sources, arrays, omitted }: DescribedData): string {
  const from = sources.map(({ name, path }) => (path === null ? name : `${name} of '${path}'`)).join(', ');
  const classes = sources.flatMap((source) => (source.classes === null ? [] : [`${source.classes} classes`]));
  const sizes = arrays.map(({ name, dtype, shape }) => `${name} ${shape.map((n) => n ?? '?').join('×')} ${dtype}`);
  return [`${from === '' ? 'numbers in the code' : from}: ${[...sizes, ...classes].join(', ')}`, ...omitted].join('; ');
}
