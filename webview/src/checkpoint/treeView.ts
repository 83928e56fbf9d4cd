/**
 * The tree as a tree grid of which only the rows in sight exist, so that a hundred thousand tensors scroll smoothly. One tab stop; the active row is named by
 * `aria-activedescendant`, because rows come and go. Keys after the tree grid pattern of the ARIA Authoring Practices.
 */
import { element } from '../shared/element';
import type { HealthBadge } from './health';
import type { TreeNode, TreeOrder, TreeRow } from './tensorTree';
import { shownBytes } from './tensorTree';
import { bytes, plural, shape } from './wording';

const ROW_HEIGHT = 24;
/** Rows drawn beyond the edges. */
const MARGIN = 12;
/** Milliseconds in which typed letters belong together. */
const TYPING = 800;

export interface TreeActions {
  readonly activate: (node: TreeNode) => void;
  readonly toggle: (folder: TreeNode & { kind: 'folder' }, open: boolean) => void;
  /** `*`: opens all folders beside this one. */
  readonly openSiblings: (row: TreeRow) => void;
  readonly copy: (node: TreeNode) => void;
  readonly order: (order: TreeOrder) => void;
  /** Comes with every step of a scroll. */
  readonly scrolled: () => void;
}

const columns: readonly { readonly by: TreeOrder['by'] | null; readonly title: string; readonly class: string }[] = [
  { by: 'name', title: 'Name', class: 'name' },
  { by: null, title: 'Shape', class: 'shape' },
  { by: null, title: 'Type', class: 'type' },
  { by: 'size', title: 'Size', class: 'size' },
];

export class TreeView {
  readonly element: HTMLElement;
  private readonly head = element('div', { class: 'tree-head', role: 'presentation' });
  private readonly body: HTMLElement;
  private readonly canvas = element('div', { class: 'tree-canvas', role: 'presentation' });
  private rows: readonly TreeRow[] = [];
  /** Rows as they stand in the document: one that did not change stays the same element, also between the two halves of a click. */
  private readonly drawn = new Map<number, { readonly key: string; readonly element: HTMLElement }>();
  private active = 0;
  private typed = '';
  private typedAt = 0;
  private order: TreeOrder = { by: 'file', descending: false };

  constructor(
    private readonly actions: TreeActions,
    private readonly badgesOf: (node: TreeNode) => readonly HealthBadge[],
  ) {
    this.body = element(
      'div',
      { class: 'tree-body', role: 'treegrid', 'aria-label': 'Tensors', 'aria-colcount': columns.length, tabindex: 0 },
      this.canvas,
    );
    this.element = element('div', { class: 'tree' }, this.head, this.body);
    this.body.addEventListener('scroll', () => {
      this.draw();
      this.actions.scrolled();
    });
    this.body.addEventListener('keydown', (event) => this.keyPressed(event));
    this.canvas.addEventListener('click', (event) => this.clicked(event));
    new ResizeObserver(() => this.draw()).observe(this.body);
    this.drawHead();
  }

  get activeNode(): TreeNode | undefined {
    return this.rows[this.active]?.node;
  }

  get scrollTop(): number {
    return this.body.scrollTop;
  }

  /** Shows other rows; the active one stays the same node where it is still there. */
  update(rows: readonly TreeRow[], order: TreeOrder, activeId = this.activeNode?.id): void {
    this.rows = rows;
    this.order = order;
    const found = rows.findIndex(({ node }) => node.id === activeId);
    this.active = found >= 0 ? found : Math.max(0, Math.min(this.active, rows.length - 1));
    this.canvas.style.height = `${rows.length * ROW_HEIGHT}px`;
    this.body.setAttribute('aria-rowcount', String(rows.length));
    this.drawHead();
    this.draw();
  }

  scrollTo(top: number): void {
    this.body.scrollTop = top;
    this.draw();
  }

  /** Scrolls to the active row and says which it is, as if it had been moved to. */
  showActive(): void {
    this.moveTo(this.active);
  }

  focus(): void {
    this.body.focus();
  }

  /** Draws the rows in sight again, for instance with new badges. */
  draw(): void {
    const first = Math.max(0, Math.floor(this.body.scrollTop / ROW_HEIGHT) - MARGIN);
    const visible = Math.ceil(this.body.clientHeight / ROW_HEIGHT) + 2 * MARGIN;
    const indices = Array.from(
      { length: Math.max(0, Math.min(visible, this.rows.length - first)) },
      (_, i) => first + i,
    );
    // What is named as active must exist, also out of sight.
    if (this.rows.length > 0 && !indices.includes(this.active)) indices.push(this.active);
    const wanted = new Set(indices);
    for (const [index, { element: gone }] of this.drawn)
      if (!wanted.has(index)) {
        gone.remove();
        this.drawn.delete(index);
      }
    for (const index of indices) this.drawRow(index);
    if (this.rows.length > 0) this.body.setAttribute('aria-activedescendant', `row-${this.active}`);
    else this.body.removeAttribute('aria-activedescendant');
  }

  private drawRow(index: number): void {
    const row = this.rows[index];
    if (row === undefined) return;
    const { node, level, position, siblings, open } = row;
    const badges = this.badgesOf(node);
    const kind = `${node.id} ${node.label} ${shownBytes(node)} ${level} ${position} ${siblings}`;
    const key = `${kind} ${open} ${index === this.active} ${badges.map(({ label }) => label).join()}`;
    const before = this.drawn.get(index);
    if (before?.key === key) return;
    const made = this.row(row, index, badges);
    this.drawn.set(index, { key, element: made });
    if (before === undefined) this.canvas.append(made);
    else before.element.replaceWith(made);
  }

  private row(
    { node, level, position, siblings, open }: TreeRow,
    index: number,
    badges: readonly HealthBadge[],
  ): HTMLElement {
    const isFolder = node.kind === 'folder';
    const made = element(
      'div',
      {
        id: `row-${index}`,
        class: `tree-row ${node.kind}${index === this.active ? ' active' : ''}`,
        role: 'row',
        'data-index': index,
        'aria-level': level,
        'aria-posinset': position,
        'aria-setsize': siblings,
        'aria-rowindex': index + 1,
        'aria-selected': index === this.active ? 'true' : 'false',
        'aria-expanded': isFolder ? String(open) : null,
      },
      element(
        'span',
        { class: 'cell name', role: 'gridcell', title: isFolder ? node.label : node.entry.name },
        ...indents(level),
        element('span', { class: `twistie${isFolder ? (open ? ' open' : ' closed') : ''}`, 'aria-hidden': true }),
        element('span', { class: 'label' }, node.label),
        ...badges.map(({ severity, label, explanation }) =>
          element('span', { class: `health ${severity}`, title: explanation }, label),
        ),
      ),
      element(
        'span',
        { class: 'cell shape', role: 'gridcell' },
        isFolder ? plural(node.tensors, 'tensor', 'tensors') : shape(node.entry.shape),
      ),
      element('span', { class: 'cell type', role: 'gridcell' }, isFolder ? '' : node.entry.dtype),
      element('span', { class: 'cell size', role: 'gridcell' }, bytes(shownBytes(node))),
    );
    made.style.top = `${index * ROW_HEIGHT}px`;
    return made;
  }

  private drawHead(): void {
    this.head.replaceChildren(
      ...columns.map(({ by, title, class: kind }) => {
        const sorts = by !== null && this.order.by === by;
        if (by === null) return element('span', { class: `cell ${kind}` }, title);
        const mark = sorts ? (this.order.descending ? ' ▾' : ' ▴') : '';
        const made = element(
          'button',
          {
            type: 'button',
            class: `cell ${kind}`,
            'aria-label': `Sort by ${title.toLowerCase()}${sorts ? `, now ${this.order.descending ? 'descending' : 'ascending'}` : ''}`,
          },
          `${title}${mark}`,
        );
        made.addEventListener('click', () => {
          this.actions.order(nextOrder(this.order, by));
          this.head.querySelector<HTMLElement>(`.${kind}`)?.focus();
        });
        return made;
      }),
    );
  }

  private clicked(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target.closest<HTMLElement>('.tree-row') : null;
    const index = Number(target?.dataset['index'] ?? NaN);
    const row = this.rows[index];
    if (row === undefined) return;
    this.moveTo(index);
    if (row.node.kind === 'folder') this.actions.toggle(row.node, !row.open);
  }

  private moveTo(index: number): void {
    const bounded = Math.max(0, Math.min(this.rows.length - 1, index));
    const row = this.rows[bounded];
    if (row === undefined) return;
    this.active = bounded;
    const top = bounded * ROW_HEIGHT;
    const { scrollTop, clientHeight } = this.body;
    if (top < scrollTop) this.body.scrollTop = top;
    else if (top + ROW_HEIGHT > scrollTop + clientHeight) this.body.scrollTop = top + ROW_HEIGHT - clientHeight;
    this.draw();
    this.actions.activate(row.node);
  }

  private keyPressed(event: KeyboardEvent): void {
    const row = this.rows[this.active];
    if (row === undefined || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key.toLowerCase() === 'c' && (getSelection()?.isCollapsed ?? true)) this.actions.copy(row.node);
      return;
    }
    const page = Math.max(1, Math.floor(this.body.clientHeight / ROW_HEIGHT) - 1);
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.moveTo(this.active + 1),
      ArrowUp: () => this.moveTo(this.active - 1),
      PageDown: () => this.moveTo(this.active + page),
      PageUp: () => this.moveTo(this.active - page),
      Home: () => this.moveTo(0),
      End: () => this.moveTo(this.rows.length - 1),
      ArrowRight: () => this.openOrEnter(row),
      ArrowLeft: () => this.closeOrLeave(row),
      Enter: () => this.act(row),
      ' ': () => this.act(row),
      '*': () => this.actions.openSiblings(row),
    };
    const move = moves[event.key];
    if (move === undefined && event.key.length !== 1) return;
    event.preventDefault();
    if (move === undefined) this.type(event);
    else move();
  }

  private act({ node, open }: TreeRow): void {
    if (node.kind === 'folder') this.actions.toggle(node, !open);
    else this.actions.activate(node);
  }

  private openOrEnter({ node, open }: TreeRow): void {
    if (node.kind !== 'folder') return;
    if (open) this.moveTo(this.active + 1);
    else this.actions.toggle(node, true);
  }

  private closeOrLeave({ node, open, level }: TreeRow): void {
    if (node.kind === 'folder' && open) {
      this.actions.toggle(node, false);
      return;
    }
    const parent = this.rows.slice(0, this.active).findLastIndex((row) => row.level < level);
    if (parent >= 0) this.moveTo(parent);
  }

  /** To the next row that begins with what was typed. */
  private type({ key, timeStamp }: KeyboardEvent): void {
    this.typed = timeStamp - this.typedAt > TYPING ? key : this.typed + key;
    this.typedAt = timeStamp;
    const begin = this.typed.toLowerCase();
    const start = this.typed.length > 1 ? this.active : this.active + 1;
    for (let step = 0; step < this.rows.length; step++) {
      const index = (start + step) % this.rows.length;
      if (this.rows[index]?.node.label.toLowerCase().startsWith(begin) === true) {
        this.moveTo(index);
        return;
      }
    }
  }
}

const indents = (level: number): HTMLElement[] =>
  Array.from({ length: level - 1 }, () => element('span', { class: 'indent', 'aria-hidden': true }));

/** One click sorts, the next turns it around, the third goes back to the order of the file. Sizes begin with the largest. */
function nextOrder(order: TreeOrder, by: TreeOrder['by']): TreeOrder {
  const first = by === 'size';
  if (order.by !== by) return { by, descending: first };
  return order.descending === first ? { by, descending: !first } : { by: 'file', descending: false };
}
