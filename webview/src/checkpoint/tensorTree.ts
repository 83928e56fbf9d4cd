/** The tensors of a file as a tree of their dotted names, and the rows of it that are to be seen. */
import type { TensorEntry } from '../../../server/src/protocol/editor';

export interface Folder {
  readonly kind: 'folder';
  /** Path in the tree, unique: what is remembered as open. */
  readonly id: string;
  /** Parts of the name; several where each holds nothing but the next. */
  readonly label: string;
  /** The names of its tensors begin with this; of a part of the file, its title. */
  readonly path: string;
  /** A part of the file rather than of names. */
  readonly isGroup: boolean;
  readonly children: readonly TreeNode[];
  readonly tensors: number;
  readonly elements: number;
  /** Of tensors that do not share an earlier one's memory. */
  readonly bytes: number;
}

export interface Leaf {
  readonly kind: 'tensor';
  readonly id: string;
  readonly label: string;
  readonly entry: TensorEntry;
  readonly elements: number;
  readonly bytes: number;
}

export type TreeNode = Folder | Leaf;

export interface TreeOrder {
  readonly by: 'file' | 'name' | 'size';
  readonly descending: boolean;
}

export interface TreeRow {
  readonly node: TreeNode;
  /** From 1. */
  readonly level: number;
  /** From 1, among its siblings. */
  readonly position: number;
  readonly siblings: number;
  readonly open: boolean;
}

export const groupTitles: Readonly<Record<TensorEntry['group'], string>> = {
  model: 'Weights',
  optimizer: 'Optimizer state',
  other: 'Other',
};

export const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

interface Growing {
  readonly branches: Map<string, Growing>;
  /** Branches and leaves as they come in the file. */
  readonly order: (string | TensorEntry)[];
}

const growing = (): Growing => ({ branches: new Map(), order: [] });

/** One folder for each part of the file that has tensors, where there is more than one; below it the parts of the names. */
export function treeOf(tensors: readonly TensorEntry[]): TreeNode[] {
  const groups = new Map<TensorEntry['group'], Growing>();
  for (const entry of tensors) {
    const group = groups.get(entry.group) ?? growing();
    groups.set(entry.group, group);
    plant(group, entry);
  }
  if (groups.size === 1) return [...groups].flatMap(([name, root]) => childrenOf(root, name));
  return (Object.keys(groupTitles) as TensorEntry['group'][]).flatMap((name) => {
    const root = groups.get(name);
    const title = groupTitles[name];
    if (root === undefined) return [];
    return [folder({ id: `/${name}`, label: title, path: title, isGroup: true }, childrenOf(root, name))];
  });
}

function plant(root: Growing, entry: TensorEntry): void {
  const parts = entry.name.split('.');
  let place = root;
  for (const part of parts.slice(0, -1)) {
    let next = place.branches.get(part);
    if (next === undefined) {
      next = growing();
      place.branches.set(part, next);
      place.order.push(part);
    }
    place = next;
  }
  place.order.push(entry);
}

/**
 * `group` keeps the ids of parts of the file apart, `path` is the dotted name down to here: none at the root, as
 * a part of a name may be empty itself.
 */
function childrenOf(place: Growing, group: string, path?: string): TreeNode[] {
  return place.order.map((item): TreeNode => {
    if (typeof item !== 'string') return leafOf(item);
    const below = path === undefined ? item : `${path}.${item}`;
    const children = childrenOf(place.branches.get(item) ?? growing(), group, below);
    return folder({ id: `/${group}/${below}`, label: item, path: below, isGroup: false }, children);
  });
}

function folder(about: Pick<Folder, 'id' | 'label' | 'path' | 'isGroup'>, children: readonly TreeNode[]): Folder {
  const sum = (value: (node: TreeNode) => number): number => children.reduce((total, child) => total + value(child), 0);
  return {
    kind: 'folder',
    ...about,
    children,
    tensors: sum((child) => (child.kind === 'folder' ? child.tensors : 1)),
    elements: sum(({ elements }) => elements),
    bytes: sum(({ bytes }) => bytes),
  };
}

/** A folder that holds one thing and nothing else becomes one row with it. */
export function compacted(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.map((node) => {
    if (node.kind === 'tensor') return node;
    const children = compacted(node.children);
    const [only] = children;
    return !node.isGroup && only !== undefined && children.length === 1
      ? { ...only, label: `${node.label}.${only.label}` }
      : { ...node, children };
  });
}

function leafOf(entry: TensorEntry): Leaf {
  const shared = entry.sharedWith !== undefined;
  return {
    kind: 'tensor',
    id: `=${entry.name}`,
    label: entry.name.slice(entry.name.lastIndexOf('.') + 1),
    entry,
    elements: shared ? 0 : elementsOf(entry.shape),
    bytes: shared ? 0 : entry.bytes,
  };
}

/** A copy in which every folder is in the given order. */
export function sorted(nodes: readonly TreeNode[], order: TreeOrder): TreeNode[] {
  const below = nodes.map((node) =>
    node.kind === 'folder' ? { ...node, children: sorted(node.children, order) } : node,
  );
  if (order.by === 'file') return order.descending ? below.reverse() : below;
  const sign = order.descending ? -1 : 1;
  return below.sort((a, b) =>
    order.by === 'size' ? sign * (shownBytes(a) - shownBytes(b)) : sign * naturally.compare(a.label, b.label),
  );
}

/** `layer.2` before `layer.10`. */
const naturally = new Intl.Collator(undefined, { numeric: true });

/** A tied tensor is as large as it says, though it adds nothing to its folder. */
export const shownBytes = (node: TreeNode): number => (node.kind === 'folder' ? node.bytes : node.entry.bytes);

/** What is left when only tensors whose name or type has all words of the text remain; folders keep what is below them. */
export function filtered(nodes: readonly TreeNode[], text: string): TreeNode[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [...nodes];
  const matches = ({ name, dtype, shape }: TensorEntry): boolean => {
    const searched = `${name} ${dtype} ${shape.join('x')}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  };
  const kept = (all: readonly TreeNode[]): TreeNode[] =>
    all.flatMap((node): TreeNode[] => {
      if (node.kind === 'tensor') return matches(node.entry) ? [node] : [];
      const children = kept(node.children);
      return children.length === 0 ? [] : [folder(node, children)];
    });
  return kept(nodes);
}

/** The rows in which the tree is drawn: children of open folders follow them. */
export function rowsOf(nodes: readonly TreeNode[], isOpen: (folder: Folder) => boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  const walk = (all: readonly TreeNode[], level: number): void => {
    all.forEach((node, index) => {
      const open = node.kind === 'folder' && isOpen(node);
      rows.push({ node, level, position: index + 1, siblings: all.length, open });
      if (node.kind === 'folder' && open) walk(node.children, level + 1);
    });
  };
  walk(nodes, 1);
  return rows;
}

export const foldersOf = (nodes: readonly TreeNode[]): Folder[] =>
  nodes.flatMap((node) => (node.kind === 'folder' ? [node, ...foldersOf(node.children)] : []));

export const tensorsOf = (nodes: readonly TreeNode[]): TensorEntry[] =>
  nodes.flatMap((node) => (node.kind === 'tensor' ? [node.entry] : tensorsOf(node.children)));

/** Rows that a first look takes in without scrolling. */
const FIRST_LOOK = 40;

/** Folders to open at first: level by level as long as the rows are few; always the first level of the weights. */
export function initiallyOpen(nodes: readonly TreeNode[]): string[] {
  const open: string[] = [];
  let rows = nodes.length;
  let level = nodes.filter((node) => node.kind === 'folder');
  while (level.length > 0) {
    const added = level.reduce((sum, { children }) => sum + children.length, 0);
    if (rows + added > FIRST_LOOK && open.length > 0) break;
    // A level too large as a whole: its first folder shows what the others are like.
    const opened = rows + added > FIRST_LOOK ? level.slice(0, 1) : level;
    open.push(...opened.map(({ id }) => id));
    if (opened.length < level.length) break;
    rows += added;
    level = opened.flatMap(({ children }) => children.filter((child) => child.kind === 'folder'));
  }
  return open;
}
