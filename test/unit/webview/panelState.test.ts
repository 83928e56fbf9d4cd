import { describe, expect, test } from 'vitest';
import type { StoredResult } from '../../../server/src/protocol/editor';
import type { AnalysisPanelState, ToAnalysisPanel } from '../../../server/src/protocol/panels';
import { initialState, receive, shownResult } from '../../../webview/src/analysis/panelState';
import type { PanelState } from '../../../webview/src/analysis/panelState';

const stored = (id: string, complete = true): StoredResult =>
  ({ id, uri: 'file:///m.py', model: 'Net', createdAt: 0, stale: [], result: { complete } }) as unknown as StoredResult;

const identity: AnalysisPanelState = {
  uri: 'file:///m.py',
  model: 'Net',
  resultId: null,
  comparedId: null,
  tab: 'layers',
};

const after = (...messages: readonly ToAnalysisPanel[]): PanelState => messages.reduce(receive, initialState);
const show: ToAnalysisPanel = { kind: 'show', state: identity, stored: stored('old') };
const running: ToAnalysisPanel = { kind: 'running', progress: null, prediction: null };
const partial: ToAnalysisPanel = { kind: 'result', stored: stored('part', false) };
const failed = (category: 'input' | 'cancelled'): ToAnalysisPanel => ({
  kind: 'failed',
  failure: { category, message: 'the checkpoint is gone' },
});

describe('state of the panel', () => {
  test('the earlier result stays until the first new numbers, which then are shown', () => {
    expect(shownResult(after(show, running))?.id).toBe('old');
    expect(shownResult(after(show, running, partial))?.id).toBe('part');
  });

  test('parts of an analysis that failed or was cancelled are not kept as a result', () => {
    for (const category of ['input', 'cancelled'] as const) {
      const state = after(show, running, partial, failed(category));
      expect(shownResult(state)?.id).toBe('old');
      expect(state.run).toBeNull();
      expect(state.failure?.category).toBe(category);
    }
  });

  test('a complete result ends the run, clears the failure and is what a reload asks for', () => {
    const state = after(show, running, partial, { kind: 'result', stored: stored('new') });
    expect(state).toMatchObject({ run: null, partial: null, failure: null });
    expect(shownResult(state)?.id).toBe('new');
    expect(state.identity?.resultId).toBe('new');
    expect(state.identity?.tab).toBe('layers');
  });

  test('a new run does not show the parts of the one before', () => {
    const state = after(show, running, partial, failed('cancelled'), running);
    expect(shownResult(state)?.id).toBe('old');
    expect(state.failure).toBeNull();
  });

  test('progress keeps the parts that have come', () => {
    const state = after(show, running, partial, running);
    expect(shownResult(state)?.id).toBe('part');
  });

  test('staleness reaches the result with that id, shown or compared, and no other', () => {
    const compare: ToAnalysisPanel = { kind: 'compare', stored: stored('other') };
    const state = after(show, compare, { kind: 'staleness', id: 'other', stale: ['checkpoint changed'] });
    expect(state.kept?.stale).toEqual([]);
    expect(state.compared?.stale).toEqual(['checkpoint changed']);
    expect(receive(state, { kind: 'staleness', id: 'old', stale: ['source changed'] }).kept?.stale).toEqual([
      'source changed',
    ]);
  });
});
