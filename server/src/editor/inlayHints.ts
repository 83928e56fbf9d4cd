/** Inlay hints: the shape of every intermediate, and how many parameters a line's layers have. */
import type { InlayHint, Range } from 'vscode-languageserver/node';
import { InlayHintKind } from './lspValues';
import type { FileReading, LayerReading } from '../protocol/reading';
import type { ServerContext } from './context';
import { rangeIn, type View } from './documents';
import { countText, shapeText } from './wording';

export function hintsFor(context: ServerContext, view: View, reading: FileReading, range: Range): InlayHint[] {
  const { shapes, parameters } = context.settings.inlayHints;
  const isSeen = (line: number): boolean => line >= range.start.line && line <= range.end.line;
  return [...(shapes ? shapeHints(view, reading) : []), ...(parameters ? parameterHints(view, reading) : [])].filter(
    ({ position }) => isSeen(position.line),
  );
}

function shapeHints(view: View, { shapes }: FileReading): InlayHint[] {
  return shapes.flatMap(({ place, shapes: found, dtype }) => {
    const range = rangeIn(view, place);
    const [first] = found;
    if (range === undefined || first === undefined) return [];
    const label = `: ${shapeText(first)}${found.length > 1 ? ' …' : ''}`;
    const tooltip = `${found.map(shapeText).join(', then ')} (${dtype}; B is the batch)`;
    return [{ position: range.end, label, tooltip, kind: InlayHintKind.Type }];
  });
}

/** Each layer once: a layer that is called several times has its parameters only once. */
export function layersByLine({ models, file }: FileReading): Map<number, LayerReading[]> {
  const lines = new Map<number, LayerReading[]>();
  const seen = new Set<string>();
  for (const model of models)
    for (const layer of model.layers) {
      const key = `${model.name}/${layer.name}`;
      if (layer.file !== file || layer.line === 0 || layer.name === '' || seen.has(key)) continue;
      seen.add(key);
      lines.set(layer.line, [...(lines.get(layer.line) ?? []), layer]);
    }
  return lines;
}

function parameterHints(view: View, reading: FileReading): InlayHint[] {
  return [...layersByLine(reading)].flatMap(([line, layers]) => {
    const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
    const at = rangeIn(view, { line, column: 1, endColumn: 1 })?.start.line;
    if (total === 0 || at === undefined) return [];
    const text = view.document.getText({ start: { line: at, character: 0 }, end: { line: at + 1, character: 0 } });
    const several = layers.length > 1 ? ` in ${layers.length} layers` : '';
    return [
      {
        position: { line: at, character: text.replace(/\r?\n$/, '').length },
        label: `${countText(total)} parameters${several}`,
        paddingLeft: true,
      },
    ];
  });
}
