/** The analysis panel: receives results, shows them in tabs, sends back what the user wants. */
import type {
  AnalysisPanelState,
  AnalysisTab,
  FromAnalysisPanel,
  ToAnalysisPanel,
} from '../../../server/src/protocol/panels';
import { element } from '../shared/element';
import { connectHost } from '../shared/host';
import { button, tabs } from '../shared/toolkit';
import { bannersFor } from './banners';
import { createComparisonView } from './comparisonView';
import { createLayersView } from './layersView';
import { createNoiseView } from './noiseView';
import { subtitle, tiles } from './overview';
import { initialState, receive, shownResult, withTab } from './panelState';
import type { PanelState } from './panelState';
import { createQuantitiesView } from './quantitiesView';
import { createSpectrumView } from './spectrumView';
import { createStabilityView } from './stabilityView';
import { createStudiesView } from './studiesView';
import type { PanelActions, View } from './view';
import { ASTERISK } from './wording';
import './panel.css';

/** What outlives a reload: which result in which tab, and settings of the views. */
type Kept = AnalysisPanelState & { readonly views: Readonly<Record<string, unknown>> };

const titles: Readonly<Record<AnalysisTab, string>> = {
  spectrum: 'Spectrum',
  layers: 'Layers',
  stability: 'Stability',
  noise: 'Gradient noise',
  studies: 'Studies',
  comparison: 'Comparison',
  quantities: 'Quantities',
};
const order = Object.keys(titles) as AnalysisTab[];

const host = connectHost<ToAnalysisPanel, FromAnalysisPanel, Kept>();
const kept = host.recall();
let views: Readonly<Record<string, unknown>> = kept?.views ?? {};
let state: PanelState = initialState;

const actions: PanelActions = {
  post: (message) => {
    host.post(message);
  },
  select: (tab) => {
    pages.select(tab);
  },
  recall: (name, otherwise) => (views[name] as typeof otherwise | undefined) ?? otherwise,
  keep: (name, value) => {
    views = { ...views, [name]: value };
    remember();
  },
};

const studies = createStudiesView(actions);
const viewOf: Readonly<Record<AnalysisTab, View>> = {
  spectrum: createSpectrumView(actions),
  layers: createLayersView(actions),
  stability: createStabilityView(actions),
  noise: createNoiseView(actions),
  studies,
  comparison: createComparisonView(actions),
  quantities: createQuantitiesView(actions),
};

const title = element('h1', {}, 'Hessian Lens');
const about = element('p', { class: 'quiet subtitle' });
const analyze = button('Analyze again', () => {
  host.post({ kind: 'analyze' });
});
const banners = element('div', { class: 'banners' });
const strip = element('div', { class: 'tiles', role: 'group', 'aria-label': 'Overview' });
const pages = tabs(
  order.map((id) => ({ id, label: titles[id], content: viewOf[id].element })),
  (id) => {
    const tab = order.find((each) => each === id);
    if (tab === undefined || tab === state.identity?.tab) return;
    state = withTab(state, tab);
    remember();
    showTab();
  },
);
const empty = element('div', { class: 'empty' });
const footnote = element('p', { class: 'quiet footnote' }, ASTERISK);

document.body.append(
  element(
    'main',
    {},
    element('header', { class: 'head' }, element('div', {}, title, about), analyze),
    banners,
    empty,
    strip,
    pages.element,
    footnote,
  ),
);

/** Told to VS Code for a reload, and to the client, which then sends the same again. */
function remember(): void {
  const { identity } = state;
  if (identity === null) return;
  host.keep({ ...identity, views });
  host.post({ kind: 'state', state: identity });
}

/** Only the tab that is seen is drawn; others are when they come up. */
function showTab(): void {
  const stored = shownResult(state);
  if (stored === null || state.identity === null) return;
  viewOf[state.identity.tab].update({
    stored,
    compared: state.compared,
    available: state.available,
    layers: new Map(state.layers.map((layer) => [layer.name, layer])),
    running: state.run !== null,
  });
}

function show(): void {
  const { identity, run } = state;
  const stored = shownResult(state);
  title.textContent = identity?.model ?? 'Hessian Lens';
  about.textContent = stored === null ? '' : subtitle(stored);
  analyze.hidden = stored === null || run !== null || state.failure !== null || stored.stale.length > 0;
  const focused = banners.contains(document.activeElement);
  banners.replaceChildren(...bannersFor(state, actions));
  // Progress redraws the banner: the button that had the focus keeps it.
  if (focused) banners.querySelector<HTMLElement>('vscode-button')?.focus();
  const hasResult = stored !== null;
  empty.hidden = hasResult || identity === null || run !== null || state.failure !== null;
  if (!empty.hidden && empty.childElementCount === 0) empty.append(...emptyState());
  strip.hidden = pages.element.hidden = footnote.hidden = !hasResult;
  if (stored === null || identity === null) return;
  strip.replaceChildren(...tiles(stored.result, actions));
  strip.classList.toggle('outdated', stored.stale.length > 0);
  pages.select(identity.tab);
  showTab();
}

function emptyState(): HTMLElement[] {
  return [
    element('h2', {}, 'Not analysed yet'),
    element(
      'p',
      {},
      'An analysis computes the Hessian’s spectrum, the curvature of every layer, the stability of the training code’s optimizer and the noise of its gradients. It reads the code and the checkpoint without running Python.',
    ),
    button(
      'Analyze Hessian',
      () => {
        host.post({ kind: 'analyze' });
      },
      { appearance: 'primary' },
    ),
  ];
}

/** Progress comes often and changes the banner alone. */
function receiveMessage(message: ToAnalysisPanel): void {
  const before = state;
  if (message.kind === 'study') studies.choose(message.group);
  state = receive(state, message);
  const onlyProgress = message.kind === 'running' && before.run !== null && shownResult(before) === shownResult(state);
  if (onlyProgress) updateProgress();
  // The list of results is seen in one tab only.
  else if (message.kind === 'available' && state.identity?.tab !== 'comparison') return;
  else show();
  if (message.kind === 'show' || message.kind === 'result' || message.kind === 'compare') remember();
}

function updateProgress(): void {
  const focused = banners.contains(document.activeElement);
  banners.replaceChildren(...bannersFor(state, actions));
  if (focused) banners.querySelector<HTMLElement>('vscode-button')?.focus();
}

host.listen(receiveMessage);
host.post({ kind: 'ready', state: kept === null ? null : withoutViews(kept) });
show();

function withoutViews({ uri, model, resultId, comparedId, tab }: Kept): AnalysisPanelState {
  return { uri, model, resultId, comparedId, tab };
}
