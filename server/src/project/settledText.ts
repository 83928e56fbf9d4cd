/**
 * A training script without what only its optimizer steps depend on: the optimizer's arguments, schedule, clipping, batch size, and the numbers
 * behind them. While the rest stays the same, the curvature does, and a changed learning rate can be judged by a spectrum that is there already.
 */
import type { TrainingFacts } from '../frontend/torch/trainingFacts';
import type { SourceSpan } from '../graph/node';
import { numberOrigin } from './numberOrigin';

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The text with those places blanked. */
export function settledText(text: string, facts: TrainingFacts): string {
  const offsetOf = lineOffsets(text);
  const rangeOf = (span: SourceSpan): Range => ({
    start: offsetOf(span.line, span.column),
    end: offsetOf(span.endLine, span.endColumn),
  });
  const own = spansOf(facts)
    .filter(({ file }) => file === facts.file)
    .map(rangeOf);
  const named = own.flatMap(({ start, end }) => namesIn(text.slice(start, end)));
  const origins = [...new Set(named)].flatMap((name) => numberOrigin(text, name) ?? []);
  return blanked(text, [...own, ...origins]);
}

const spansOf = ({ optimizers, schedules, batchSize, clipping, accumulationSteps }: TrainingFacts): SourceSpan[] => [
  ...optimizers.flatMap(({ span, arguments: given }) => [span, ...Object.values(given).map((each) => each.span)]),
  ...schedules.map(({ span }) => span),
  ...[batchSize, clipping, accumulationSteps].flatMap((fact) => (fact === null ? [] : [fact.span])),
];

/** `lr`, `args.lr` … in an expression. */
const namesIn = (expression: string): string[] => expression.match(/[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?/g) ?? [];

function blanked(text: string, ranges: readonly Range[]): string {
  const ordered = ranges.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  let at = 0;
  let rest = '';
  for (const { start, end } of ordered) {
    if (start >= at) rest += `${text.slice(at, start)}□`;
    at = Math.max(at, end);
  }
  return rest + text.slice(at);
}

/** From lines and columns, both from 1, to offsets. */
function lineOffsets(text: string): (line: number, column: number) => number {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return (line, column) => Math.min(text.length, (starts[line - 1] ?? text.length) + column - 1);
}
