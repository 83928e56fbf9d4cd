/** An analysis as one self-contained page: no scripts, nothing loaded from elsewhere. */
import type { AnalysisResult, Eigenpair, SpectralDensity } from '../curvature/result';
import { isComputed } from '../curvature/quantity';
import { formatInterval, formatNumber } from './numbers';
import { escape, quantityTable, table } from './htmlParts';
import { smoothDensity } from './spectrumPlot';
import { studiesHtml } from './studiesHtml';

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --accent: #0b6bcb; --warn: #b45309; --error: #c81e1e; }
@media (prefers-color-scheme: dark) { :root { --accent: #6cb6ff; --warn: #f0a33a; --error: #ff7b72; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line); }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font: 11px system-ui, sans-serif; }
.finding { border-left: 4px solid var(--accent); padding: .4rem .8rem; margin: .5rem 0; white-space: pre-line; }
.finding.warning { border-color: var(--warn); } .finding.error { border-color: var(--error); }
.muted { opacity: .7; }`;

export function renderHtml(result: AnalysisResult): string {
  const { provenance, spectrum, gradient, stability } = result;
  const body = [
    `<h1>${escape(provenance.model)}</h1>`,
    definitions([
      ['file', provenance.file],
      ['parameters from', provenance.checkpoint ?? "the code's own initialisation"],
      ['data', `${provenance.data}, ${provenance.samples} samples`],
      ['loss', `${provenance.loss}; ${provenance.reduction}`],
      [
        'computed with',
        `${provenance.engine}, ${provenance.precision}, ${provenance.mode} mode, seed ${provenance.seed}`,
      ],
      ...provenance.notes.map((note): [string, string] => ['note', note]),
    ]),
    '<h2>Findings</h2>',
    result.findings.length === 0 ? '<p class="muted">None.</p>' : '',
    ...result.findings.map(
      ({ code, severity, message, file, line }) =>
        `<div class="finding ${severity}"><b>${code}</b> <span class="muted">${escape(file)}:${line}</span>\n${escape(message)}</div>`,
    ),
    '<h2>Spectrum</h2>',
    densityFigure(spectrum.density),
    eigenvalueTable('Largest eigenvalues', spectrum.top),
    eigenvalueTable('Smallest eigenvalues', spectrum.bottom),
    quantityTable([
      ['trace', spectrum.trace],
      ['mean eigenvalue', spectrum.meanEigenvalue],
      ['Frobenius norm', spectrum.frobenius],
      ['bulk edge', spectrum.bulk.edge],
      ['outliers above it', spectrum.bulk.outliers],
      ['mass near zero', spectrum.bulk.massAtZero],
      ['negative mass', spectrum.bulk.negativeMass],
    ]),
    '<h2>Stability</h2>',
    `<p>${escape(stability.optimizer ?? 'No optimizer was found in the training code.')}</p>`,
    quantityTable([
      ['largest stable learning rate', stability.limit],
      ['margin (1 is the edge)', stability.margin],
      ['limit for gradient descent', stability.limits.gradientDescent],
      ['limit for heavy ball', stability.limits.heavyBall],
      ['limit for Nesterov', stability.limits.nesterov],
    ]),
    '<h2>Layers</h2>',
    layerTable(result),
    '<h2>Gradient</h2>',
    quantityTable([
      ['norm', gradient.norm],
      ['variance of a sample', gradient.variance],
      ['noise scale', gradient.noiseScale],
      ['curvature-weighted noise scale', gradient.curvatureNoiseScale],
      ['critical batch size', gradient.criticalBatch],
    ]),
    ...studiesHtml(result),
    `<p class="muted">${result.cost.hvps} Hessian-vector products in ${result.cost.seconds.toFixed(1)} s.</p>`,
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(provenance.model)} – Hessian Lens</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body>
${body.filter((part) => part !== '').join('\n')}
</body></html>
`;
}

const definitions = (entries: readonly (readonly [string, string])[]): string =>
  `<table><tbody>${entries
    .map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`)
    .join('')}</tbody></table>`;

const eigenvalueTable = (title: string, pairs: readonly Eigenpair[]): string =>
  `<h3>${title}</h3>${table(
    ['', 'value', '95 % interval', 'residual'],
    pairs.map(({ value, interval, residual, converged }, i) => [
      `${i + 1}`,
      formatNumber(value),
      formatInterval(interval),
      `${formatNumber(residual, 2)}${converged ? '' : ' (not converged)'}`,
    ]),
  )}`;

const layerTable = ({ layers }: AnalysisResult): string =>
  table(
    ['layer', 'parameters', 'share of trace', 'trace', 'λmax of block', 'gradient', 'signal/noise'],
    layers.map((layer) => [
      escape(layer.name === '' ? '(model)' : layer.name),
      layer.parameters.toLocaleString('en-US'),
      layer.traceShare === null ? '–' : `${(layer.traceShare * 100).toFixed(1)} %`,
      ...[layer.trace, layer.lambdaMax, layer.gradientNorm, layer.signalToNoise].map((quantity) =>
        isComputed(quantity) ? formatNumber(quantity.value, 3) : '–',
      ),
    ]),
  );

const [WIDTH, HEIGHT, COLUMNS] = [720, 220, 480];

/** The density on a logarithmic axis as an SVG area. */
function densityFigure(density: SpectralDensity | { readonly notComputed: string }): string {
  if ('notComputed' in density) return `<p class="muted">Not computed: ${escape(density.notComputed)}</p>`;
  const values = density.nodes.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = high - low;
  if (!(range > 0)) return '';
  const curve = smoothDensity(density.nodes, low - 0.03 * range, high + 0.03 * range, COLUMNS, 0.008 * range);
  const peak = Math.max(...curve);
  const decades = 8;
  const points = curve.map((d, i) => {
    const height = Math.max(0, 1 + Math.log10(Math.max(d, 1e-300) / peak) / decades);
    return `${((i / (COLUMNS - 1)) * WIDTH).toFixed(1)},${(HEIGHT * (1 - height)).toFixed(1)}`;
  });
  const label = (value: number, anchor: string, x: number): string =>
    `<text x="${x}" y="${HEIGHT + 16}" text-anchor="${anchor}">${formatNumber(value, 3)}</text>`;
  const zero = ((-low + 0.03 * range) / (1.06 * range)) * WIDTH;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT + 20}" role="img" aria-label="Spectral density from ${formatNumber(low, 3)} to ${formatNumber(high, 3)} on a logarithmic scale">
<polygon points="0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}" fill="var(--accent)" fill-opacity=".35" stroke="var(--accent)"/>
${zero > 0 && zero < WIDTH ? `<line x1="${zero.toFixed(1)}" x2="${zero.toFixed(1)}" y1="0" y2="${HEIGHT}" stroke="var(--line)"/>` : ''}
${label(low, 'start', 0)}${label(high, 'end', WIDTH)}</svg>`;
}
