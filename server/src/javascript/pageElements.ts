/** Fields of a page that a program asks for by their ids: what stands in them before anybody has touched them. */
import type { Interpreter } from '../python/interpreter';
import { PyDict, PyList } from '../python/values';
import type { PyValue } from '../python/values';
import { isPage } from './pageScripts';
import { folderOf } from './workspaceFiles';

/** Folders above the program's own in which its page is looked for, and folders inside them. */
const MOST_FOLDERS = 3;
const INSIDE = ['', '/public', '/static', '/views'];

/** What a field has, by the names of JavaScript; undefined where no page near the program has a field of that id. */
export function pageField(id: string, fromFile: string, interpreter: Interpreter): PyDict | undefined {
  for (const page of pagesNear(fromFile, interpreter)) {
    const found = fieldIn(page, id);
    if (found !== undefined) return found;
  }
  return undefined;
}

const known = new WeakMap<Interpreter, Map<string, readonly string[]>>();

/** Texts of pages, the nearest first. */
function pagesNear(file: string, interpreter: Interpreter): readonly string[] {
  const { sources } = interpreter.options;
  const ofFiles = known.get(interpreter) ?? new Map<string, readonly string[]>();
  known.set(interpreter, ofFiles);
  const before = ofFiles.get(file);
  if (before !== undefined) return before;
  const paths = isPage(file) ? [file] : [];
  for (let folder = folderOf(file), i = 0; folder !== '' && i < MOST_FOLDERS; folder = folderOf(folder), i++)
    for (const inside of INSIDE)
      for (const name of sources?.list?.(folder + inside) ?? [])
        if (/\.html?$/i.test(name)) paths.push(`${folder}${inside}/${name}`);
  const texts = [...new Set(paths)].flatMap((path) => sources?.read(path) ?? []);
  ofFiles.set(file, texts);
  return texts;
}

const tagged = (id: string): RegExp =>
  new RegExp(`<(input|select|textarea)\\b([^>]*\\bid\\s*=\\s*(?:"${id}"|'${id}'|${id}(?=[\\s>]))[^>]*)>`, 'i');

/** Ids that need no escapes in a pattern, and that a page may have. */
const PLAIN_ID = /^[\w:-]+$/;

function fieldIn(page: string, id: string): PyDict | undefined {
  const found = PLAIN_ID.test(id) ? tagged(id).exec(page) : null;
  if (found === null) return undefined;
  const [whole, tag = '', attributes = ''] = found;
  const after = page.slice(found.index + whole.length);
  if (tag.toLowerCase() === 'select') return selectField(untilEnd(after, 'select'));
  if (tag.toLowerCase() === 'textarea') return PyDict.of([['value', untilEnd(after, 'textarea')]]);
  return inputField(attributes);
}

const untilEnd = (text: string, tag: string): string =>
  text.slice(0, Math.max(0, text.search(new RegExp(`</${tag}`, 'i'))));

function inputField(attributes: string): PyDict {
  const type = attributeOf(attributes, 'type')?.toLowerCase();
  const isBox = type === 'checkbox' || type === 'radio';
  const value = attributeOf(attributes, 'value') ?? (isBox ? 'on' : type === 'range' ? middleOf(attributes) : '');
  const field = PyDict.of([['value', value]]);
  if (isBox) field.set('checked', /(^|\s)checked(?=[\s=/]|$)/i.test(attributes));
  if (value !== '' && Number.isFinite(Number(value))) field.set('valueAsNumber', numberOf(value));
  return field;
}

const numberOf = (text: string): PyValue => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? BigInt(value) : value;
};

/** Where a slider stands by itself. */
function middleOf(attributes: string): string {
  const [low, high] = [Number(attributeOf(attributes, 'min') ?? 0), Number(attributeOf(attributes, 'max') ?? 100)];
  return String(low + Math.max(0, high - low) / 2);
}

/** Of a list the chosen entry, else the first. */
function selectField(body: string): PyDict {
  const entries = [...body.matchAll(/<option\b([^>]*)>([^<]*)/gi)].map(([, attributes = '', text = '']) => ({
    value: attributeOf(attributes, 'value') ?? text.trim(),
    text: text.trim(),
    isChosen: /(^|\s)selected(?=[\s=/]|$)/i.test(attributes),
  }));
  const chosen = Math.max(
    0,
    entries.findIndex(({ isChosen }) => isChosen),
  );
  return PyDict.of([
    ['value', entries[chosen]?.value ?? ''],
    ['selectedIndex', BigInt(entries.length === 0 ? -1 : chosen)],
    [
      'options',
      new PyList(
        entries.map(({ value, text }) =>
          PyDict.of([
            ['value', value],
            ['text', text],
          ]),
        ),
      ),
    ],
  ]);
}

function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|\\s)${name}\\s*=\\s*("[^"]*"|'[^']*'|[^\\s>]+)`, 'i').exec(attributes)?.[1];
  return value?.replace(/^["']|["']$/g, '').trim();
}
