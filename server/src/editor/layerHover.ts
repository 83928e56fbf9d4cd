/** Hover on a line that constructs or calls layers: shape, parameters, sensitivity, and what studies found. */
import { definitionOf } from '../curvature/catalogue';
import { isComputed } from '../curvature/quantity';
import type { AnalysisResult, LayerResult } from '../curvature/result';
import type { StoredResult } from '../protocol/editor';
import type { FileReading, LayerReading } from '../protocol/reading';
import type { ServerContext } from './context';
import type { View } from './documents';
import { standingText, table, type Part } from './hoverText';
import { layersByLine } from './inlayHints';
import { shownResult } from './shownResult';
import { countText, quantityText, shapeText } from './wording';

/** Layers of one line that are shown one by one. */
const LISTED = 6;

export function layerPart(context: ServerContext, view: View, reading: FileReading, line: number): Part[] {
  const layers = layersByLine(reading).get(line) ?? [];
  if (layers.length === 0) return [];
  const model = reading.models.find((each) => each.layers.some((layer) => layers.includes(layer)));
  const stored = shownResult(context, view.unit.path, model?.name)?.whole();
  const shown = layers.slice(0, LISTED).map((layer) => layerText(layer, stored));
  const rest = layers.length > LISTED ? [`… and ${layers.length - LISTED} more layers of this line`] : [];
  const missing = stored === undefined ? ['_Analyze Hessian shows how sensitive the loss is to this layer._'] : [];
  const stale = stored === undefined ? '' : standingText(stored);
  return [{ place: undefined, text: [...shown, ...rest, ...missing].join('\n\n') + stale }];
}

function layerText(layer: LayerReading, stored: StoredResult | undefined): string {
  const shape = layer.outputShape === null ? '' : ` → ${shapeText(layer.outputShape)}`;
  const head = `**${layer.name}** ${layer.type}${shape}, ${countText(layer.parameters)} parameters`;
  const result = stored?.result.layers.find(({ name }) => name === layer.name);
  return stored === undefined || result === undefined
    ? head
    : `${head}\n\n${sensitivityTable(result, studyRows(stored.result, layer.name))}`;
}

/** Rows of studies about one layer; more is in the panel. */
const STUDY_ROWS = 12;

/** What studies found about the layer or a tensor of its own: bits, saliency, spectral norm … */
function studyRows({ studies, quantities }: AnalysisResult, layer: string): [string, string][] {
  const own = layer === '' ? '' : `${layer}.`;
  const rows = studies
    .flatMap((study) => study.quantities)
    .flatMap((id): [string, string][] => {
      const [, kind = '', part = ''] = /^(.*?)\[(.*)\]$/.exec(id) ?? [];
      const tensor = part === layer ? '' : part.startsWith(own) ? part.slice(own.length) : undefined;
      const quantity = quantities[id];
      // A tensor of a layer inside is not this layer's own.
      if (quantity === undefined || tensor === undefined || tensor.includes('.') || !isComputed(quantity)) return [];
      const title = definitionOf(kind)?.title ?? kind;
      return [[tensor === '' ? title : `${title}: ${tensor}`, quantityText(quantity)]];
    });
  const rest = rows.length - STUDY_ROWS;
  return rest > 0 ? [...rows.slice(0, STUDY_ROWS), ['…', `${rest} more in the panel`]] : rows;
}

function sensitivityTable(layer: LayerResult, more: readonly [string, string][]): string {
  const share = layer.traceShare === null ? '' : ` (${(100 * layer.traceShare).toPrecision(2)} % of the whole)`;
  return table(
    ['Sensitivity', 'value [95 % interval]'],
    [
      ['Trace of its block', `${quantityText(layer.trace)}${share}`],
      ['Mean eigenvalue', quantityText(layer.meanEigenvalue)],
      ['Largest eigenvalue', quantityText(layer.lambdaMax)],
      ['Gradient norm', quantityText(layer.gradientNorm)],
      ['Gradient signal to noise', quantityText(layer.signalToNoise)],
      ...more,
    ],
  );
}
