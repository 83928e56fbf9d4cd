/** Catalogue, section C, the entries that are computed on demand. */
import { SAMPLES, type Section } from './definition';

const GROWTH =
  'Khaled and Richtárik 2020; Vaswani, Bach and Schmidt 2019; Kim, Wu, Oh and Gardner 2023, Practical and Matching Gradient Variance Bounds for Black-Box Variational Bayesian Inference';
const AFFINE = 'Attia and Koren 2023, SGD with AdaGrad Stepsizes';
const REDUCTION =
  'Johnson and Zhang 2013; Defazio and Bottou 2019; Yuan et al. 2024, MARS: Unleashing the Power of Variance Reduction for Training Large Models';
const NOISE_SOURCES =
  'Searle, Casella and McCulloch 1992, Variance Components; Kim, Wu, Oh and Gardner 2023, Practical and Matching Gradient Variance Bounds';
const IMPORTANCE =
  'Zhao and Zhang 2015; Katharopoulos and Fleuret 2018, Not All Samples Are Created Equal; Lu et al. 2023, PA&DA: Jointly Sampling PAth and DAta for Consistent NAS';
const SUBSPACE =
  'Gur-Ari, Roberts and Dyer 2018, Gradient Descent Happens in a Tiny Subspace; Ben Arous et al. 2023, High-dimensional SGD aligns with emerging outlier eigenspaces';
const TAIL =
  'Hill 1975; Şimşekli, Sagun and Gürbüzbalaban 2019, A Tail-Index Analysis of Stochastic Gradient Noise in Deep Neural Networks';

export const gradientOnDemand = {
  'C2.strongGrowth': {
    title: 'Strong growth',
    unit: 'ratio',
    formula: 'ρ = mean ‖gᵢ‖² / ‖g‖² at these parameters',
    estimator: 'Per-sample gradients; limits from those of C1.noiseScale, since ρ = 1 + tr C/‖g‖².',
    assumptions: `${SAMPLES} Under interpolation it stays bounded as the gradient vanishes.`,
    source: GROWTH,
  },
  'C2.expectedSmoothness': {
    title: 'Growth with the loss',
    unit: 'loss / parameter²',
    formula: "A in mean ‖gᵢ‖² ≤ 2A(L − L*) + B'‖g‖² + C', L* = 0",
    estimator:
      'Tightest bound over points around the parameters and the other checkpoints of the run, by linear programming; exact for the analysed samples.',
    assumptions: 'Holds at the points measured; losses are not negative.',
    source: GROWTH,
  },
  'C2.gradientSlope': {
    title: 'Growth with the gradient',
    unit: 'ratio',
    formula: "B' of the same bound",
    estimator: 'As C2.expectedSmoothness.',
    assumptions: 'As C2.expectedSmoothness.',
    source: GROWTH,
  },
  'C2.constant': {
    title: 'Noise that stays',
    unit: '(loss / parameter)²',
    formula: "C' of the same bound",
    estimator: 'As C2.expectedSmoothness.',
    assumptions: 'As C2.expectedSmoothness.',
    source: GROWTH,
  },
  'C2.affineSlope': {
    title: 'Affine variance, slope',
    unit: 'ratio',
    formula: 'σ₁² in tr C ≤ σ₀² + σ₁²‖g‖²',
    estimator: 'As C2.expectedSmoothness.',
    assumptions: 'Holds at the points measured.',
    source: AFFINE,
  },
  'C2.affineConstant': {
    title: 'Affine variance, constant',
    unit: '(loss / parameter)²',
    formula: 'σ₀² of the same bound',
    estimator: 'As C2.affineSlope.',
    assumptions: 'As C2.affineSlope.',
    source: AFFINE,
  },
  'C3.varianceLeft': {
    title: 'Variance left by importance sampling',
    unit: 'share',
    formula: '((mean ‖gᵢ‖)² − ‖g‖²) / (mean ‖gᵢ‖² − ‖g‖²)',
    estimator: 'Per-sample gradients; bootstrap over jackknife pseudo-values.',
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
    estimator: 'Per-sample gradients; Fieller interval of the shares without the bias that noise adds to squares.',
    assumptions: 'Of as many eigenvectors as A1 reports (--top).',
    source: SUBSPACE,
  },
  'C4.varianceShare': {
    title: "Share of the gradient's variance in the top eigenspace",
    unit: 'share',
    formula: 'Σₖ uₖᵀCuₖ / tr C',
    estimator: 'gᵢ·uₖ of single samples; bootstrap over jackknife pseudo-values.',
    assumptions: 'Of as many eigenvectors as A1 reports (--top).',
    source: SUBSPACE,
  },
  'C4.overlap': {
    title: 'Overlap of the leading eigenspace with that of another checkpoint',
    unit: 'share',
    formula: '‖UᵀV‖_F²/k, U and V the k leading eigenvectors of H here and there: mean cos² of the principal angles',
    estimator:
      'Lanczos at every checkpoint; k is A4.outliers, else one fewer than A1 reports. The error bound is that of Davis and Kahan, from residuals and the gap below eigenvalue k.',
    assumptions: 'Other checkpoints of the run lie beside this one; the same samples for all.',
    source: `${SUBSPACE}; Davis and Kahan 1970, The Rotation of Eigenvectors by a Perturbation`,
  },
  'C5.gap': {
    title: 'Expected generalisation gap',
    unit: 'loss',
    formula: 'tr(C (H₊ + αI)⁻¹) / N, α the weight decay (where there is none, λmax/1000)',
    estimator:
      'Exact along known eigenvectors; for the rest Lanczos quadratures started at random combinations of centred gradients. The interval holds the spread over probes and what the distance between nodes leaves open. The sampling error, of up to 300 parameters, is that of a jackknife of the logarithm over 20 groups of samples; it is stated where there are 12 samples for each parameter and no eigenvalue is below −α.',
    assumptions:
      'α is taken as given. The analysed samples are the training set, the parameters are near a minimum of the damped loss: not computed where −λmin exceeds both α and λmax/10; less negative curvature counts as none.',
    source:
      'Takeuchi 1976; Thomas et al. 2020, On the Interplay between Noise and Curvature; Roberts 2018, SGD Implicitly Regularizes Generalization Error',
  },
  'C5.stepChange': {
    title: 'Growth of the generalisation gap in one step',
    unit: 'loss',
    formula: 'η·tr(C)/N: expected decrease of the loss on the analysed samples less that on new ones, to first order',
    estimator: 'From C1.variance and the learning rate in the training script.',
    assumptions:
      'The analysed samples are the training set and the parameters do not depend on them yet: as at the start of training. A step of plain SGD, of any batch size; momentum sums such steps.',
    source: 'Roberts 2018, SGD Implicitly Regularizes Generalization Error',
  },
  'C6.correlation': {
    title: 'Correlation of the noise with that of a nearby point',
    unit: 'correlation',
    formula: 'tr Cov(gᵢ(θ), gᵢ(θ′)) / √(tr C(θ)·tr C(θ′)), θ′ one full-batch step away',
    estimator:
      'Random projections; jackknife over them, studentised bootstrap over the samples, for which the nearby point counts as given.',
    assumptions: `${SAMPLES} The step is that of the script, at most 1/λmax.`,
    source: REDUCTION,
  },
  'C6.svrgVarianceLeft': {
    title: 'Variance left by SVRG',
    unit: 'ratio',
    formula: 'tr Var(gᵢ(θ) − gᵢ(θ′)) / tr C(θ)',
    estimator: 'As C6.correlation.',
    assumptions: 'The snapshot is one step old; above 1 the correction does harm.',
    source: REDUCTION,
  },
  'C6.bestVarianceLeft': {
    title: 'Variance left by the best correction',
    unit: 'share',
    formula: '1 − C6.correlation²',
    estimator: 'As C6.correlation.',
    assumptions: 'The weight of the correction is the best one, as MARS and α-SVRG approach it.',
    source: REDUCTION,
  },
  'C6.checkpointCorrelation': {
    title: 'Correlation of the noise with that of another checkpoint',
    unit: 'correlation',
    formula: 'as C6.correlation, θ′ another checkpoint of the run',
    estimator: 'As C6.correlation, one for every checkpoint.',
    assumptions: `${SAMPLES} Other checkpoints of the run lie beside this one; the same samples for all.`,
    source: REDUCTION,
  },
  'C6.checkpointVarianceLeft': {
    title: 'Variance left by SVRG against another checkpoint',
    unit: 'ratio',
    formula: 'as C6.svrgVarianceLeft, θ′ another checkpoint of the run',
    estimator: 'As C6.correlation, one for every checkpoint.',
    assumptions: 'The snapshot is that checkpoint; above 1 the correction does harm.',
    source: REDUCTION,
  },
  'C6.checkpointBestVarianceLeft': {
    title: 'Variance left by the best correction against another checkpoint',
    unit: 'share',
    formula: '1 − C6.checkpointCorrelation²',
    estimator: 'As C6.correlation, one for every checkpoint.',
    assumptions: 'The weight of the correction is the best one.',
    source: REDUCTION,
  },
  'C7.addedVariance': {
    title: 'Variance added by randomised products',
    unit: 'ratio',
    formula: '(E‖X‖²‖Y‖² + E‖XᵀY‖²)/(m B²) over tr C/B, m = B/10',
    estimator:
      'Norms of inputs and output gradients of every sample, from its gradients of weight and bias; bootstrap over jackknife pseudo-values.',
    assumptions: 'A linear layer with a bias that takes one row per sample; a Gaussian sketch of m rows.',
    source: 'Bershatsky et al. 2022, Memory-Efficient Backpropagation through Large Linear Layers',
  },
  'C8.modelShare': {
    title: "Share of the model's own noise",
    unit: 'share',
    formula: 'tr Var(model) / (tr Var(model) + tr Var(samples)) of a batch gradient',
    estimator:
      'Analysis of variance over seeds and disjoint batches in train mode; jackknife over batches and over seeds, without counting their interaction twice.',
    assumptions:
      'The batch size is that of the script (32 if none), smaller where fewer than eight such batches are there.',
    source: NOISE_SOURCES,
  },
  'C8.modelVariance': {
    title: "Variance by the model's own noise",
    unit: '(loss / parameter)²',
    formula: 'E tr Var(g_B | B) over seeds of dropout and sampled variables',
    estimator: 'As C8.modelShare.',
    assumptions: 'As C8.modelShare.',
    source: NOISE_SOURCES,
  },
  'C8.dataVariance': {
    title: 'Variance by the choice of samples',
    unit: '(loss / parameter)²',
    formula: 'tr Var(E[g_B | B])',
    estimator: 'As C8.modelShare.',
    assumptions: 'As C8.modelShare.',
    source: NOISE_SOURCES,
  },
  'C9.kurtosis': {
    title: 'Excess kurtosis of the gradient noise',
    unit: '0 = Gaussian',
    formula: 'mean over directions z of m₄/m₂² − 3 of z·gᵢ',
    estimator: 'Random directions; Student interval over them.',
    assumptions:
      'Of the analysed samples: where tails are heavy, so few say little about the fourth moment of the distribution.',
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
