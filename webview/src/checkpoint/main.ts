/** The checkpoint editor's page: the tree on one side, what is active in it on the other. */
import type { CheckpointListing, TensorEntry } from '../../../server/src/protocol/editor';
import type { FromCheckpointPanel, ToCheckpointPanel } from '../../../server/src/protocol/panels';
import type { Failure } from '../../../server/src/protocol/worker';
import { element } from '../shared/element';
import { connectHost } from '../shared/host';
import { button, searchField } from '../shared/toolkit';
import { DetailView, READ_AT_ONCE, fillProgress, progress } from './details';
import { healthOf, type HealthBadge } from './health';
import { Inspections } from './inspections';
import { listingCsv, listingJson } from './listingExport';
import { chipsOf, metadataOf, warningsOf } from './overview';
import {
  compacted,
  filtered,
  foldersOf,
  initiallyOpen,
  rowsOf,
  sorted,
  tensorsOf,
  treeOf,
  type Folder,
  type TreeNode,
  type TreeOrder,
  type TreeRow,
} from './tensorTree';
import { TreeView } from './treeView';
import { bytes, count, fileName, plural } from './wording';
import './checkpoint.css';

type Listing = CheckpointListing & { ok: true };

/** What outlives a reload of the page. */
interface Kept {
  /** Folders that are open; null: as at first. */
  readonly open: readonly string[] | null;
  readonly filter: string;
  readonly order: TreeOrder;
  readonly active: string | null;
  readonly scroll: number;
  readonly logCounts: boolean;
  readonly logIndex: boolean;
}

/** Milliseconds of rest after which an active tensor is read, and the scroll position is kept. */
const REST = 250;
/** Open folders that are remembered. */
const MOST_OPEN = 5000;

const host = connectHost<ToCheckpointPanel, FromCheckpointPanel, Kept>();
const post = (message: FromCheckpointPanel): void => host.post(message);
let kept: Kept = {
  open: null,
  filter: '',
  order: { by: 'file', descending: false },
  active: null,
  scroll: 0,
  logCounts: false,
  logIndex: false,
  ...host.recall(),
};
let listing: Listing | undefined;
let tree: readonly TreeNode[] = [];
let open = new Set<string>(kept.open ?? []);
let resting: ReturnType<typeof setTimeout> | undefined;
let scrolling: ReturnType<typeof setTimeout> | undefined;

const inspections = new Inspections(post, () => inspected());
const details = new DetailView({
  copy: (text) => post({ kind: 'copy', text }),
  save,
  inspections,
  reveal: (entry) => reveal(entry),
  recall: (name) => kept[name],
  keep: (name, value) => keep({ [name]: value }),
});
const view = new TreeView(
  {
    activate: (node) => activated(node),
    toggle: (folder, isOpen) => toggle([folder], isOpen),
    openSiblings: (row) => openSiblings(row),
    copy: (node) => post({ kind: 'copy', text: node.kind === 'tensor' ? node.entry.name : node.path }),
    order: (order) => {
      keep({ order });
      showTree();
    },
    scrolled: () => {
      clearTimeout(scrolling);
      scrolling = setTimeout(() => keep({ scroll: view.scrollTop }), REST);
    },
  },
  (node) => badgesOf(node),
);

const title = element('h1', {});
const chips = element('ul', { class: 'chips', 'aria-label': 'Overview' });
const changes = element('div', { role: 'status' });
const warnings = element('div', {});
const metadata = element('div', {});
const filter = searchField('Filter by name, type or shape', (text) => {
  keep({ filter: text });
  showTree();
});
const found = element('span', { class: 'quiet', role: 'status' });
const checking = element('div', { class: 'sweep' });
const analysing = element('span', {});
const toolbar = element(
  'div',
  { class: 'toolbar', role: 'toolbar', 'aria-label': 'Tensors' },
  filter,
  found,
  analysing,
  button('Expand all', () => toggle(foldersOf(tree), true)),
  button('Collapse all', () => toggle(foldersOf(tree), false)),
  button('Export CSV', () => exportListing('csv'), { description: 'Export the list of tensors as CSV' }),
  button('Export JSON', () => exportListing('json'), { description: 'Export the list of tensors as JSON' }),
  checking,
);
const content = element('div', { class: 'split' }, view.element, details.element);
const page = element('main', {}, element('header', {}, title, chips), changes, warnings, metadata, toolbar, content);
const loading = element('div', { class: 'empty' }, element('p', { role: 'status' }, 'Reading the index of the file…'));
const problem = element('div', { class: 'empty', role: 'alert' });
document.body.append(loading, problem, page);
document.body.classList.add('checkpoint');
page.hidden = problem.hidden = true;

function keep(change: Partial<Kept>): void {
  kept = { ...kept, ...change };
  host.keep(kept);
}

function save(name: string, text: string, encoding: 'utf8' | 'base64' = 'utf8'): void {
  post({ kind: 'save', name, content: text, encoding });
}

function exportListing(format: 'csv' | 'json'): void {
  if (listing === undefined) return;
  const statistics = (name: string) => inspections.statistics(name);
  const text = format === 'csv' ? listingCsv(listing.tensors, statistics) : listingJson(listing, statistics);
  save(`${fileName(listing.file)}.tensors.${format}`, text);
}

// ── the tree

const isFiltering = (): boolean => kept.filter.trim() !== '';

/** While a filter is set, everything it leaves is shown. */
function showTree(): void {
  const nodes = sorted(compacted(filtered(tree, kept.filter)), kept.order);
  const rows = rowsOf(nodes, (folder) => isFiltering() || open.has(folder.id));
  view.update(rows, kept.order, kept.active ?? undefined);
  const left = isFiltering() ? tensorsOf(nodes).length : 0;
  found.textContent = !isFiltering() ? '' : left === 0 ? 'No tensor matches.' : plural(left, 'match', 'matches');
  details.update(view.activeNode);
}

function toggle(folders: readonly Folder[], isOpen: boolean): void {
  for (const { id } of folders)
    if (isOpen) open.add(id);
    else open.delete(id);
  keep({ open: [...open].slice(0, MOST_OPEN) });
  showTree();
}

/** Opens the folders above a tensor and goes there; a filter that hides it is taken away. */
function reveal({ name }: TensorEntry): void {
  filter.value = '';
  for (const id of foldersAbove.get(name) ?? []) open.add(id);
  keep({ filter: '', active: `=${name}`, open: [...open].slice(0, MOST_OPEN) });
  showTree();
  view.showActive();
  view.focus();
}

function openSiblings({ level, position, node }: TreeRow): void {
  const parentOf = (nodes: readonly TreeNode[]): readonly TreeNode[] | undefined =>
    nodes.some(({ id }) => id === node.id)
      ? nodes
      : nodes
          .map((each) => (each.kind === 'folder' ? parentOf(each.children) : undefined))
          .find((each) => each !== undefined);
  if (level < 1 || position < 1) return;
  toggle(
    (parentOf(tree) ?? []).filter((each) => each.kind === 'folder'),
    true,
  );
}

function badgesOf(node: TreeNode): HealthBadge[] {
  if (node.kind === 'tensor') {
    const statistics = inspections.statistics(node.entry.name);
    return statistics === undefined
      ? []
      : healthOf(node.entry, statistics).filter(({ severity }) => severity !== 'fine');
  }
  // Only few tensors are unhealthy: their folders are looked up, not searched.
  const inside = unhealthyBelow.get(node.id) ?? 0;
  if (inside === 0) return [];
  return [
    {
      severity: 'warning',
      label: count(inside),
      explanation: `${plural(inside, 'tensor', 'tensors')} inside with anomalies`,
    },
  ];
}

/** Number of tensors with anomalies by the folders that hold them. */
const unhealthyBelow = new Map<string, number>();
const countedUnhealthy = new Set<string>();
/** Ids of the folders above a tensor. */
const foldersAbove = new Map<string, readonly string[]>();

function rememberFolders(nodes: readonly TreeNode[], above: readonly string[]): void {
  for (const node of nodes)
    if (node.kind === 'tensor') foldersAbove.set(node.entry.name, above);
    else rememberFolders(node.children, [...above, node.id]);
}

function countUnhealthy(entry: TensorEntry): void {
  const statistics = inspections.statistics(entry.name);
  if (statistics === undefined || countedUnhealthy.has(entry.name)) return;
  if (healthOf(entry, statistics).every(({ severity }) => severity === 'fine')) return;
  countedUnhealthy.add(entry.name);
  for (const id of foldersAbove.get(entry.name) ?? []) unhealthyBelow.set(id, (unhealthyBelow.get(id) ?? 0) + 1);
}

// ── what is active

function activated(node: TreeNode): void {
  const before = kept.active;
  keep({ active: node.id });
  details.update(node);
  if (before !== node.id && before?.startsWith('=') === true) leave(before.slice(1));
  clearTimeout(resting);
  resting = setTimeout(() => readActive(), REST);
}

/** What runs for a tensor that nobody looks at any more ends, unless it is part of a check of many. */
function leave(name: string): void {
  inspections.abandon(name, 'singularValues');
  if (inspections.sweep === undefined) inspections.abandon(name, 'statistics');
}

function readActive(): void {
  const node = view.activeNode;
  if (node?.kind === 'tensor' && node.entry.bytes > 0 && node.entry.bytes <= READ_AT_ONCE && canRead(node.entry))
    inspections.ask(node.entry.name, 'statistics');
}

/** What failed is tried again only when asked for. */
const canRead = ({ name }: TensorEntry): boolean => inspections.of(name, 'statistics').kind === 'none';

let isDrawing = false;

/** Many reports may come in one frame. */
function inspected(): void {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    view.draw();
    details.update(view.activeNode);
    showSweep();
  });
}

let sweepBar: HTMLElement | undefined;

function showSweep(): void {
  const { sweep } = inspections;
  const state = sweep === undefined ? 'idle' : 'running';
  if (checking.dataset['state'] !== state) {
    const hadFocus = checking.contains(document.activeElement);
    checking.dataset['state'] = state;
    sweepBar = sweep === undefined ? undefined : progress(0, 'Checking tensors');
    checking.replaceChildren(
      ...(sweepBar === undefined
        ? [
            button('Check all', () => inspections.startSweep(listing?.tensors ?? []), {
              description: 'Read every tensor and look for NaN, infinities and other anomalies',
            }),
          ]
        : [sweepBar, button('Stop', () => inspections.stopSweep())]),
    );
    if (hadFocus) checking.querySelector<HTMLElement>('vscode-button')?.focus();
  }
  if (sweep === undefined || sweepBar === undefined) return;
  sweepBar.dataset['label'] =
    `Checking ${count(sweep.done + 1)} of ${count(sweep.entries.length)} tensors, ${bytes(sweep.doneBytes)} of ${bytes(sweep.bytes)}`;
  fillProgress(sweepBar, sweep.bytes === 0 ? 1 : sweep.doneBytes / sweep.bytes);
}

// ── messages

function showListing(next: CheckpointListing): void {
  loading.hidden = true;
  changes.replaceChildren();
  page.hidden = !next.ok;
  problem.hidden = next.ok;
  if (!next.ok) {
    listing = undefined;
    problem.replaceChildren(...failureView(next.failure));
    return;
  }
  const isSame = next.fingerprint === listing?.fingerprint;
  listing = next;
  chips.replaceChildren(...chipsOf(next));
  // The same file, seen against other models.
  if (isSame) return;
  forget();
  tree = treeOf(next.tensors);
  rememberFolders(tree, []);
  if (kept.open === null) open = new Set(initiallyOpen(compacted(tree)));
  title.textContent = fileName(next.file);
  title.title = next.file;
  warnings.replaceChildren(...warningsOf(next));
  metadata.replaceChildren(metadataOf(next));
  filter.value = kept.filter;
  const isEmpty = next.tensors.length === 0;
  toolbar.hidden = isEmpty;
  content.hidden = isEmpty;
  if (isEmpty)
    metadata.append(element('p', { class: 'empty' }, `The file is a ${next.format} without a single tensor.`));
  const { model } = next;
  analysing.replaceChildren(
    ...(model === null
      ? []
      : [
          button('Analyze Hessian', () => post({ kind: 'analyze', model }), {
            description: 'Curvature of the loss of the model in this file',
          }),
        ]),
  );
  showTree();
  view.scrollTo(kept.scroll);
  showSweep();
  readActive();
}

/** Nothing known of an earlier file is shown for this one. */
function forget(): void {
  inspections.clear();
  unhealthyBelow.clear();
  countedUnhealthy.clear();
  foldersAbove.clear();
}

function failureView({ message, file, hint, category }: Failure): HTMLElement[] {
  return [
    element('h1', {}, category === 'cancelled' ? 'Reading was cancelled' : 'This checkpoint cannot be read'),
    element('p', { class: 'failure' }, `${message.charAt(0).toUpperCase()}${message.slice(1)}`),
    ...(hint === undefined ? [] : [element('p', {}, hint)]),
    ...(file === undefined ? [] : [element('p', { class: 'quiet' }, file)]),
    button('Reload', () => reload(), { appearance: 'primary' }),
  ];
}

function reload(): void {
  loading.hidden = false;
  problem.hidden = true;
  post({ kind: 'reload' });
}

function showChanged(exists: boolean): void {
  if (listing === undefined) {
    // A file that could not be read may be complete now.
    if (exists) reload();
    return;
  }
  inspections.stopSweep();
  changes.replaceChildren(
    element(
      'div',
      { class: 'banner stale' },
      element(
        'div',
        { class: 'banner-text' },
        exists
          ? 'The file changed on disk. What is shown describes it as it was before.'
          : 'The file was deleted. What is shown describes it as it was before.',
      ),
      exists ? button('Reload', () => reload(), { appearance: 'primary' }) : null,
    ),
  );
}

function receive(message: ToCheckpointPanel): void {
  switch (message.kind) {
    case 'listing':
      showListing(message.listing);
      return;
    case 'tensor': {
      inspections.receive(message.name, message.want, message.report);
      const entry = listing?.tensors.find(({ name }) => name === message.name);
      if (entry !== undefined) countUnhealthy(entry);
      return;
    }
    case 'progress':
      inspections.progress(message.name, message.want, message.fraction);
      return;
    case 'changed':
      showChanged(message.exists);
  }
}

host.listen(receive);
post({ kind: 'ready' });
