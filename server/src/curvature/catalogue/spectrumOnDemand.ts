/** Catalogue, section A, the entries that are computed on demand. */
import { MEAN_LOSS, SAMPLES, curvature, type Section } from './definition';

const RANK =
  'Singh, Bachmann and Hofmann 2021; Singh, Hofmann and Schölkopf 2023, The Hessian perspective into the Nature of CNNs';
const SADDLES =
  'Rangwani, Aithal, Mishra and Babu 2022, Escaping Saddle Points for Effective Generalization on Class-Imbalanced Data';
const LLA =
  'Gabdullin 2024, Investigating generalization capabilities of neural networks by means of loss landscapes and Hessian analysis';
const FISHER =
  'Martens 2020, New Insights and Perspectives on the Natural Gradient Method; Kunstner, Balles and Hennig 2019';
const GRAM = 'Jacot, Gabriel and Hongler 2018; Exact Gauss–Newton optimization for training deep neural networks, 2024';
const INPUT =
  'Sensitivity Analysis On Loss Landscape, 2024; Shoot from the HIP: Hessian Interatomic Potentials without Derivatives, 2025';
const PROBED =
  'Stochastic Lanczos quadrature; the interval holds the spread over probes and what the distance between nodes leaves open.';

export const spectrumOnDemand = {
  'A5.numericalRank': {
    title: 'Numerical rank',
    unit: 'eigenvalues',
    formula: 'number of |λᵢ| > p·u·max |λ|, u the unit roundoff of the arithmetic',
    estimator:
      'Counted among all eigenvalues, or p times the weight of the quadrature nodes of A3; the interval holds the spread over probes and what the distance between nodes leaves open.',
    assumptions: 'Smaller eigenvalues cannot be told from rounding; float64 finds more of them than float32.',
    source: RANK,
  },
  'A5.stableRank': {
    title: 'Stable rank',
    unit: 'eigenvalues',
    formula: '‖H‖_F² / ‖H‖₂²',
    estimator: 'From A2.frobenius and the larger end of A1.',
    assumptions: MEAN_LOSS,
    source: 'Rudelson and Vershynin 2007, Sampling from large matrices',
  },
  'A5.effectiveDimension': {
    title: 'Effective dimension',
    unit: 'directions',
    formula: 'Σ λᵢ₊/(λᵢ₊ + α), λ₊ = max(λ, 0), α the weight decay (where there is none, max |λ|/1000)',
    estimator:
      'Stochastic Lanczos quadrature; the interval holds the spread over probes and what the distance between nodes leaves open.',
    assumptions: 'Negative curvature counts as none.',
    source: 'MacKay 1992; Maddox, Benton and Wilson 2020, Rethinking Parameter Counting in Deep Models',
  },
  'A5.aOptimality': {
    title: 'A-optimality',
    unit: 'parameter² / loss',
    formula: 'tr (H₊ + αI)⁻¹ = (p − Σ λ₊/(λ₊ + α))/α',
    estimator: 'From A5.effectiveDimension.',
    assumptions: 'Negative curvature counts as none; α as in A5.effectiveDimension.',
    source: 'Fontaine, Perrault, Valko and Perchet 2021, Online A-Optimal Design and Active Linear Regression',
  },
  'A5.rankBound': {
    title: 'Upper bound of the rank',
    unit: 'eigenvalues',
    formula: 'Σ q(n_l + n_{l−1} − q) over layers, of widths n₁ … n_L after n₀ = r; q the least of them',
    estimator:
      'From the widths of the layers and the rank r of the inputs; a loss that stays when all outputs of a sample rise together, as cross-entropy does, has one output less. With convolutions the smaller of this for their full matrices and q(r + n_L − q) + Σ of what kernels allow, layer by layer.',
    assumptions: 'A chain of linear and ungrouped convolution layers without biases and activations.',
    source: RANK,
  },

  'A6.classLambdaMax': {
    title: "Largest eigenvalue of a class's Hessian",
    unit: curvature,
    formula: 'λmax(H_c), H_c = ∇² of the mean loss over the samples of class c',
    estimator: 'Lanczos at both ends on the samples of the class; error bound from the residual.',
    assumptions: 'Samples have one class each.',
    source: SADDLES,
  },
  'A6.classLambdaMin': {
    title: "Smallest eigenvalue of a class's Hessian",
    unit: curvature,
    formula: 'λmin(H_c), signed',
    estimator: 'As A6.classLambdaMax.',
    assumptions: 'Samples have one class each.',
    source: SADDLES,
  },
  'A6.classEndRatio': {
    title: "Negative against positive end of a class's Hessian",
    unit: 'relative',
    formula: '|min(λmin(H_c), 0)| / λmax(H_c)',
    estimator: 'From A6.classLambdaMax and A6.classLambdaMin.',
    assumptions: 'Near 0 the class is at a minimum, near 1 at a saddle, where a flatter region can still be reached.',
    source: SADDLES,
  },
  'A7.gaussNewtonLambdaMax': {
    title: 'Largest eigenvalue of the Gauss–Newton matrix',
    unit: curvature,
    formula: 'λmax(G), G = (1/N) Σ Jᵢᵀ(∂²ℓ/∂f²)Jᵢ, f the output of the model',
    estimator: 'Lanczos; all eigenvalues of the dense matrix of small models.',
    assumptions: 'It is known where the model ends and the loss begins.',
    source: FISHER,
  },
  'A7.gaussNewtonTrace': {
    title: 'Trace of the Gauss–Newton matrix',
    unit: curvature,
    formula: 'tr G',
    estimator: 'Hutch++; exact for small models.',
    assumptions: 'As A7.gaussNewtonLambdaMax.',
    source: FISHER,
  },
  'A7.residualShare': {
    title: 'What Gauss–Newton leaves out',
    unit: 'relative',
    formula: '‖H − G‖_F / ‖H‖_F',
    estimator: 'Hutch++ on H − G, and A2.frobenius.',
    assumptions: 'Above 1 the two have little in common: G and H − G cancel in part.',
    source: FISHER,
  },
  'A7.fisherLambdaMax': {
    title: 'Largest eigenvalue of the Fisher matrix',
    unit: curvature,
    formula: 'λmax(F), F = (1/N) Σᵢ Σ_c p(c|xᵢ) g_ic g_icᵀ, p(c|x) = exp(−ℓ(x, c))',
    estimator:
      'All labels, weighted exactly; Lanczos on outer products, or that of G where zᵀFz = zᵀGz on random directions. With more than 20,000 pairs of a sample and a label, eight labels a sample drawn from the model; jackknife over groups of draws.',
    assumptions:
      'The loss is the negative log-likelihood of a class (checked: the probabilities of a sample sum to one).',
    source: FISHER,
  },
  'A7.fisherTrace': {
    title: 'Trace of the Fisher matrix',
    unit: curvature,
    formula: 'tr F = (1/N) Σᵢ Σ_c p(c|xᵢ)‖g_ic‖²',
    estimator: 'Exact for the analysed samples; with labels drawn from the model, Student interval over draws.',
    assumptions: 'As A7.fisherLambdaMax.',
    source: FISHER,
  },
  'A7.fisherLambdaMin': {
    title: 'Non-degeneracy of the Fisher matrix',
    unit: curvature,
    formula: 'λmin(F)',
    estimator: 'Zero where p > N(C − 1); else Lanczos at the lower end.',
    assumptions: 'For the analysed samples; with more data the rank can grow.',
    source:
      'Fatkhullin, Barakat, Kireeva and He 2023, Stochastic Policy Gradient Methods: Improved Sample Complexity for Fisher-non-degenerate Policies',
  },
  'A7.empiricalFisherLambdaMax': {
    title: 'Largest eigenvalue of the empirical Fisher matrix',
    unit: '(loss / parameter)²',
    formula: 'λmax(E), E = (1/N) Σ gᵢgᵢᵀ',
    estimator: 'Lanczos on outer products of gradients.',
    assumptions: SAMPLES,
    source: FISHER,
  },
  'A7.empiricalFisherTrace': {
    title: 'Trace of the empirical Fisher matrix',
    unit: '(loss / parameter)²',
    formula: 'tr E = mean ‖gᵢ‖²',
    estimator: 'Per-sample gradients; bootstrap over samples.',
    assumptions: SAMPLES,
    source: FISHER,
  },
  'A8.gaussNewtonLambdaMax': {
    title: 'Largest eigenvalue of the Gauss–Newton matrix, exactly',
    unit: curvature,
    formula: 'λmax of the Gram matrix of √(Sᵢ/N)·Jᵢ, Sᵢ = ∂²ℓ/∂f²',
    estimator: 'All eigenvalues of an (N·C) × (N·C) matrix; samples are left out where it would be too large.',
    assumptions: 'The loss is convex in the output of the model.',
    source: GRAM,
  },
  'A8.gaussNewtonRank': {
    title: 'Rank of the Gauss–Newton matrix',
    unit: 'eigenvalues',
    formula: 'number of eigenvalues above N·C·u·λmax, u the unit roundoff',
    estimator: 'As A8.gaussNewtonLambdaMax.',
    assumptions: 'At most N·C, whatever the number of parameters.',
    source: GRAM,
  },
  'A8.kernelLambdaMax': {
    title: 'Largest eigenvalue of the tangent kernel',
    unit: '(output / parameter)²',
    formula: 'λmax(JJᵀ)/N',
    estimator: 'As A8.gaussNewtonLambdaMax.',
    assumptions: 'Output gradients at these parameters.',
    source: GRAM,
  },
  'A8.kernelCondition': {
    title: 'Condition number of the tangent kernel',
    unit: 'ratio',
    formula: 'λmax(JJᵀ)/λmin(JJᵀ)',
    estimator: 'As A8.gaussNewtonLambdaMax.',
    assumptions: 'Of the samples taken: it grows with their number.',
    source: GRAM,
  },
  'A9.endRatio': {
    title: 'Ratio of the ends of the spectrum',
    unit: 'relative',
    formula: 'r_e = |λmin/λmax|',
    estimator: 'From A1.',
    assumptions: MEAN_LOSS,
    source: LLA,
  },
  'A9.balance': {
    title: 'Negative against positive curvature',
    unit: 'relative',
    formula: 'K¹ = Σ|λ₋| / Σλ₊',
    estimator: PROBED,
    assumptions: MEAN_LOSS,
    source: LLA,
  },
  'A9.rootBalance': {
    title: 'Negative against positive curvature, by roots',
    unit: 'relative',
    formula: 'K^½ = Σ|λ₋|^½ / Σλ₊^½',
    estimator: PROBED,
    assumptions:
      'Sums over all eigenvalues; the paper takes the root of each quadrature node with its weight, which depends on the number of nodes.',
    source: LLA,
  },
  'A10.gradientNorm': {
    title: 'Slope of the loss in the input',
    unit: 'loss / input',
    formula: 'mean ‖∂ℓᵢ/∂xᵢ‖',
    estimator: 'Gradients of every sample in its input; bootstrap over samples.',
    assumptions: SAMPLES,
    source: INPUT,
  },
  'A10.inputLambdaMax': {
    title: 'Largest curvature in the input',
    unit: 'loss / input²',
    formula: 'λmax of mean ∂²ℓᵢ/∂xᵢ²',
    estimator: 'Dense matrix for up to 256 features, else Lanczos.',
    assumptions: 'All samples are displaced alike.',
    source: INPUT,
  },
  'A10.inputLambdaMin': {
    title: 'Smallest curvature in the input',
    unit: 'loss / input²',
    formula: 'λmin of mean ∂²ℓᵢ/∂xᵢ², signed',
    estimator: 'As A10.inputLambdaMax.',
    assumptions: 'All samples are displaced alike.',
    source: INPUT,
  },
  'A10.thirdDerivative': {
    title: 'Third derivative along the most curved direction of the input',
    unit: 'loss / input³',
    formula: 'mean D³ℓᵢ[u, u, u], u the eigenvector of A10.inputLambdaMax',
    estimator: 'Three forward derivatives; bootstrap over samples.',
    assumptions: 'The sign depends on the sign of u.',
    source: INPUT,
  },
  'A11.offDiagonalShare': {
    title: 'Share of the Hessian between layers',
    unit: 'share',
    formula: 'Σ_{l≠m} ‖H_lm‖_F² / ‖H‖_F²',
    estimator:
      'Random signs on one layer at a time; leading directions of the matrix are taken out and added exactly. Student interval over probes.',
    assumptions: MEAN_LOSS,
    source: 'Augmenting Hessians with Inter-Layer Dependencies for Mixed-Precision Post-Training Quantization, 2023',
  },
  'A11.layerOffDiagonalShare': {
    title: "Share of a layer's rows outside its own block",
    unit: 'share',
    formula: 'Σ_{m≠l} ‖H_lm‖_F² / Σ_m ‖H_lm‖_F²',
    estimator: 'As A11.offDiagonalShare.',
    assumptions: MEAN_LOSS,
    source: 'Augmenting Hessians with Inter-Layer Dependencies for Mixed-Precision Post-Training Quantization, 2023',
  },
  'A12.relativeInexactness': {
    title: "Error of a batch's Hessian",
    unit: 'relative',
    formula: '√E‖Uᵀ(H_B − H)U‖_F² / ‖UᵀHU‖_F, U the leading eigenvectors, B the batch size',
    estimator:
      'From uᵀHᵢv of single samples; bootstrap over samples, every sample looked at in the span that the others would have chosen.',
    assumptions: `${SAMPLES} Inside the span of U only: outside of it a batch of few samples is far worse.`,
    source:
      'Antonakopoulos, Agafonov, Kamzolov and others 2024, Advancing the lower bounds: an accelerated, stochastic, second-order method with optimal adaptation to inexactness',
  },
  'A12.batchForTenPercent': {
    title: 'Batch size for a Hessian right to 10 %',
    unit: 'samples',
    formula: 'B with A12.relativeInexactness = 0.1',
    estimator: 'As A12.relativeInexactness.',
    assumptions: SAMPLES,
    source: 'As A12.relativeInexactness',
  },
  'A12.lambdaMaxBias': {
    title: "Bias of a batch's largest eigenvalue",
    unit: 'relative',
    formula: '(E λmax(UᵀH_BU) − λmax)/λmax',
    estimator: 'Mean over batches drawn from the samples; Student interval over the draws.',
    assumptions: `${SAMPLES} A lower bound: directions outside of U lift it further (B4).`,
    source: 'Granziol, Zohren and Roberts 2022, Learning Rates as a Function of Batch Size',
  },
} as const satisfies Section;
