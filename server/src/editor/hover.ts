/** Hovers: a layer's sensitivity, a model's facts, the limits of an optimizer's learning rate, data, checkpoints, shapes. */
import type { Hover, Position, Range } from 'vscode-languageserver/node';
import { MarkupKind } from './lspValues';
import { isComputed } from '../curvature/quantity';
import type { Eigenpair } from '../curvature/result';
import type { OptimizerFact, TrainingFacts } from '../frontend/torch/facts/facts';
import type { StoredResult } from '../protocol/editor';
import type { FileReading, ModelReading, Place } from '../protocol/reading';
import type { Reading } from '../reading/readFile';
import { formatInterval } from '../report/numbers';
import { trainingNotes } from '../worker/trainingNotes';
import type { ServerContext } from './context';
import { dataPart } from './dataHover';
import { lineIn, rangeIn, type View } from './documents';
import { fileText } from './fileHover';
import { standingText, table, type Part } from './hoverText';
import { layerPart } from './layerHover';
import { shownAbout, shownResult } from './shownResult';
import { countText, parametersText, quantityText, shapeText, shortNumber } from './wording';

export async function hoverAt(
  context: ServerContext,
  view: View,
  read: Reading,
  position: Position,
): Promise<Hover | null> {
  const line = lineIn(view, position);
  const column = position.character + 1;
  const { reading } = read;
  const parts = [
    ...shapePart(reading, line, column),
    ...(await linkPart(context, read, line, column)),
    ...modelPart(context, view, read, line, column),
    ...layerPart(context, view, reading, line),
    ...optimizerPart(context, view, reading, line),
    ...dataPart(reading.training, line),
  ];
  if (parts.length === 0) return null;
  return {
    contents: { kind: MarkupKind.Markdown, value: parts.map(({ text }) => text).join('\n\n---\n\n') },
    ...rangeOf(view, parts),
  };
}

function rangeOf(view: View, parts: readonly Part[]): { range?: Range } {
  const place = parts.find((part) => part.place !== undefined)?.place;
  const range = place === undefined ? undefined : rangeIn(view, place);
  return range === undefined ? {} : { range };
}

const isInside = ({ line, column, endLine, endColumn }: Place, atLine: number, atColumn: number): boolean =>
  (atLine > line || (atLine === line && atColumn >= column)) &&
  (atLine < endLine || (atLine === endLine && atColumn <= endColumn));

function shapePart({ shapes }: FileReading, line: number, column: number): Part[] {
  return shapes
    .filter(({ place }) => isInside(place, line, column))
    .slice(0, 1)
    .map(({ place, expression, shapes: found, dtype }) => ({
      place,
      text: `\`${expression.replaceAll('`', '')}\` — ${found.map((shape) => `**${shapeText(shape)}**`).join(', then ')} ${dtype}`,
    }));
}

async function linkPart(context: ServerContext, read: Reading, line: number, column: number): Promise<Part[]> {
  const link = read.reading.links.find(({ place }) => isInside(place, line, column));
  return link === undefined ? [] : [{ place: link.place, text: await fileText(context, read, link) }];
}

function modelPart(context: ServerContext, view: View, read: Reading, line: number, column: number): Part[] {
  const model = read.reading.models.find(({ place }) => isInside(place, line, column));
  if (model === undefined) return [];
  const stored = shownResult(context, view.unit.path, model.name)?.whole();
  return [
    {
      place: model.place,
      text: [modelFacts(model), ...(stored === undefined ? [] : [curvatureFacts(stored)])].join('\n\n'),
    },
  ];
}

function modelFacts(model: ModelReading): string {
  const inputs = model.inputs.map(({ name, shape, dtype }) => `${name} ${shapeText(shape)} ${dtype}`).join(', ');
  return [
    `**${model.name}** — ${parametersText(model)}, ${countText(model.trainableParameters)} of them trained`,
    ...(model.construction?.includes('(') === true ? [`Made as: \`${model.construction}\``] : []),
    ...(inputs === '' ? [] : [`Input: ${inputs} (${model.inputOrigin})`]),
    ...(model.outputShape === null ? [] : [`Output: ${shapeText(model.outputShape)}`]),
  ].join('  \n');
}

function curvatureFacts(stored: StoredResult): string {
  const { spectrum, gradient, stability, provenance } = stored.result;
  const [top] = spectrum.top;
  const [bottom] = spectrum.bottom;
  const rows: [string, string][] = [
    ['Largest eigenvalue', eigenvalueText(top)],
    ['Smallest eigenvalue', eigenvalueText(bottom)],
    ['Trace', quantityText(spectrum.trace)],
    ['Noise scale', quantityText(gradient.noiseScale)],
    ['Stable learning rate below', quantityText(stability.limit)],
  ];
  const { checkpoint, samples, loss, mode } = provenance;
  const weights = checkpoint === null ? 'initial values' : nameOf(checkpoint);
  // `FILE: what is in it`, or `synthetic`.
  const [named = ''] = provenance.data.split(': ');
  const data = named === 'synthetic' ? 'synthetic data' : nameOf(named);
  const of = `_${samples} samples of ${data}, ${weights}, ${loss}, ${mode} mode_`;
  return `${table(['Curvature', 'value [95 % interval]'], rows)}\n\n${of}${standingText(stored)}`;
}

const nameOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;

const eigenvalueText = (pair: Eigenpair | undefined): string =>
  pair === undefined ? 'not computed' : `${shortNumber(pair.value)} ${formatInterval(pair.interval)}`;

function optimizerPart(context: ServerContext, view: View, { training }: FileReading, line: number): Part[] {
  const optimizer = training?.optimizers.find(({ span }) => line >= span.line && line <= span.endLine);
  if (optimizer === undefined) return [];
  const around = trainingText(training, optimizer);
  const stored = shownAbout(context, view.unit.path)?.whole();
  if (stored === undefined)
    return [
      {
        place: optimizer.span,
        text: `**${optimizer.kind}** — analyze the model to see its stable learning rate.${around}`,
      },
    ];
  const { limits, limit, margin } = stored.result.stability;
  const rows: [string, string][] = [
    [`This ${optimizer.kind}`, quantityText(limit)],
    ['Gradient descent, 2/λ', quantityText(limits.gradientDescent)],
    ['Momentum, 2(1 + β)/λ', quantityText(limits.heavyBall)],
    ['Nesterov, 2(1 + β)/((1 + 2β)λ)', quantityText(limits.nesterov)],
  ];
  const own = isComputed(margin)
    ? `The learning rate is **${shortNumber(margin.value)}×** the limit; above 1 steps along the steepest direction grow.`
    : '';
  return [
    {
      place: optimizer.span,
      text: `${table(['Largest stable learning rate', 'value [95 % interval]'], rows)}\n\n${own}${around}${standingText(stored)}`,
    },
  ];
}

/** What goes on around an optimizer: its groups, and what else the script does to its steps. */
function trainingText(training: TrainingFacts | null, { groups }: OptimizerFact): string {
  const lines = [
    ...(groups.length > 1 ? [`${groups.length} groups of parameters: ${groups.map(groupText).join('; ')}`] : []),
    ...trainingNotes(training ?? undefined),
  ];
  return lines.length === 0 ? '' : `\n\n${lines.map((line) => `- ${line}`).join('\n')}`;
}

const groupText = (group: OptimizerFact['groups'][number]): string => {
  const given = Object.entries(group).map(([name, value]) => `${name} ${String(value)}`);
  return given.length === 0 ? 'as given for all' : given.join(', ');
};
