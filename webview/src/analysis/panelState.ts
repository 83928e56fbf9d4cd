/** What the panel knows, and how messages change it. */
import type { ResultSummary, StoredResult } from '../../../server/src/protocol/editor';
import type { AnalysisPanelState, AnalysisTab, ToAnalysisPanel } from '../../../server/src/protocol/panels';
import type { LayerReading } from '../../../server/src/protocol/reading';
import type { Failure, Prediction, Progress } from '../../../server/src/protocol/worker';

export interface Run {
  readonly progress: Progress | null;
  readonly prediction: Prediction | null;
}

export interface PanelState {
  /** Null until the editor said which model the panel is for. */
  readonly identity: AnalysisPanelState | null;
  /** The last complete result. */
  readonly kept: StoredResult | null;
  /** What a running analysis has so far. */
  readonly partial: StoredResult | null;
  readonly run: Run | null;
  readonly failure: Failure | null;
  readonly compared: StoredResult | null;
  readonly available: readonly ResultSummary[];
  readonly layers: readonly LayerReading[];
}

export const initialState: PanelState = {
  identity: null,
  kept: null,
  partial: null,
  run: null,
  failure: null,
  compared: null,
  available: [],
  layers: [],
};

/** The result to show: what a running analysis has, once it has something. */
export const shownResult = ({ partial, kept }: PanelState): StoredResult | null => partial ?? kept;

export function receive(state: PanelState, message: ToAnalysisPanel): PanelState {
  switch (message.kind) {
    case 'show':
      return { ...state, identity: message.state, kept: message.stored, partial: null, run: null, failure: null };
    case 'running':
      return {
        ...state,
        run: { progress: message.progress, prediction: message.prediction },
        failure: null,
        // A new analysis begins without the parts of an earlier one.
        partial: state.run === null ? null : state.partial,
      };
    case 'result':
      return message.stored.result.complete
        ? withComplete(state, message.stored)
        : { ...state, partial: message.stored };
    case 'failed':
      // Parts of an analysis that did not end are not a result; the last complete one is shown again.
      return {
        ...state,
        run: null,
        partial: null,
        failure: message.failure,
      };
    case 'compare':
      return withTab(
        {
          ...state,
          compared: message.stored,
          identity: state.identity && { ...state.identity, comparedId: message.stored.id },
        },
        state.identity?.tab ?? 'comparison',
      );
    case 'study':
      return withTab(state, 'studies');
    case 'available':
      return { ...state, available: message.results };
    case 'places':
      return { ...state, layers: message.layers };
    case 'staleness':
      return {
        ...state,
        kept: restaled(state.kept, message),
        compared: restaled(state.compared, message),
      };
  }
}

function withComplete(state: PanelState, stored: StoredResult): PanelState {
  return {
    ...state,
    kept: stored,
    partial: null,
    run: null,
    failure: null,
    identity: state.identity && { ...state.identity, resultId: stored.id },
  };
}

export const withTab = (state: PanelState, tab: AnalysisTab): PanelState => ({
  ...state,
  identity: state.identity && { ...state.identity, tab },
});

const restaled = (
  stored: StoredResult | null,
  { id, stale }: Pick<StoredResult, 'id' | 'stale'>,
): StoredResult | null => (stored?.id === id ? { ...stored, stale } : stored);
