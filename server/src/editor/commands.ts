/** `workspace/executeCommand`: what editors without a client of their own can do. */
import type { ProgressToken, WorkDoneProgressReporter } from 'vscode-languageserver/node';
import { isStudyGroup } from '../curvature/studies/groups';
import { serverCommands, type ExportParams } from '../protocol/editor';
import { analyze } from './analyzeRequests';
import type { ServerContext } from './context';
import { exported, resultFor } from './resultRequests';

const FORMATS = ['text', 'json', 'sarif', 'html', 'csv'] as const;

const textAt = (args: readonly unknown[], index: number): string | undefined => {
  const value = args[index];
  return typeof value === 'string' ? value : undefined;
};

export function registerCommands(
  context: ServerContext,
  progressFor: (
    token: ProgressToken | undefined,
    onCancel: () => void,
  ) => Promise<WorkDoneProgressReporter | undefined>,
): void {
  const { connection } = context;
  connection.onExecuteCommand(async ({ command, arguments: args = [], workDoneToken }, token) => {
    const [uri, model] = [textAt(args, 0), textAt(args, 1)];
    switch (command) {
      case serverCommands.analyze: {
        if (uri === undefined) return null;
        const study = textAt(args, 2) ?? '';
        const cancelled = new AbortController();
        token.onCancellationRequested(() => cancelled.abort());
        const progress = await progressFor(workDoneToken, () => cancelled.abort());
        const reply = await analyze(
          context,
          { uri, ...(model === undefined ? {} : { model }), ...(isStudyGroup(study) ? { study } : {}) },
          cancelled.signal,
          progress,
          undefined,
        );
        if (!reply.ok && reply.failure.category !== 'cancelled')
          connection.window.showErrorMessage(
            [reply.failure.message, reply.failure.hint].filter((part) => part !== undefined).join(' '),
          );
        return reply;
      }
      case serverCommands.cancel:
        return context.analyses.cancel(uri);
      case serverCommands.clearCache: {
        const count = context.results.clear();
        context.refresh();
        return count;
      }
      case serverCommands.report: {
        const stored =
          uri === undefined ? undefined : resultFor(context, { uri, ...(model === undefined ? {} : { model }) });
        const wanted = textAt(args, 2);
        const format: ExportParams['format'] = FORMATS.find((each) => each === wanted) ?? 'text';
        return stored === undefined ? '' : exported(context, stored.id, format);
      }
      default:
        return null;
    }
  });
}
