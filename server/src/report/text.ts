/** An analysis as a page of text. */
import type { AnalysisResult, LayerResult } from '../curvature/result';
import { isComputed, valueOf } from '../curvature/quantity';
import { findingLines } from './findings';
import { formatInterval, formatNumber, formatQuantity } from './numbers';
import { plotSpectrum } from './spectrumPlot';
import { studySections } from './studies';
import type { Style } from './style';

const LABEL = 22;
const LAYER_ROWS = 20;
const BAR = 16;

export function renderText(result: AnalysisResult, style: Style): string {
  const sections = [
    header(result, style),
    extremes(result, style),
    traces(result, style),
    density(result, style),
    layers(result, style),
    gradient(result, style),
    stability(result, style),
    ...studySections(result, style),
    findings(result, style),
    footer(result, style),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const row = (label: string, value: string): string => `  ${label.padEnd(LABEL)}${value}`;

function header({ provenance, loss }: AnalysisResult, style: Style): string[] {
  const { model, file, checkpoint, checkpointHash, step, data, samples, mode, precision, engine } = provenance;
  const state =
    checkpoint === null
      ? "untrained: the code's own initialisation"
      : `${checkpoint}${step === null ? '' : `, step ${step}`}${checkpointHash === null ? '' : `, sha256 ${checkpointHash.slice(0, 10)}…`}`;
  return [
    `${style.bold(model)}  ${style.dim(file)}`,
    row('parameters from', state),
    row('data', data === 'synthetic' ? style.yellow(`synthetic, ${samples} samples`) : data),
    row('loss', `${provenance.loss}; ${provenance.reduction}`),
    row('computed with', `${engine}, ${precision}, ${mode} mode`),
    ...provenance.notes.map((note) => row('note', note)),
    '',
    row('loss value', `${formatNumber(loss.value)}  ${formatInterval(loss.interval)}`),
  ];
}

function extremes({ spectrum }: AnalysisResult, style: Style): string[] {
  const list = (name: string, pairs: AnalysisResult['spectrum']['top']): string[] =>
    pairs.map((pair, i) =>
      row(
        i === 0 ? name : '',
        `${formatNumber(pair.value).padEnd(12)}${formatInterval(pair.interval).padEnd(26)}${style.dim(`residual ${formatNumber(pair.residual, 2)}${pair.converged ? '' : ', not converged'}`)}`,
      ),
    );
  return [
    style.bold('Hessian eigenvalues') + style.dim('   value, 95 % interval'),
    ...list('largest', spectrum.top),
    ...list('smallest', spectrum.bottom),
  ];
}

function traces({ spectrum }: AnalysisResult, style: Style): string[] {
  return [
    style.bold('Whole Hessian') + style.dim(`   ${spectrum.dimension.toLocaleString('en-US')} parameters`),
    row('trace', formatQuantity(spectrum.trace)),
    row('mean eigenvalue', formatQuantity(spectrum.meanEigenvalue)),
    row('Frobenius norm', formatQuantity(spectrum.frobenius)),
    row('bulk edge', formatQuantity(spectrum.bulk.edge)),
    row('outliers above it', formatQuantity(spectrum.bulk.outliers)),
    row('mass near zero', formatQuantity(spectrum.bulk.massAtZero)),
    row('negative mass', formatQuantity(spectrum.bulk.negativeMass)),
  ];
}

function density({ spectrum }: AnalysisResult, style: Style): string[] {
  const title = style.bold('Spectral density');
  if ('notComputed' in spectrum.density) return [title, `  not computed: ${spectrum.density.notComputed}`];
  const { nodes, probes, steps, exact } = spectrum.density;
  const how = exact ? 'every eigenvalue' : `${probes} probes of ${steps} Lanczos steps`;
  return [title + style.dim(`   log scale; ${how}`), ...plotSpectrum(nodes).map((line) => style.cyan(line))];
}

function layers({ layers: all }: AnalysisResult, style: Style): string[] {
  if (all.length === 0) return [];
  const shown = [...all].sort((a, b) => magnitude(b) - magnitude(a)).slice(0, LAYER_ROWS);
  const width = Math.max(...shown.map(({ name }) => name.length), 8) + 2;
  const hidden = all.length - shown.length;
  const noise = new Set(shown.map((layer) => (isComputed(layer.signalToNoise) ? '' : layer.signalToNoise.notComputed)));
  return [
    style.bold('Layers') + style.dim('   by share of the trace'),
    style.dim(
      `  ${'layer'.padEnd(width)}${'parameters'.padStart(10)}  ${'share'.padEnd(BAR + 7)}${'λmax of block'.padEnd(15)}${'gradient'.padEnd(12)}signal/noise`,
    ),
    ...shown.map((layer) => layerRow(layer, width)),
    ...(hidden > 0 ? [style.dim(`  … and ${hidden} more (--format json has all)`)] : []),
    ...[...noise]
      .filter((reason) => reason !== '')
      .map((reason) => style.dim(`  signal/noise not computed: ${reason}`)),
  ];
}

const magnitude = ({ traceShare, parameters }: LayerResult): number =>
  traceShare === null ? parameters * 1e-12 : Math.abs(traceShare);

function layerRow(layer: LayerResult, width: number): string {
  const share = layer.traceShare;
  const filled = Math.round(Math.min(1, Math.max(0, share ?? 0)) * BAR);
  const bar = '▆'.repeat(filled).padEnd(BAR);
  const percent = share === null ? '–' : `${(share * 100).toFixed(1).replace('-', '−')} %`;
  const cell = (quantity: LayerResult['trace'], size: number): string =>
    (isComputed(quantity) ? formatNumber(quantity.value, 3) : '–').padEnd(size);
  const name = layer.name === '' ? '(model)' : layer.name;
  return `  ${name.padEnd(width)}${layer.parameters.toLocaleString('en-US').padStart(10)}  ${bar}${percent.padStart(6)} ${cell(layer.lambdaMax, 15)}${cell(layer.gradientNorm, 12)}${cell(layer.signalToNoise, 10).trimEnd()}`;
}

function gradient({ gradient: quantities }: AnalysisResult, style: Style): string[] {
  return [
    style.bold('Gradient'),
    row('norm', formatQuantity(quantities.norm)),
    row('variance of a sample', formatQuantity(quantities.variance)),
    row('noise scale', formatQuantity(quantities.noiseScale)),
    row('… curvature-weighted', formatQuantity(quantities.curvatureNoiseScale)),
    row('critical batch size', formatQuantity(quantities.criticalBatch)),
  ];
}

function stability({ stability: result }: AnalysisResult, style: Style): string[] {
  const { optimizer, learningRate, limit, margin, limits } = result;
  const ratio = valueOf(margin);
  const tint = ratio === undefined || ratio < 0.8 ? same : ratio > 1 ? style.red : style.yellow;
  return [
    style.bold('Stability of training'),
    row('training script', optimizer ?? 'no optimizer found'),
    row('learning rate', learningRate === null ? 'not found' : formatNumber(learningRate)),
    row('largest stable', formatQuantity(limit)),
    row('margin (1 = edge)', tint(formatQuantity(margin))),
    row('limit for plain GD', formatQuantity(limits.gradientDescent)),
    row('… heavy ball', formatQuantity(limits.heavyBall)),
    row('… Nesterov', formatQuantity(limits.nesterov)),
  ];
}

const same = (text: string): string => text;

function findings({ findings: all }: AnalysisResult, style: Style): string[] {
  if (all.length === 0) return [style.bold('Findings'), '  none'];
  return [
    style.bold('Findings'),
    ...all.flatMap((finding) => findingLines(finding, process.cwd(), style)).map((line) => `  ${line}`),
  ];
}

function footer({ cost, guards, complete }: AnalysisResult, style: Style): string[] {
  const checks = guards.map(({ name, verdict }) => `${name} ${verdict}`).join(', ');
  const memory = cost.peakMemory > 0 ? `, ${Math.round(cost.peakMemory / 2 ** 20)} MiB` : '';
  return [
    style.dim(`${complete ? '' : 'incomplete; '}checks: ${checks || 'none run'}`),
    style.dim(`${cost.hvps} Hessian-vector products in ${cost.seconds.toFixed(1)} s${memory}`),
  ];
}
