import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sitePackagesOption, UsageError, type CommandHelp, type ParsedOptions } from './arguments';

export const lspHelp: CommandHelp = {
  name: 'lsp',
  positionals: '--stdio',
  summary:
    'Language server for any editor, over standard input and output: diagnostics, lenses, hovers, inlay hints, quick fixes,\n' +
    'and the analysis as workspace/executeCommand.',
  options: [
    { name: 'stdio', help: 'Speak over standard input and output; the only way there is, and the default' },
    sitePackagesOption,
  ],
};

/** Runs the language server until its editor ends it. */
export async function lspCommand(_: ParsedOptions, positionals: readonly string[]): Promise<number> {
  if (positionals.length > 0) throw new UsageError(`lsp takes no arguments, but got ${positionals.join(' ')}`);
  // The server looks for its transport on the command line.
  if (!process.argv.includes('--stdio')) process.argv.push('--stdio');
  await import(pathToFileURL(join(__dirname, 'server.js')).href);
  return new Promise<never>(() => undefined);
}
