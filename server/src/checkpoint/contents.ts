/**
 * A checkpoint's content as a tree: branches, tensors and plain values, whatever the format.
 * The tree may share nodes (a DAG), never has cycles, and is walked with a bound on visits.
 */
import type { CheckpointTensor, MetadataValue } from './checkpoint';
import type { CheckpointError } from './checkpointError';

export type ContentNode = Branch | TensorLeaf | PlainLeaf;

export interface Branch {
  readonly kind: 'branch';
  readonly form: 'dict' | 'list' | 'object';
  /** Class of an object. */
  readonly className: string | undefined;
  readonly entries: readonly (readonly [key: string, node: ContentNode])[];
}

export interface TensorLeaf {
  readonly kind: 'tensor';
  readonly shape: readonly number[];
  readonly typeName: string;
  /** The tensor under a name; throws a CheckpointError when its layout is impossible. */
  readonly named: (name: string) => CheckpointTensor;
}

export interface PlainLeaf {
  readonly kind: 'plain';
  readonly value: MetadataValue;
}

export const branch = (entries: Branch['entries'], form: Branch['form'] = 'dict', className?: string): Branch => ({
  kind: 'branch',
  form,
  className,
  entries,
});

export const plain = (value: MetadataValue): PlainLeaf => ({ kind: 'plain', value });

export const child = (node: ContentNode | undefined, key: string): ContentNode | undefined =>
  node?.kind === 'branch' ? node.entries.find(([name]) => name === key)?.[1] : undefined;

/** Counts visits of one checkpoint's walks; shared sub-trees count each time they are met. */
export class VisitLimit {
  private visits = 0;
  constructor(
    private readonly exceeded: () => CheckpointError,
    private readonly maximum = 2_000_000,
  ) {}
  visit(): void {
    if (++this.visits > this.maximum) throw this.exceeded();
  }
}

/** All tensors below `node` with their dotted names, in file order, without those of entries that `skip` names. */
export function tensorsBelow(
  node: ContentNode,
  limit: VisitLimit,
  skip: (key: string, node: ContentNode) => boolean,
): [name: string, leaf: TensorLeaf][] {
  const found: [string, TensorLeaf][] = [];
  const walk = (current: ContentNode, path: string): void => {
    limit.visit();
    if (current.kind === 'tensor') found.push([path, current]);
    if (current.kind !== 'branch') return;
    for (const [key, next] of current.entries) if (!skip(key, next)) walk(next, path === '' ? key : `${path}.${key}`);
  };
  walk(node, '');
  return found;
}

/** Entries of a list or dict that are written out in metadata. */
const LONGEST_METADATA = 1000;

/** The plain part of the content; tensors and dictionaries of nothing but tensors are summarised. */
export function metadataOf(node: ContentNode, limit: VisitLimit): MetadataValue {
  limit.visit();
  if (node.kind === 'plain') return shortened(node.value);
  if (node.kind === 'tensor') return `<tensor ${node.typeName} [${node.shape.join(', ')}]>`;
  const tensors = node.entries.filter(([, value]) => value.kind === 'tensor').length;
  if (tensors > 0 && tensors === node.entries.length) return `<${tensors} tensors>`;
  // Tensors are listed elsewhere: they do not crowd out what is not.
  const shown = (
    node.entries.length > LONGEST_METADATA ? node.entries.filter(([, { kind }]) => kind !== 'tensor') : node.entries
  ).slice(0, LONGEST_METADATA);
  const left = node.entries.length - shown.length;
  if (node.form === 'list')
    return [...shown.map(([, value]) => metadataOf(value, limit)), ...(left > 0 ? [`<${left} more>`] : [])];
  const isOptimizer = node.entries.some(([key]) => key === 'param_groups');
  return Object.fromEntries([
    ...(node.className === undefined ? [] : [['__class__', node.className] as const]),
    ...shown.map(
      ([key, value]) => [key, isOptimizer && key === 'state' ? stateSummary(value) : metadataOf(value, limit)] as const,
    ),
    ...(left > 0 ? [['…', `<${left} more>`] as const] : []),
  ]);
}

const shortened = (value: MetadataValue): MetadataValue =>
  Array.isArray(value) && value.length > LONGEST_METADATA
    ? [...value.slice(0, LONGEST_METADATA), `<${value.length - LONGEST_METADATA} more>`]
    : value;

const stateSummary = (node: ContentNode): MetadataValue =>
  node.kind === 'branch' ? `<state of ${node.entries.length} parameters>` : null;
