/** Catalogue, section C. Gradient and its variance. */
import { MEAN_LOSS, SAMPLES, NOISE, type Section } from './definition';

export const gradient = {
  'C1.gradientNorm': {
    title: 'Norm of the gradient',
    unit: 'loss / parameter',
    formula: '‖g‖, g = ∇L(θ)',
    estimator: 'Computed for the analysed samples; its sampling interval removes the bias tr(C)/N.',
    assumptions: SAMPLES,
    source: NOISE,
  },
  'C1.variance': {
    title: "Variance of a sample's gradient",
    unit: '(loss / parameter)²',
    formula: 'tr C = (Σ‖gᵢ‖² − N‖g‖²)/(N − 1)',
    estimator: 'From per-sample gradients; bootstrap over jackknife pseudo-values.',
    assumptions: SAMPLES,
    source: NOISE,
  },
  'C1.noiseScale': {
    title: 'Simple noise scale',
    unit: 'samples',
    formula: 'B_simple = tr C / ‖g‖²',
    estimator: 'Ratio of unbiased estimates; Fieller interval, open above where ‖g‖² is not clearly above zero.',
    assumptions: SAMPLES,
    source: NOISE,
  },
  'C1.curvatureNoiseScale': {
    title: 'Curvature-weighted noise scale',
    unit: 'samples',
    formula: 'B_noise = tr(HC) / (gᵀHg)',
    estimator:
      'Random-sign combinations of the centred gradients of eight disjoint groups of samples, one product each; Fieller interval.',
    assumptions: `${SAMPLES} Defined where the curvature along the gradient is positive.`,
    source: NOISE,
  },
  'C1.criticalBatch': {
    title: 'Critical batch size',
    unit: 'samples',
    formula: 'B_noise where it is defined, else B_simple',
    estimator: 'Below it, doubling the batch nearly halves the steps; far above it, larger batches are wasted.',
    assumptions: SAMPLES,
    source: NOISE,
  },
  'C1.layerGradientNorm': {
    title: "Norm of a layer's gradient",
    unit: 'loss / parameter',
    formula: '‖∂L/∂θ_l‖',
    estimator: 'Computed for the analysed samples.',
    assumptions: MEAN_LOSS,
    source: NOISE,
  },
  'C1.layerSignalToNoise': {
    title: 'Signal to noise of a layer',
    unit: '1 / samples',
    formula: '‖g_l‖² / tr C_l, without the bias tr(C_l)/N',
    estimator: 'From per-sample gradients; the limits are the reciprocals of those of its noise scale.',
    assumptions: SAMPLES,
    source: NOISE,
  },
} as const satisfies Section;
