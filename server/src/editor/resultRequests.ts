/** The protocol's own requests about results and models. */
import { toCsv } from '../report/csv';
import { renderHtml } from '../report/html';
import { toContractJson } from '../report/json';
import { toSarif } from '../report/sarif';
import { plainStyle } from '../report/style';
import { renderText } from '../report/text';
import { version } from '../cli/version';
import {
  methods,
  type CancelParams,
  type ExportParams,
  type ModelsParams,
  type ResultParams,
  type StoredResult,
} from '../protocol/editor';
import { unitFor, wholeReading } from './analyzeRequests';
import type { ServerContext } from './context';

export function registerResultRequests(context: ServerContext): void {
  const { connection } = context;
  connection.onRequest(methods.result, (params: ResultParams) => resultFor(context, params) ?? null);
  connection.onRequest(methods.results, () => context.results.summaries());
  connection.onRequest(methods.cancel, ({ analysisId }: CancelParams) => context.analyses.cancel(analysisId));
  connection.onRequest(methods.models, async ({ uri }: ModelsParams) => {
    return (await wholeReading(context, uri))?.read.reading.models ?? [];
  });
  connection.onRequest(methods.export, (params: ExportParams) => exported(context, params.id, params.format));
  connection.onRequest(methods.clearCache, () => {
    const count = context.results.clear();
    context.refresh();
    return count;
  });
}

export function resultFor(context: ServerContext, params: ResultParams): StoredResult | undefined {
  if ('id' in params) return context.results.read(params.id);
  const unit = unitFor(context, params.uri);
  const kept = unit === undefined ? undefined : context.results.best(unit.path, params.model);
  return kept === undefined ? undefined : context.results.read(kept.id);
}

export function exported(context: ServerContext, id: string, format: ExportParams['format']): string {
  const stored = context.results.read(id);
  if (stored === undefined) return '';
  const { result } = stored;
  switch (format) {
    case 'text':
      return renderText(result, plainStyle);
    case 'json':
      return `${JSON.stringify(toContractJson(result), null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(toSarif(result.findings, version), null, 2)}\n`;
    case 'html':
      return renderHtml(result);
    case 'csv':
      return toCsv(result);
  }
}
