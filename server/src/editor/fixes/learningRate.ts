/** Quick fixes that bring a learning rate below its stable limit. */
import type { CodeAction, Diagnostic, Range } from 'vscode-languageserver/node';
import { CodeActionKind } from '../lspValues';
import { isComputed, type Quantity } from '../../curvature/quantity';
import { isNumber, numberOrigin } from '../../project/numberOrigin';
import type { StoredResult } from '../../protocol/editor';
import { formatNumber } from '../../report/numbers';
import type { View } from '../documents';
import { edit, type Fix } from './fix';

/** To two digits, never above the value. */
export function roundDown(value: number): string {
  const exponent = Math.floor(Math.log10(value)) - 1;
  const digits = Math.floor(value / 10 ** exponent);
  const near = Number(`${digits}e${exponent}`);
  const rounded = near > value ? Number(`${digits - 1}e${exponent}`) : near;
  return rounded >= 1e-3 && rounded < 1e4 ? String(rounded) : rounded.toExponential();
}

export const learningRate: Fix = {
  codes: ['HL101', 'HL102', 'HL103', 'HL104'],
  make: ({ context, view, diagnostic, code, stored }) =>
    learningRateFixes(view, diagnostic, stored, context.settings.stability.safetyMargin, code),
};

/** What a trial showed holds where the limit of the full gradient did not (HL104). */
const limitFor = (code: string, { result }: StoredResult): Quantity | undefined =>
  code === 'HL104' ? result.quantities['B10.largestStable'] : result.stability.limit;

export interface StableRate {
  readonly before: number;
  /** As it is to be written. */
  readonly rate: string;
  /** Of which limit it is which share. */
  readonly reason: string;
  /** Whether the present rate is surely above the limit. */
  readonly isCertain: boolean;
}

/** The share `safetyMargin` of the limit that was computed for the text as it is; undefined where there is none. */
export function stableRate(
  stored: StoredResult | undefined,
  safetyMargin: number,
  code: string,
): StableRate | undefined {
  if (stored === undefined || stored.stale.length > 0) return undefined;
  const { margin, learningRate: before } = stored.result.stability;
  const limit = limitFor(code, stored);
  if (limit === undefined || !isComputed(limit) || limit.value <= 0 || before === null) return undefined;
  const sure = surely(limit);
  const isCertain = isComputed(margin) && margin.interval.low !== null && margin.interval.low > 1;
  const certainly =
    sure < limit.value ? `the low end ${formatNumber(sure, 2)} of its stable limit` : `its stable limit`;
  return { before, rate: roundDown(safetyMargin * sure), reason: `${safetyMargin} times ${certainly}`, isCertain };
}

/** Fixes of a finding about the learning rate. */
export function learningRateFixes(
  view: View,
  diagnostic: Diagnostic,
  stored: StoredResult | undefined,
  safetyMargin: number,
  code = 'HL101',
): CodeAction[] {
  const stable = stableRate(stored, safetyMargin, code);
  if (stable === undefined) return [];
  return setNumber(view, diagnostic, stable.before, stable.rate, stable.reason, stable.isCertain);
}

/** Fixes that write `rate` where the finding's expression gets its value: in its place, or where the name behind it is defined. */
export function setNumber(
  view: View,
  diagnostic: Diagnostic,
  before: number,
  rate: string,
  reason: string,
  isPreferred: boolean,
): CodeAction[] {
  const fix = (title: string, range: Range, preferred: boolean): CodeAction => ({
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    isPreferred: preferred,
    edit: edit(view, [{ range, newText: rate }]),
  });
  const text = view.document.getText(diagnostic.range).trim();
  if (isNumber(text)) return [fix(`Set the learning rate to ${rate}, ${reason}`, diagnostic.range, isPreferred)];
  if (!/^[\w.[\]'"]+$/.test(text)) return [];
  const origin = originOf(view, text, before);
  return [
    ...(origin === undefined ? [] : [fix(`Set ${origin.name} to ${rate}, ${reason}`, origin.range, isPreferred)]),
    fix(`Use ${rate} here instead of ${text}, ${reason}`, diagnostic.range, false),
  ];
}

/** The lower end of the interval: the truth may lie there. */
const surely = ({ value, interval: { low } }: { value: number; interval: { low: number | null } }): number =>
  low !== null && low > 0 ? low : value;

/** The one plain number of the document that the expression gets its value from. */
function originOf(view: View, expression: string, value: number): { name: string; range: Range } | undefined {
  const origin = numberOrigin(view.document.getText(), expression);
  // One that says something else does not count.
  if (origin?.value !== value) return undefined;
  const { document } = view;
  return {
    name: origin.name,
    range: { start: document.positionAt(origin.start), end: document.positionAt(origin.end) },
  };
}
