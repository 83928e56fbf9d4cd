/** Files that a script reads and writes. */
import { PyInstance } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { knownText } from '../keyText';
import type { Fact } from './facts';
import type { ScriptReader } from './scriptReader';

export function pathFacts(reader: ScriptReader, kind: string, position: number): Fact<string>[] {
  return reader.calls(kind).flatMap((call): Fact<string>[] => {
    const value = call.args.get(String(position));
    const text = pathText(reader, value);
    return text === undefined ? [] : [{ value: text, ...reader.argument(call, 'f', position) }];
  });
}

/** Files that data libraries read, then those that open() reads and whose names are of data. */
export function dataFileFacts(reader: ScriptReader): Fact<string>[] {
  const kinds = [
    'numpy.load',
    'numpy.memmap',
    'numpy.loadtxt',
    'pandas.read_csv',
    'pandas.read_parquet',
    'pandas.read_json',
  ];
  const opened = reader.session.interpreter.openedFiles.filter(({ path }) => /\.(txt|csv|tsv|jsonl)$/i.test(path));
  const facts = [
    ...kinds.flatMap((kind) => pathFacts(reader, kind, 0)),
    ...opened.map(({ path, span }) => ({ value: path, span: span ?? reader.start(), certain: false })),
  ];
  return facts.filter(({ value }, i) => facts.findIndex((other) => other.value === value) === i);
}

/** A path as text: a string, or a pathlib object. */
function pathText({ session: { interpreter } }: ScriptReader, value: PyValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof PyInstance && /Path$/.test(value.cls.name) ? knownText(interpreter, value) : undefined;
}
