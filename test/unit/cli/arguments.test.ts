import { describe, expect, it } from 'vitest';
import {
  count,
  fraction,
  helpPage,
  oneOf,
  parseCommand,
  texts,
  UsageError,
  type CommandHelp,
} from '../../../server/src/cli/arguments';

const command: CommandHelp = {
  name: 'measure',
  positionals: 'FILE',
  summary: 'Measures.',
  options: [
    { name: 'input', value: 'SPEC', multiple: true, help: 'an input' },
    { name: 'top', value: 'K', help: 'how many' },
    { name: 'tolerance', value: 'R', help: 'how close' },
    { name: 'engine', value: 'NAME', help: 'which engine' },
    { name: 'stats', help: 'a flag' },
  ],
};
const parse = (...args: string[]): ReturnType<typeof parseCommand> => parseCommand(command, args);

describe('command line arguments', () => {
  it('keeps repeated options in order, and positionals apart', () => {
    const { options, positionals } = parse('a.py', '--input', '3x8', '--input=torch.zeros(2, 4)', '--stats');
    expect(positionals).toEqual(['a.py']);
    expect(texts(options, 'input')).toEqual(['3x8', 'torch.zeros(2, 4)']);
    expect(options['stats']).toBe(true);
  });

  it.each([
    ['an unknown option', () => parse('--tpo', '3'), /--tpo/],
    ['an option without its value', () => parse('--top'), /--top/],
    ['a count that is none', () => count(parse('--top', '2.5').options, 'top', 1), /--top is '2\.5'.*whole number/],
    ['a count below its minimum', () => count(parse('--top', '0').options, 'top', 1), /at least 1/],
    ['a fraction outside (0, 1)', () => fraction(parse('--tolerance', '2').options, 'tolerance'), /--tolerance is '2'/],
    [
      'a choice that is not offered',
      () => oneOf(parse('--engine', 'cuda').options, 'engine', ['auto', 'tfjs'], 'auto'),
      /auto, tfjs/,
    ],
  ])('refuses %s and names it', (_, run, message) => {
    expect(run).toThrow(UsageError);
    expect(run).toThrow(message);
  });

  it('shows every option in the help', () => {
    const page = helpPage(command);
    for (const { name, help } of command.options) {
      expect(page).toContain(`--${name}`);
      expect(page).toContain(help);
    }
  });
});
