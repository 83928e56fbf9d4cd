/** Structural pattern matching. */
import {
  boolClass,
  bytesClass,
  dictClass,
  floatClass,
  frozensetClass,
  intClass,
  listClass,
  setClass,
  strClass,
  tupleClass,
} from './builtins/types';
import { equals, isIdentical } from './comparison';
import { evaluate } from './expressions';
import type { Frame } from './frame';
import type { Pattern, PatternOf } from './syntax';
import { PyClass, PyDict, PyList, PyRange, PyTuple, Unknown } from './values';
import type { PyValue } from './values';

/** Classes whose single positional sub-pattern is the value itself. */
const SELF_MATCHING: readonly PyClass[] = [
  boolClass,
  bytesClass,
  dictClass,
  floatClass,
  frozensetClass,
  intClass,
  listClass,
  setClass,
  strClass,
  tupleClass,
];

function bindName(name: string | undefined, value: PyValue, frame: Frame): void {
  if (name !== undefined) frame.scope.target(name).variables.set(name, value);
}

/** Binds the pattern's names as it goes, as Python does. */
export function matchPattern(pattern: Pattern, subject: PyValue, frame: Frame): boolean {
  const { interpreter } = frame;
  switch (pattern.kind) {
    case 'CapturePattern':
      bindName(pattern.name, subject, frame);
      return true;
    case 'AsPattern':
      if (!matchPattern(pattern.pattern, subject, frame)) return false;
      bindName(pattern.name, subject, frame);
      return true;
    case 'OrPattern':
      return pattern.alternatives.some((alternative) => matchPattern(alternative, subject, frame));
    case 'StarPattern':
      bindName(pattern.name, subject, frame);
      return true;
    case 'ValuePattern': {
      const value = evaluate(pattern.value, frame);
      frame.node = pattern;
      requireKnown(subject, frame);
      if (value === null || typeof value === 'boolean') return isIdentical(subject, value);
      return interpreter.truth(interpreter.compare('==', subject, value));
    }
    case 'SequencePattern':
      requireKnown(subject, frame);
      return matchSequence(pattern, subject, frame);
    case 'MappingPattern':
      requireKnown(subject, frame);
      return matchMapping(pattern, subject, frame);
    case 'ClassPattern':
      requireKnown(subject, frame);
      return matchClass(pattern, subject, frame);
  }
}

function requireKnown(subject: PyValue, frame: Frame): void {
  if (subject instanceof Unknown)
    frame.interpreter.stopAtUnknown('the match depends on a value that the source does not determine', subject);
}

function matchSequence({ elements }: PatternOf<'SequencePattern'>, subject: PyValue, frame: Frame): boolean {
  if (!(subject instanceof PyList || subject instanceof PyTuple || subject instanceof PyRange)) return false;
  const items = frame.interpreter.collect(subject);
  const star = elements.findIndex(({ kind }) => kind === 'StarPattern');
  if (star < 0 ? items.length !== elements.length : items.length < elements.length - 1) return false;
  const extra = items.length - elements.length;
  return elements.every((element, i) => {
    if (element.kind === 'StarPattern') {
      bindName(element.name, new PyList(items.slice(i, i + extra + 1)), frame);
      return true;
    }
    return matchPattern(element, items[star >= 0 && i > star ? i + extra : i] ?? null, frame);
  });
}

function matchMapping({ entries, rest }: PatternOf<'MappingPattern'>, subject: PyValue, frame: Frame): boolean {
  if (!(subject instanceof PyDict)) return false;
  const keys: PyValue[] = [];
  for (const { key, pattern } of entries) {
    const name = evaluate(key, frame);
    const value = subject.get(name);
    if (value === undefined || !matchPattern(pattern, value, frame)) return false;
    keys.push(name);
  }
  const others = subject.entries().filter(([key]) => !keys.some((known) => equals(frame.interpreter, known, key)));
  bindName(rest, PyDict.of(others), frame);
  return true;
}

function matchClass(pattern: PatternOf<'ClassPattern'>, subject: PyValue, frame: Frame): boolean {
  const { interpreter } = frame;
  const cls = evaluate(pattern.cls, frame);
  frame.node = pattern;
  if (cls instanceof Unknown) return false;
  if (!(cls instanceof PyClass)) return interpreter.raise('TypeError', 'called match pattern must be a class');
  if (!interpreter.isInstance(subject, cls)) return false;
  const { positional, keywords } = pattern;
  const [only] = positional;
  if (only !== undefined && positional.length === 1 && SELF_MATCHING.includes(cls)) {
    if (!matchPattern(only, subject, frame)) return false;
  } else if (positional.length > 0) {
    const names = cls.lookup('__match_args__');
    const known = names instanceof PyTuple ? names.items : [];
    if (known.length < positional.length)
      return interpreter.raise(
        'TypeError',
        `${cls.name}() accepts ${known.length} positional sub-pattern${known.length === 1 ? '' : 's'} (${positional.length} given)`,
      );
    for (const [i, sub] of positional.entries()) {
      const name = known[i];
      const value = typeof name === 'string' ? interpreter.findAttribute(subject, name) : undefined;
      if (value === undefined || !matchPattern(sub, value, frame)) return false;
    }
  }
  return keywords.every(({ name, pattern: sub }) => {
    const value = interpreter.findAttribute(subject, name);
    return value !== undefined && matchPattern(sub, value, frame);
  });
}
