/** Messages between the VS Code client and its webviews. Every message is plain data. */
import type { CheckpointListing, ResultSummary, Staleness, StoredResult, TensorParams, TensorReport } from './editor';
import type { StudyGroup } from '../curvature/studies/groups';
import type { LayerReading } from './reading';
import type { Failure, Prediction, Progress } from './worker';

export type AnalysisTab = 'spectrum' | 'layers' | 'stability' | 'noise' | 'studies' | 'comparison' | 'quantities';

/** What the webview keeps across reloads (`setState`), enough for the client to show the same again. */
export interface AnalysisPanelState {
  readonly uri: string;
  readonly model: string;
  readonly resultId: string | null;
  readonly comparedId: string | null;
  readonly tab: AnalysisTab;
}

export type ToAnalysisPanel =
  | { readonly kind: 'show'; readonly state: AnalysisPanelState; readonly stored: StoredResult | null }
  | { readonly kind: 'running'; readonly progress: Progress | null; readonly prediction: Prediction | null }
  /** Partial and final results of the panel's model. */
  | { readonly kind: 'result'; readonly stored: StoredResult }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'compare'; readonly stored: StoredResult }
  /** Brings a group of studies up. */
  | { readonly kind: 'study'; readonly group: StudyGroup }
  | { readonly kind: 'available'; readonly results: readonly ResultSummary[] }
  /** Where the layers of the model stand in the source as it is now. */
  | { readonly kind: 'places'; readonly layers: readonly LayerReading[] }
  /** A stored result became stale or fresh again. */
  | { readonly kind: 'staleness'; readonly id: string; readonly stale: readonly Staleness[] };

export type FromAnalysisPanel =
  | { readonly kind: 'ready'; readonly state: AnalysisPanelState | null }
  | { readonly kind: 'state'; readonly state: AnalysisPanelState }
  /** `line` from 1. */
  | { readonly kind: 'reveal'; readonly file: string; readonly line: number }
  | { readonly kind: 'analyze' }
  | { readonly kind: 'study'; readonly group: StudyGroup }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'compareWith'; readonly id: string }
  | {
      readonly kind: 'save';
      /** Proposed file name with its ending. */
      readonly name: string;
      readonly content: string;
      readonly encoding: 'utf8' | 'base64';
    }
  | { readonly kind: 'openDocumentation'; readonly code: string };

export type ToCheckpointPanel =
  | { readonly kind: 'listing'; readonly listing: CheckpointListing }
  | {
      readonly kind: 'tensor';
      readonly name: string;
      readonly want: TensorParams['want'];
      readonly report: TensorReport;
    }
  /** Share of a computation that is done. */
  | {
      readonly kind: 'progress';
      readonly name: string;
      readonly want: TensorParams['want'];
      readonly fraction: number;
    }
  /** The file changed on disk, or is gone. */
  | { readonly kind: 'changed'; readonly exists: boolean };

export type FromCheckpointPanel =
  | { readonly kind: 'ready' }
  | { readonly kind: 'reload' }
  | { readonly kind: 'inspect'; readonly name: string; readonly want: TensorParams['want'] }
  | { readonly kind: 'abandon'; readonly name: string; readonly want: TensorParams['want'] }
  /** Of the model that the file is. */
  | { readonly kind: 'analyze'; readonly model: string }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'save'; readonly name: string; readonly content: string; readonly encoding: 'utf8' | 'base64' };
