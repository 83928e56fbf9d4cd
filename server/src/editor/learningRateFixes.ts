/** Quick fixes that bring a learning rate below its stable limit. */
import type { CodeAction, Diagnostic, Range } from 'vscode-languageserver/node';
import { CodeActionKind } from './lspValues';
import { isComputed } from '../curvature/quantity';
import type { StoredResult } from '../protocol/editor';
import { formatNumber } from '../report/numbers';
import type { View } from './documents';

const NUMBER = String.raw`[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
const isNumber = (text: string): boolean => new RegExp(`^${NUMBER}$`).test(text);

/** To two digits, never above the value. */
export function roundDown(value: number): string {
  const exponent = Math.floor(Math.log10(value)) - 1;
  const digits = Math.floor(value / 10 ** exponent);
  const near = Number(`${digits}e${exponent}`);
  const rounded = near > value ? Number(`${digits - 1}e${exponent}`) : near;
  return rounded >= 1e-3 && rounded < 1e4 ? String(rounded) : rounded.toExponential();
}

/** Fixes of a finding about the learning rate, by what was computed for the text as it is: the share `safetyMargin` of the limit. */
export function learningRateFixes(
  view: View,
  diagnostic: Diagnostic,
  stored: StoredResult | undefined,
  safetyMargin: number,
): CodeAction[] {
  if (stored === undefined || stored.stale.length > 0) return [];
  const { limit, margin, learningRate } = stored.result.stability;
  if (!isComputed(limit) || limit.value <= 0 || learningRate === null) return [];
  const sure = surely(limit);
  const rate = roundDown(safetyMargin * sure);
  const isCertain = isComputed(margin) && margin.interval.low !== null && margin.interval.low > 1;
  const certainly =
    sure < limit.value ? `the low end ${formatNumber(sure, 2)} of its stable limit` : `its stable limit`;
  const share = `${safetyMargin} times ${certainly}`;
  const fix = (title: string, range: Range, isPreferred: boolean): CodeAction => ({
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    isPreferred,
    edit: { changes: { [view.uri]: [{ range, newText: rate }] } },
  });
  const text = view.document.getText(diagnostic.range).trim();
  if (isNumber(text)) return [fix(`Set the learning rate to ${rate}, ${share}`, diagnostic.range, isCertain)];
  if (!/^[\w.[\]'"]+$/.test(text)) return [];
  const origin = originOf(view, text, learningRate);
  return [
    ...(origin === undefined ? [] : [fix(`Set ${origin.name} to ${rate}, ${share}`, origin.range, isCertain)]),
    fix(`Use ${rate} here instead of ${text}, ${share}`, diagnostic.range, false),
  ];
}

/** The lower end of the interval: the truth may lie there. */
const surely = ({ value, interval: { low } }: { value: number; interval: { low: number | null } }): number =>
  low !== null && low > 0 ? low : value;

/** The one plain number of the document that the expression gets its value from. */
function originOf(view: View, expression: string, value: number): { name: string; range: Range } | undefined {
  const name = /^(?:\w+\.)?([A-Za-z_]\w*)$/.exec(expression)?.[1];
  if (name === undefined) return undefined;
  const option = name.replaceAll('_', '[-_]');
  const isOption = expression.includes('.');
  const before = isOption
    ? String.raw`add_argument\(\s*(?:["']-\w["']\s*,\s*)?["']--${option}["'][^()]*?\bdefault\s*=\s*`
    : String.raw`^[ \t]*${name}[ \t]*(?::[ \t]*float[ \t]*)?=[ \t]*`;
  const pattern = new RegExp(String.raw`(${before})(${NUMBER})(?=[ \t]*(?:[,)#\r\n]|$))`, 'gm');
  const [only, ...others] = view.document.getText().matchAll(pattern);
  const [, lead = '', number = ''] = only ?? [];
  // Several places, or one that says something else: which one counts is not known.
  if (only === undefined || others.length > 0 || Number(number.replaceAll('_', '')) !== value) return undefined;
  const start = only.index + lead.length;
  return {
    name: isOption ? `the default of --${name.replaceAll('_', '-')}` : name,
    range: { start: view.document.positionAt(start), end: view.document.positionAt(start + number.length) },
  };
}
