/** Numbers that are told by what they are called. */
import type { SourceSpan } from '../../../graph/node';
import type { ExpressionOf, ModuleSyntax } from '../../../python/syntax';
import { PyDict, PyInstance } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { isModuleInstance } from '../moduleRegistry';
import { argumentOf, walk } from '../syntaxSearch';
import type { Fact } from './facts';
import type { ScriptReader } from './scriptReader';

interface NumberOptions {
  /** Fractions count, too. */
  readonly isReal?: boolean;
}

const numberOf = (value: PyValue | undefined, { isReal = false }: NumberOptions): number | undefined => {
  if (typeof value === 'bigint') return Number(value);
  return isReal && typeof value === 'number' ? value : undefined;
};

/**
 * A whole number held by a top-level variable, a top-level configuration (an object, a dictionary), or a variable of a
 * function, with such a name.
 */
export function namedNumber(reader: ScriptReader, pattern: RegExp, options: NumberOptions = {}): Fact<number> | null {
  const { module, syntax } = reader.session;
  for (const [name, held] of module.attributes) {
    const value = pattern.test(name) ? numberOf(held, options) : undefined;
    if (value !== undefined) return { value, span: assignmentOf(syntax, name) ?? reader.start(), certain: true };
  }
  for (const owner of ownersOf(reader)) {
    const found = entryOf(owner, pattern, options);
    if (found !== undefined) return { value: found.value, span: placeOf(found.name, reader), certain: false };
  }
  return numberInFunction(syntax, pattern);
}

/** What may hold settings: values of the top level, and what the command line gave. */
const ownersOf = ({ session: { interpreter, module } }: ScriptReader): PyValue[] => [
  ...module.attributes.values(),
  ...interpreter.parsedOptions,
];

/** Settings inside each other. */
const DEEPEST = 3;
const MOST_ENTRIES = 200;

const entriesOf = (owner: PyValue): (readonly [PyValue, PyValue])[] => {
  if (owner instanceof PyDict) return owner.entries();
  const isSettings =
    owner instanceof PyInstance && !isModuleInstance(owner) && owner.cls.module?.name.startsWith('torch') !== true;
  return isSettings ? [...owner.attributes] : [];
};

/** An attribute or an entry of such a name that is a number, the outermost first. */
export function entryOf(
  owner: PyValue,
  pattern: RegExp,
  options: NumberOptions = {},
  depth = 0,
): { name: string; value: number } | undefined {
  const entries = depth > DEEPEST ? [] : entriesOf(owner).slice(0, MOST_ENTRIES);
  for (const [name, held] of entries) {
    const value = typeof name === 'string' && pattern.test(name) ? numberOf(held, options) : undefined;
    if (typeof name === 'string' && value !== undefined) return { name, value };
  }
  for (const [, held] of entries) {
    const inner = typeof held === 'object' ? entryOf(held, pattern, options, depth + 1) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** A variable of a function: uncertain, because it need not be that of the training. */
function numberInFunction(syntax: ModuleSyntax, pattern: RegExp): Fact<number> | null {
  for (const tree of walk(syntax.body)) {
    if (tree.kind !== 'Assign' || tree.value.kind !== 'Constant' || typeof tree.value.value !== 'bigint') continue;
    if (tree.targets.some((target) => target.kind === 'Name' && pattern.test(target.name)))
      return { value: Number(tree.value.value), span: syntax.source.span(tree.value), certain: false };
  }
  return null;
}

/** A whole number among the options of the command line whose help says what it is. */
export function documentedOption(reader: ScriptReader, pattern: RegExp): Fact<number> | null {
  const owners = ownersOf(reader).filter((value) => value instanceof PyInstance);
  for (const { call, span } of optionCalls(reader)) {
    const help = argumentOf(call, 'help', undefined)?.value;
    const text = help?.kind === 'Constant' && typeof help.value === 'string' ? help.value : '';
    if (!pattern.test(text) || /\b(test|val|valid|validation|eval|evaluation|inference)\b/i.test(text)) continue;
    const values = flagsOf(call).flatMap((name) => owners.map(({ attributes }) => attributes.get(name)));
    const value = values.find((each) => typeof each === 'bigint');
    if (value !== undefined) return { value: Number(value), span, certain: false };
  }
  return null;
}

/** Where an option or an entry of a dictionary gets its value. */
function placeOf(name: string, reader: ScriptReader): SourceSpan {
  const { syntax } = reader.session;
  for (const { call, span } of optionCalls(reader)) if (flagsOf(call).includes(name)) return span;
  for (const tree of walk(syntax.body)) {
    const entries = tree.kind === 'Dict' ? tree.entries : [];
    const entry = entries.find(({ key }) => key?.kind === 'Constant' && key.value === name);
    if (entry !== undefined) return syntax.source.span(entry.value);
  }
  return assignmentOf(syntax, name) ?? reader.start();
}

/** The value that a name, or an attribute of that name, is set to. */
function assignmentOf(syntax: ModuleSyntax, name: string): SourceSpan | undefined {
  for (const tree of walk(syntax.body)) {
    if ((tree.kind !== 'Assign' && tree.kind !== 'AnnotatedAssign') || tree.value === undefined) continue;
    const targets = tree.kind === 'Assign' ? tree.targets : [tree.target];
    if (targets.some((target) => (target.kind === 'Name' || target.kind === 'Attribute') && target.name === name))
      return syntax.source.span(tree.value);
  }
  return undefined;
}

interface OptionCall {
  readonly call: ExpressionOf<'Call'>;
  readonly span: SourceSpan;
}

/** The calls of `add_argument` in the script and in what it imports. */
function* optionCalls(reader: ScriptReader): Generator<OptionCall> {
  for (const { tree } of reader.ownModules())
    for (const part of walk(tree.body))
      if (part.kind === 'Call' && part.callee.kind === 'Attribute' && part.callee.name === 'add_argument')
        yield { call: part, span: tree.source.span(part) };
}

/** Names of an option without dashes, as attributes of what `parse_args` gives. */
const flagsOf = ({ args }: ExpressionOf<'Call'>): string[] =>
  args.flatMap(({ kind, value }) =>
    kind === 'positional' && value.kind === 'Constant' && typeof value.value === 'string'
      ? [value.value.replace(/^-+/, '').replaceAll('-', '_')]
      : [],
  );
