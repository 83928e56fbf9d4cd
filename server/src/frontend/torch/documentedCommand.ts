/**
 * How a repository says that its training script is run: command lines in its Markdown files and shell scripts. They give the
 * arguments that the script requires or whose defaults do not work.
 */
import type { SourceSpan } from '../../graph/node';
import type { SourceProvider } from '../../python/interpreter';

export interface DocumentedCommand {
  /** What follows the name of the script. */
  readonly args: readonly string[];
  readonly text: string;
  readonly span: SourceSpan;
}

const MOST_FILES = 40;
const MOST_COMMANDS = 12;
/** Folders above the script's that are looked into. */
const MOST_LEVELS = 3;

/** In the order of the files: those beside the script, then those above, then folders of shell scripts. */
export function documentedCommands(script: string, sources: SourceProvider): DocumentedCommand[] {
  const name = script.split(/[\\/]/).at(-1) ?? script;
  const found: DocumentedCommand[] = [];
  for (const file of documents(script, sources).slice(0, MOST_FILES)) {
    const text = sources.read(file);
    if (text?.includes(name) !== true) continue;
    found.push(...commandsIn(text, name, file));
    if (found.length >= MOST_COMMANDS) break;
  }
  return found.slice(0, MOST_COMMANDS);
}

function documents(script: string, sources: SourceProvider): string[] {
  const files: string[] = [];
  const parts = script.split(/[\\/]/).slice(0, -1);
  for (let level = 0; level <= MOST_LEVELS && parts.length - level > 0; level++) {
    const folder = parts.slice(0, parts.length - level).join('/') || '/';
    const names = sources.list?.(folder);
    if (names === undefined) break;
    const here = names.filter((name) => /\.(md|sh)$/i.test(name)).map((name) => `${folder}/${name}`);
    files.push(...here.sort((a, b) => Number(/\.sh$/.test(a)) - Number(/\.sh$/.test(b))));
    if (names.includes('scripts')) files.push(...shellScripts(`${folder}/scripts`, sources));
  }
  return files;
}

/** Also one folder further down. */
function shellScripts(folder: string, sources: SourceProvider, deeper = 2): string[] {
  const names = sources.list?.(folder) ?? [];
  const own = names.filter((name) => name.endsWith('.sh')).map((name) => `${folder}/${name}`);
  const folders = deeper === 0 ? [] : names.filter((name) => !name.includes('.'));
  return [...own, ...folders.flatMap((name) => shellScripts(`${folder}/${name}`, sources, deeper - 1))].slice(
    0,
    MOST_FILES,
  );
}

function commandsIn(text: string, script: string, file: string): DocumentedCommand[] {
  const variables = new Map<string, string>();
  const commands: DocumentedCommand[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const first = i;
    let line = lines[i] ?? '';
    while (/\\\s*$/.test(line) && i + 1 < lines.length) line = line.replace(/\\\s*$/, ' ') + (lines[++i] ?? '').trim();
    const [, variable, value] = /^\s*(?:export\s+)?(\w+)=("[^"]*"|'[^']*'|[^\s;"']*)\s*$/.exec(line) ?? [];
    if (variable !== undefined && value !== undefined) variables.set(variable, value.replace(/^["']|["']$/g, ''));
    const command = commandOf(line, script, variables);
    const column = 1 + (line.length - line.trimStart().length);
    if (command !== undefined)
      commands.push({
        ...command,
        span: { file, line: first + 1, column, endLine: i + 1, endColumn: (lines[i] ?? '').length + 1 },
      });
  }
  return commands;
}

/** `python train.py --lr 0.1`, also by a launcher of several processes; undefined for any other line. */
function commandOf(
  line: string,
  script: string,
  variables: ReadonlyMap<string, string>,
): Pick<DocumentedCommand, 'args' | 'text'> | undefined {
  const words = wordsOf(line, variables);
  const runner = words.findIndex((word) => /(^|\/)(python[\d.]*|torchrun|accelerate|deepspeed)$/.test(word));
  const at = words.findIndex(
    (word, i) => i > runner && runner >= 0 && (word === script || word.endsWith(`/${script}`)),
  );
  if (at < 0) return undefined;
  const args = words.slice(at + 1);
  // `[dataset]`, `<path>` and `...` stand for what the reader fills in.
  if (args.some((word) => /^[[<{]|\.\.\.|^\$/.test(word))) return undefined;
  return { args, text: [words[runner], ...words.slice(at)].join(' ') };
}

/** Words of the command in a line that runs a Python file, up to where another one begins. */
function wordsOf(line: string, variables: ReadonlyMap<string, string>): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
    if (/^(\||&&|;|>|>>|2>.*|\|&|#.*|`+|\$)$/.test(word)) {
      // `cd folder && python train.py`: what comes before is another command.
      if (words.some((each) => each.endsWith('.py'))) break;
      words.length = 0;
      continue;
    }
    const plain = word
      .replace(/^`+|[`;]+$/g, '')
      .replace(
        /"([^"]*)"|'([^']*)'/g,
        (_, double: string | undefined, single: string | undefined) => double ?? single ?? '',
      )
      .replace(/\$\{?(\w+)\}?/g, (reference, name: string) => variables.get(name) ?? reference);
    if (plain !== '') words.push(plain);
  }
  return words;
}
