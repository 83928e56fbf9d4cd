/** The command line program: chooses the command, prints help, turns failures into exit codes. */
import { analyzeCommand, analyzeHelp } from './cli/analyzeCommand';
import {
  helpPage,
  parseCommand,
  sitePackagesOption,
  texts,
  UsageError,
  type CommandHelp,
  type ParsedOptions,
} from './cli/arguments';
import { checkCommand, checkHelp } from './cli/checkCommand';
import { checkpointCommand, checkpointHelp } from './cli/checkpointCommand';
import { lspCommand, lspHelp } from './cli/lspCommand';
import { traceCommand, traceHelp } from './cli/traceCommand';
import { version } from './cli/version';
import { useSitePackages } from './project/sitePackages';

interface Command {
  readonly help: CommandHelp;
  /** Resolves with the exit code. */
  readonly run: (options: ParsedOptions, positionals: readonly string[]) => Promise<number>;
}

const commands: readonly Command[] = [
  { help: analyzeHelp, run: analyzeCommand },
  { help: traceHelp, run: traceCommand },
  { help: checkHelp, run: checkCommand },
  { help: checkpointHelp, run: checkpointCommand },
  { help: lspHelp, run: lspCommand },
];

function overview(): string {
  const width = Math.max(...commands.map(({ help }) => help.name.length)) + 3;
  return [
    'hessian-lens COMMAND [arguments]',
    '',
    'Sharpness, conditioning and gradient noise of neural networks, read from code and checkpoints without running them.',
    '',
    ...commands.map(({ help }) => `  ${help.name.padEnd(width)}${help.summary.split('\n')[0] ?? ''}`),
    '',
    'hessian-lens COMMAND --help shows the options of a command; --version the version.',
    'Exit codes: 0 fine, 1 findings at or above --fail-on, 2 bad usage or input, 3 an internal error.',
    '',
  ].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${version}\n`);
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overview());
    return name === undefined ? 2 : 0;
  }
  const command = commands.find(({ help }) => help.name === name);
  if (command === undefined)
    throw new UsageError(
      `there is no command '${name}'`,
      `Commands: ${commands.map(({ help }) => help.name).join(', ')}`,
    );
  const { options, positionals } = parseCommand(command.help, rest);
  if (options['help'] === true) {
    process.stdout.write(helpPage(command.help));
    return 0;
  }
  useSitePackages(texts(options, sitePackagesOption.name));
  return command.run(options, positionals);
}

function failed(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`error: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`);
    return 2;
  }
  process.stderr.write(`internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 3;
}

// A reader that closes the pipe early (`| head`) is not an error.
process.stdout.on('error', () => process.exit(0));

void main(process.argv.slice(2))
  .catch(failed)
  .then((code) => {
    process.exitCode = code;
  });
