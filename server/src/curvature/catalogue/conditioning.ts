/** Catalogue, section D. Conditioning. */
import { type Section } from './definition';

const WEIGHTS =
  'Martin and Mahoney 2021, Implicit Self-Regularization in Deep Neural Networks; Marchenko and Pastur 1967';
const MATRIX = 'The weight as a matrix: its first axis by all others.';

export const conditioning = {
  'D3.spectralNorm': {
    title: 'Spectral norm of a weight matrix',
    unit: 'parameter',
    formula: 'σ₁(W)',
    estimator:
      'All singular values by bidiagonalisation, of large matrices the leading ones by Golub–Kahan–Lanczos; the interval is rounding or residual.',
    assumptions: MATRIX,
    source: 'Golub and Kahan 1965',
  },
  'D3.stableRank': {
    title: 'Stable rank of a weight matrix',
    unit: 'rank',
    formula: '‖W‖_F²/σ₁²',
    estimator: 'As D3.spectralNorm.',
    assumptions: MATRIX,
    source: 'Rudelson and Vershynin 2007',
  },
  'D3.conditionNumber': {
    title: 'Condition number of a weight matrix',
    unit: 'ratio',
    formula: 'σ₁/σ_min',
    estimator: 'As D3.spectralNorm; not computed where the smallest value is rounding.',
    assumptions: MATRIX,
    source: 'Golub and Kahan 1965',
  },
  'D3.spikes': {
    title: 'Eigenvalues of a weight above noise',
    unit: 'eigenvalues',
    formula: 'number of eigenvalues of WᵀW/N above s²(1 + √γ)² and its fluctuation',
    estimator: 'The Marchenko–Pastur law whose mean is that of the eigenvalues below its edge.',
    assumptions: MATRIX,
    source: WEIGHTS,
  },
  'D3.noiseDistance': {
    title: 'Distance of a weight’s spectrum from noise',
    unit: 'distance',
    formula: 'sup |F − F_MP| over the eigenvalues that are no spikes',
    estimator: 'Kolmogorov distance to the fitted law; noise of n values stays below 1.36/√n in 95 % of cases.',
    assumptions: MATRIX,
    source: WEIGHTS,
  },
  'D3.tailExponent': {
    title: 'Tail exponent of a weight’s spectrum',
    unit: 'exponent',
    formula: 'α of ρ(x) ∝ x^(−α) for the eigenvalues of WᵀW/N in the tail',
    estimator: 'Hill’s estimate at the start that brings the law nearest; interval ±1.96 (α − 1)/√n, in which the choice of the start has no part.',
    assumptions: 'The tail is a power law.',
    source: 'Clauset, Shalizi and Newman 2009; Martin and Mahoney 2021',
  },
} as const satisfies Section;
