import { parseArgs, type ParseArgsConfig } from 'node:util';

/** A mistake in how the program was called or in what it was given: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
  }
}

export interface OptionHelp {
  readonly name: string;
  /** Shown after the name in the help; absent for a flag. */
  readonly value?: string;
  readonly help: string;
  readonly multiple?: boolean;
  readonly short?: string;
}

export interface CommandHelp {
  readonly name: string;
  readonly positionals: string;
  readonly summary: string;
  readonly options: readonly OptionHelp[];
}

/** Parsed options by name: text, repeated text, or true for a flag. */
export type ParsedOptions = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Parses the arguments of one command. Throws `UsageError` naming the option at fault. */
export function parseCommand(
  command: CommandHelp,
  args: readonly string[],
): { options: ParsedOptions; positionals: string[] } {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } };
  for (const { name, value, multiple, short } of command.options)
    options[name] = {
      type: value === undefined ? 'boolean' : 'string',
      ...(multiple ? { multiple } : {}),
      ...(short === undefined ? {} : { short }),
    };
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    return { options: parsed.values as ParsedOptions, positionals: parsed.positionals };
  } catch (error) {
    throw new UsageError(
      error instanceof Error ? (error.message.split('. To specify')[0] ?? error.message) : String(error),
      `See: hessian-lens ${command.name} --help`,
    );
  }
}

export function text(options: ParsedOptions, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function texts(options: ParsedOptions, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

export function oneOf<T extends string>(options: ParsedOptions, name: string, allowed: readonly T[], fallback: T): T {
  const value = text(options, name) ?? fallback;
  const match = allowed.find((candidate) => candidate === value);
  if (match === undefined) throw new UsageError(`--${name} is '${value}', but must be one of ${allowed.join(', ')}`);
  return match;
}

/** A whole number of at least `minimum`. */
export function count(options: ParsedOptions, name: string, minimum: number): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!/^\d+$/.test(value) || !Number.isSafeInteger(number) || number < minimum)
    throw new UsageError(`--${name} is '${value}', but must be a whole number of at least ${minimum}`);
  return number;
}

/** A number in (0, 1). */
export function fraction(options: ParsedOptions, name: string): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0 && number < 1))
    throw new UsageError(`--${name} is '${value}', but must be a number between 0 and 1`);
  return number;
}

/** A finite number above 0. */
export function positive(options: ParsedOptions, name: string): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0 && number < Infinity)) throw new UsageError(`--${name} is '${value}', but must be a number above 0`);
  return number;
}

/** The help page of a command. */
export function helpPage(command: CommandHelp): string {
  const left = command.options.map(
    ({ name, value, short, multiple }) =>
      `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}${multiple ? ' …' : ''}`,
  );
  const width = Math.max(...left.map((entry) => entry.length), 10) + 2;
  return [
    `hessian-lens ${command.name} ${command.positionals}`,
    '',
    command.summary,
    '',
    'Options',
    ...command.options.map(({ help }, i) => `  ${(left[i] ?? '').padEnd(width)}${help}`),
    `  ${'-h, --help'.padEnd(width)}This page`,
    '',
  ].join('\n');
}

/** Shared by every command that reads Python. */
export const sitePackagesOption = {
  name: 'site-packages',
  value: 'DIR',
  multiple: true,
  help: "Folder of installed packages to read (timm, …); default: the project's .venv, venv or env, and the active environment",
} as const;
