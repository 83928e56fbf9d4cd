/** The call that makes a script's optimizer, as its text has it, and how an argument is added to it in its language. */
import type { Range, TextEdit } from 'vscode-languageserver/node';
import { isJavaScript } from '../../javascript/isJavaScript';
import type { FileReading } from '../../protocol/reading';
import type { View } from '../documents';
import { rangeIn } from '../documents';
import { importsTorch } from './fix';

export interface OptimizerCall {
  readonly language: 'PyTorch' | 'Keras' | 'TensorFlow.js';
  /** Is the learning rate written in the call? */
  readonly hasRate: boolean;
  /** The learning rate as an argument; undefined where the language has no place for it. */
  readonly withRate: (rate: string) => TextEdit | undefined;
  /** An argument by its keyword. */
  readonly withKeyword: (keyword: string, value: string) => TextEdit | undefined;
}

/** The first optimizer of the view's file; undefined where its call cannot be recognised. */
export function optimizerCall(view: View, reading: FileReading | undefined): OptimizerCall | undefined {
  const [optimizer] = reading?.training?.optimizers ?? [];
  const range = optimizer?.span.file === view.unit.path ? rangeIn(view, optimizer.span) : undefined;
  if (optimizer === undefined || range === undefined) return undefined;
  const text = view.document.getText(range);
  const language = isJavaScript(view.unit.path) ? 'TensorFlow.js' : importsTorch(view) ? 'PyTorch' : 'Keras';
  const rate = optimizer.arguments['lr']?.span;
  const hasRate = rate !== undefined && JSON.stringify(rate) !== JSON.stringify(optimizer.span);
  const found = { view, range, text, language, hasRate } as const;
  return /\.compile\s*\(/.test(text) ? namedOptimizer(found, optimizer.kind) : writtenOptimizer(found);
}

interface Found {
  readonly view: View;
  readonly range: Range;
  readonly text: string;
  readonly language: OptimizerCall['language'];
  readonly hasRate: boolean;
}

/** A stretch of the found text as an edit. */
function replace({ view: { document }, range }: Found, start: number, end: number, newText: string): TextEdit {
  const base = document.offsetAt(range.start);
  return { range: { start: document.positionAt(base + start), end: document.positionAt(base + end) }, newText };
}

/** `compile(optimizer="adam")`: the name gives way to a call. */
function namedOptimizer(found: Found, kind: string): OptimizerCall | undefined {
  const { text, language, view } = found;
  const named = /(\boptimizer["']?\s*[:=]\s*|\.compile\s*\(\s*)(["'`])\w+\2/.exec(text);
  const maker = named === null ? undefined : makerOf(view.document.getText(), language, kind);
  if (named === null || maker === undefined) return undefined;
  const start = named.index + (named[1] ?? '').length;
  const end = named.index + named[0].length;
  const call = (argument: string): TextEdit => replace(found, start, end, `${maker}(${argument})`);
  return {
    language,
    hasRate: false,
    withRate: (rate) => call(language === 'Keras' ? `learning_rate=${rate}` : rate),
    withKeyword: (keyword, value) => (language === 'Keras' ? call(`${keyword}=${value}`) : undefined),
  };
}

/** The text before the arguments of an optimizer: `keras.optimizers.Adam`, `tf.train.adam`; undefined if nothing is imported for it. */
function makerOf(text: string, language: OptimizerCall['language'], kind: string): string | undefined {
  if (language === 'TensorFlow.js') {
    const [, imported, required] =
      /import \* as (\w+) from ['"]@tensorflow\/tfjs|(?:const|let|var) (\w+) = require\(['"]@tensorflow\/tfjs/.exec(
        text,
      ) ?? [];
    const tensorflow = imported ?? required;
    return tensorflow === undefined ? undefined : `${tensorflow}.train.${kind.toLowerCase()}`;
  }
  if (/^\s*(from tensorflow )?import keras\b/m.test(text)) return `keras.optimizers.${kind}`;
  if (/^\s*from (tensorflow\.)?keras import .*\boptimizers\b/m.test(text)) return `optimizers.${kind}`;
  const tensorflow = /^\s*import tensorflow as (\w+)/m.exec(text)?.[1];
  return tensorflow === undefined ? undefined : `${tensorflow}.keras.optimizers.${kind}`;
}

/** A call with its arguments between the first parenthesis and the last. */
function writtenOptimizer(found: Found): OptimizerCall | undefined {
  const { text, language, hasRate } = found;
  const open = text.indexOf('(');
  if (open < 0 || !text.endsWith(')')) return undefined;
  const inside = text.slice(open + 1, -1);
  const isEmpty = inside.trim() === '';
  // A comma after the last argument stays the only one.
  const last = open + 1 + inside.replace(/[\s,]+$/, '').length;
  const atEnd = (argument: string): TextEdit =>
    replace(found, isEmpty ? open + 1 : last, isEmpty ? open + 1 : last, isEmpty ? argument : `, ${argument}`);
  const withRate = (rate: string): TextEdit | undefined => {
    if (language === 'PyTorch') return atEnd(`lr=${rate}`);
    if (language === 'TensorFlow.js') return isEmpty ? atEnd(rate) : undefined;
    return replace(found, open + 1, open + 1, `learning_rate=${rate}${isEmpty ? '' : ', '}`);
  };
  const withKeyword = (keyword: string, value: string): TextEdit | undefined =>
    language === 'TensorFlow.js' ? undefined : atEnd(`${keyword}=${value}`);
  return { language, hasRate, withRate, withKeyword };
}
