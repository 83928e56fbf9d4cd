/** What the tabs of the panel have in common. */
import type { ResultSummary, StoredResult } from '../../../server/src/protocol/editor';
import type { AnalysisTab, FromAnalysisPanel } from '../../../server/src/protocol/panels';
import type { LayerReading } from '../../../server/src/protocol/reading';

/** Everything a view may show. */
export interface Shown {
  readonly stored: StoredResult;
  readonly compared: StoredResult | null;
  readonly available: readonly ResultSummary[];
  /** By the layer's name. */
  readonly layers: ReadonlyMap<string, LayerReading>;
  /** An analysis is under way. */
  readonly running: boolean;
}

export interface View {
  readonly element: HTMLElement;
  update(shown: Shown): void;
}

/** What views ask of the panel. */
export interface PanelActions {
  post(message: FromAnalysisPanel): void;
  select(tab: AnalysisTab): void;
  /** Settings of a view, kept across reloads. */
  recall<T>(name: string, otherwise: T): T;
  keep(name: string, value: unknown): void;
}
