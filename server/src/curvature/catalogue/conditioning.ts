/** Catalogue, section D. Conditioning. */
import { MEAN_LOSS, type QuantityDefinition, type Section } from './definition';

const CONDITIONING =
  'Li 2018, Preconditioned Stochastic Gradient Descent; Pooladzandi and Li 2024, Curvature-Informed SGD; Morwani et al. 2025, A New Perspective on Shampoo’s Preconditioner';
const WEIGHTS =
  'Martin and Mahoney 2021, Implicit Self-Regularization in Deep Neural Networks; Marchenko and Pastur 1967';
const MATRIX = 'The weight as a matrix: its first axis by all others.';

const cosineWith = (product: string, factors: string, source: string): QuantityDefinition => ({
  title: `Cosine of a weight’s gradient moment with ${product}`,
  unit: 'cosine',
  formula: `⟨F, L⊗R⟩/(‖F‖‖L⊗R‖), F = E[g gᵀ], ${factors}`,
  estimator: 'Exact for the gradients of the samples taken; F is never formed.',
  assumptions: 'Samples’ own labels: the empirical Fisher matrix stands for G.',
  source,
});
const NEW_SHAMPOO = 'Morwani et al. 2025, A New Perspective on Shampoo’s Preconditioner';

export const conditioning = {
  'D1.kappa': {
    title: 'Condition number above the noise floor of the bulk',
    unit: 'ratio',
    formula: 'λmax / smallest eigenvalue above max(−λmin, p·u·λmax), u the unit roundoff',
    estimator: 'From A1 and the nodes of A3; where nodes are no eigenvalues the interval reaches to the floor.',
    assumptions: `${MEAN_LOSS} Positive eigenvalues no larger than the most negative one are not told apart from the bulk.`,
    source: CONDITIONING,
  },
  'D1.medianKappa': {
    title: 'Largest over median positive eigenvalue',
    unit: 'ratio',
    formula: 'λmax / median of the eigenvalues above p·u·λmax',
    estimator:
      'From A1 and the nodes of A3, probe by probe; the interval has the width of the cells of their medians and the most by which random probes see halves off, over 2 · p · probes.',
    assumptions: MEAN_LOSS,
    source: CONDITIONING,
  },
  'D1.preconditionedKappa': {
    title: 'Largest over median positive eigenvalue under a preconditioner',
    unit: 'ratio',
    formula:
      'as D1.medianKappa, of P^(−½)HP^(−½); P: |h_ii| (Jacobi), √E[gᵢ²] (Adam), E[δδᵀ]⊗E[aaᵀ] (K-FAC; of convolutions E[mean δδᵀ]⊗E[Σ aaᵀ] over positions and patches), E[GGᵀ]^¼⊗E[GᵀG]^¼ (Shampoo), the least of E[hᵀP⁻¹h + zᵀPz] (PSGD: a Kronecker product, or |H| on known eigenvectors)',
    estimator:
      'Stochastic Lanczos quadrature, of one probe where p is some thousands; all eigenvalues of up to 300 parameters. Interval as of D1.medianKappa. Every diagonal, and the eigenvalues of every factor, are raised by 1/1000 of their mean.',
    assumptions: 'P as of these parameters and samples, without momentum or averages over steps.',
    source: CONDITIONING,
  },
  'D2.optimal': cosineWith(
    'the nearest Kronecker product',
    'L and R by power iteration on the rearranged F',
    NEW_SHAMPOO,
  ),
  'D2.shampooSquared': cosineWith('Shampoo²', 'L = E[GGᵀ], R = E[GᵀG]', NEW_SHAMPOO),
  'D2.shampoo': cosineWith('Shampoo', 'L = E[GGᵀ]^½, R = E[GᵀG]^½', NEW_SHAMPOO),
  'D2.kfac': cosineWith(
    'K-FAC',
    'L = E[δδᵀ], R = E[aaᵀ]; of a convolution L = E[δδᵀ] and R = T·E[aaᵀ] over its T positions and patches a',
    'Martens and Grosse 2015, K-FAC; Grosse and Martens 2016, A Kronecker-factored approximate Fisher matrix for convolution layers',
  ),
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
    estimator:
      'Hill’s estimate at the start that brings the law nearest; interval ±1.96 (α − 1)/√n, in which the choice of the start has no part.',
    assumptions: 'The tail is a power law.',
    source: 'Clauset, Shalizi and Newman 2009; Martin and Mahoney 2021',
  },
} as const satisfies Section;
