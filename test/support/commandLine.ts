import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Config = Readonly<{ allowPositionals?: boolean; allowNegative?: boolean; options: Options }>;

/** Options of a development command. `--help` prints the usage and ends; what is not known is named with the usage, and ends with 2. */
export function commandLine<T extends Config>(usage: string, config: T): ReturnType<typeof parseArgs<T>> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(usage);
    process.exit(0);
  }
  try {
    return parseArgs(config);
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}
