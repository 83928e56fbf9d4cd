/** Catalogue, section C, the entries that are computed on demand. */
import { SAMPLES, type Section } from './definition';

const IMPORTANCE =
  'Zhao and Zhang 2015; Katharopoulos and Fleuret 2018, Not All Samples Are Created Equal; Lu et al. 2023, PA&DA: Jointly Sampling PAth and DAta for Consistent NAS';
const SUBSPACE =
  'Gur-Ari, Roberts and Dyer 2018, Gradient Descent Happens in a Tiny Subspace; Ben Arous et al. 2023, High-dimensional SGD aligns with emerging outlier eigenspaces';
const TAIL =
  'Hill 1975; Şimşekli, Sagun and Gürbüzbalaban 2019, A Tail-Index Analysis of Stochastic Gradient Noise in Deep Neural Networks';

export const gradientOnDemand = {
  'C3.varianceLeft': {
    title: 'Variance left by importance sampling',
    unit: 'share',
    formula: '((mean ‖gᵢ‖)² − ‖g‖²) / (mean ‖gᵢ‖² − ‖g‖²)',
    estimator: 'Per-sample gradients; jackknife over samples.',
    assumptions: `${SAMPLES} Samples are drawn with probability ∝ ‖gᵢ‖ and weighted by its inverse.`,
    source: IMPORTANCE,
  },
  'C3.halfShare': {
    title: 'Share of samples that hold half of the squared gradient',
    unit: 'share',
    formula: 'fewest samples with half of Σ‖gᵢ‖², over N',
    estimator: 'Counted.',
    assumptions: SAMPLES,
    source: IMPORTANCE,
  },
  'C3.largestShare': {
    title: 'Share of the sample with the largest gradient',
    unit: 'share',
    formula: 'max ‖gᵢ‖² / Σ‖gᵢ‖²',
    estimator: 'Per-sample gradients.',
    assumptions: SAMPLES,
    source: IMPORTANCE,
  },
  'C4.gradientShare': {
    title: 'Share of the gradient in the top eigenspace',
    unit: 'share',
    formula: 'Σₖ(g·uₖ)² / ‖g‖², uₖ the leading eigenvectors of H',
    estimator: 'Jackknife over samples.',
    assumptions: 'Of as many eigenvectors as A1 reports (--top).',
    source: SUBSPACE,
  },
  'C4.varianceShare': {
    title: "Share of the gradient's variance in the top eigenspace",
    unit: 'share',
    formula: 'Σₖ uₖᵀCuₖ / tr C',
    estimator: 'gᵢ·uₖ of single samples; jackknife over samples.',
    assumptions: 'Of as many eigenvectors as A1 reports (--top).',
    source: SUBSPACE,
  },
  'C9.kurtosis': {
    title: 'Excess kurtosis of the gradient noise',
    unit: '0 = Gaussian',
    formula: 'mean over directions z of m₄/m₂² − 3 of z·gᵢ',
    estimator: 'Random directions (Student interval) and jackknife over samples.',
    assumptions: SAMPLES,
    source: 'Generalized Gaussian Temporal Difference Error for Uncertainty-aware Reinforcement Learning, 2024',
  },
  'C9.tailIndex': {
    title: 'Tail index of the gradient noise',
    unit: 'exponent',
    formula: 'α in P(‖gᵢ − g‖ > r) ~ r^−α',
    estimator: "Hill's estimator on the largest tenth of the samples; error α/√k.",
    assumptions: 'The tail is a power law; below 2 the variance does not exist.',
    source: TAIL,
  },
  'C9.clipThreshold': {
    title: 'Clipping threshold that touches one step in ten',
    unit: 'loss / parameter',
    formula: '90 % quantile of ‖g_B‖, B the batch size of the script (32 if none)',
    estimator: 'Batches drawn with replacement; limits from order statistics.',
    assumptions: `${SAMPLES} At these parameters: early in training gradients are larger.`,
    source: 'Zhang, He, Sra and Jadbabaie 2020, Why Gradient Clipping Accelerates Training',
  },
  'C9.clippedShare': {
    title: 'Share of steps that the script clips',
    unit: 'share',
    formula: 'share of batches with ‖g_B‖ above the limit of clip_grad_norm_',
    estimator: 'Batches drawn with replacement; Wilson interval.',
    assumptions: SAMPLES,
    source: 'Zhang, He, Sra and Jadbabaie 2020, Why Gradient Clipping Accelerates Training',
  },
} as const satisfies Section;
