/** Catalogue, section E. Sensitivity of layers. */
import { MEAN_LOSS, SAMPLES, curvature, type QuantityDefinition, type Section } from './definition';

const HAWQ = 'Dong, Yao, Cai, Arfeen, Gholami, Mahoney and Keutzer 2020, HAWQ-V2';
const LE_CUN = 'LeCun, Denker and Solla 1990, Optimal Brain Damage';
const HAWQ3 = 'Yao, Dong, Zheng, Gholami et al. 2021, HAWQ-V3: Dyadic Neural Network Quantization';
const activationAt = (bits: number): QuantityDefinition => ({
  title: `Sensitivity of an activation to ${bits} bits`,
  unit: 'loss',
  formula: `Ω(${bits}) = (1/N) Σᵢ (tr(∂²ℓᵢ/∂a²)/n)·‖Q(aᵢ) − aᵢ‖², a the input of a weight, Q with ${bits} bits`,
  estimator:
    'Random signs on the activation, 8 draws on up to 32 samples; the range quantiser with one range for all of them. Student interval over draws, bootstrap over samples.',
  assumptions:
    'As the sensitivities of weights, for the activation of one layer at a time. The slope along the change and the kinks of later layers are not in it, as they are in the predicted increase.',
  source: HAWQ,
});

const INTERACTIONS =
  'Schaefer et al. 2023, Augmenting Hessians with Inter-Layer Dependencies for Mixed-Precision Post-Training Quantization';

/** How outputs are expanded: `autodiff/finiteExpansion.ts`. */
const EXPANSION =
  'The outputs in the exact loss: f + ḟ + f̃ with the forward derivative ḟ along δ, and f̃ of second order where a layer is smooth, of its own change along ḟ where it has kinks or bounded slopes (rectifiers, maxima, sigmoids). From derivatives at θ, for about four forward passes; the sampling error is that of paired differences.';
const EXPANDED =
  'Kinks behind a kink are crossed as the linearised model crosses them, and smooth layers are quadratic as far as the change reaches. Exact where the outputs are linear in what changes.';
const CHOSEN =
  'Where OBD and HAP choose by a probed diagonal, the estimator error has what six other draws of its noise would choose.';
const LINEARISED =
  'Immer, Korzepa and Bauer 2021, Improving predictions of Bayesian neural nets via local linearization; Griewank 2013, On stable piecewise linearization';

const sensitivityAt = (bits: number): QuantityDefinition => ({
  title: `Sensitivity of a weight tensor to ${bits} bits`,
  unit: 'loss',
  formula: `Ω(${bits}) = (tr(H_l)/n_l)·‖Q(W_l) − W_l‖², Q with ${bits} bits`,
  estimator:
    'The trace of the block from A2; the uniform symmetric quantiser of HAWQ-V3 with a scale per output channel. Twice the increase of the loss that it predicts.',
  assumptions: 'A minimum in W_l; rounding errors without preferred directions; no interaction between layers.',
  source: HAWQ,
});

const predictedAt = (bits: number): QuantityDefinition => ({
  title: `Predicted increase of the loss with a weight tensor at ${bits} bits`,
  unit: 'loss',
  formula: `(1/N) Σᵢ ℓᵢ(f + ḟ + f̃) − L(θ), δ = Q(W_l) − W_l, Q with ${bits} bits`,
  estimator: `${EXPANSION} For up to 64 weight tensors.`,
  assumptions: EXPANDED,
  source: LINEARISED,
});

const activationPredictedAt = (bits: number): QuantityDefinition => ({
  title: `Predicted increase of the loss with an activation at ${bits} bits`,
  unit: 'loss',
  formula: `(1/N) Σᵢ ℓᵢ(f + ḟ + f̃) − L, δ = Q(a) − a of the input a of a weight, Q with ${bits} bits`,
  estimator: `${EXPANSION} On up to 32 samples, the range quantiser with one range for all of them.`,
  assumptions: `${EXPANDED} One activation is rounded at a time.`,
  source: LINEARISED,
});

const latencyAt = (bits: number): QuantityDefinition => ({
  title: `Latency of a weight's layer at ${bits} bits`,
  unit: 'ms',
  formula: `given, at ${bits} bits`,
  estimator: 'From the table of latencies that the user names.',
  assumptions: 'As measured on the hardware that the model is to run on.',
  source: HAWQ3,
});

export const sensitivity = {
  'E1.layerLambdaMax': {
    title: "Largest eigenvalue of a layer's diagonal block",
    unit: curvature,
    formula: 'λmax(H_ll)',
    estimator: 'Lanczos on every block at once.',
    assumptions: MEAN_LOSS,
    source: 'Dong, Yao, Gholami, Mahoney and Keutzer 2019, HAWQ',
  },
  'E2.sensitivity2': sensitivityAt(2),
  'E2.sensitivity3': sensitivityAt(3),
  'E2.sensitivity4': sensitivityAt(4),
  'E2.sensitivity8': sensitivityAt(8),
  'E2.predicted2': predictedAt(2),
  'E2.predicted3': predictedAt(3),
  'E2.predicted4': predictedAt(4),
  'E2.predicted8': predictedAt(8),
  'E2.bits': {
    title: 'Bits of a weight tensor in the best allocation',
    unit: 'bits',
    formula: 'argmin Σ_l ΔL_l(b_l) subject to Σ_l n_l·b_l ≤ 4·Σ_l n_l, b_l ∈ {2, 3, 4, 8}',
    estimator:
      'Exact integer programming: dynamic programming with dominance and linear bounds. ΔL_l(b) is the predicted increase of the loss, ½Ω_l(b) of models with more than 64 weight tensors.',
    assumptions: 'Increases of single tensors add up; their errors are not followed into the choice.',
    source: HAWQ3,
  },
  'E2.plannedIncrease': {
    title: 'Predicted increase of the loss with the best 4-bit allocation',
    unit: 'loss',
    formula: '(1/N) Σᵢ ℓᵢ(f + ḟ + f̃) − L(θ), δ = Σ_l (Q_b(W_l) − W_l), b from E2.bits',
    estimator: EXPANSION,
    assumptions: EXPANDED,
    source: LINEARISED,
  },
  'E2.uniformIncrease': {
    title: 'Predicted increase of the loss with 4 bits everywhere',
    unit: 'loss',
    formula: '(1/N) Σᵢ ℓᵢ(f + ḟ + f̃) − L(θ), δ = Σ_l (Q₄(W_l) − W_l)',
    estimator: EXPANSION,
    assumptions: EXPANDED,
    source: LINEARISED,
  },
  'E2.multiplications': {
    title: 'Multiplications with a weight tensor',
    unit: 'per sample',
    formula: 'output elements times inputs of each; times b² they are bit operations',
    estimator: 'Counted in the products of the traced model.',
    assumptions: 'Activations are as wide as weights.',
    source: HAWQ3,
  },
  'E2.latency2': latencyAt(2),
  'E2.latency3': latencyAt(3),
  'E2.latency4': latencyAt(4),
  'E2.latency8': latencyAt(8),
  'E2.latencyIncrease': {
    title: 'Predicted increase of the loss with the best allocation for half of the latency between the extremes',
    unit: 'loss',
    formula: 'as E2.plannedIncrease, the widths chosen subject to Σ_l t_l(b_l) ≤ (fastest + slowest)/2',
    estimator: `${EXPANSION} Widths by exact integer programming, as E2.bits.`,
    assumptions: `${EXPANDED} Layers run one after another, so that latencies add.`,
    source: HAWQ3,
  },
  'E2.activation2': activationAt(2),
  'E2.activation3': activationAt(3),
  'E2.activation4': activationAt(4),
  'E2.activation8': activationAt(8),
  'E2.activationPredicted2': activationPredictedAt(2),
  'E2.activationPredicted3': activationPredictedAt(3),
  'E2.activationPredicted4': activationPredictedAt(4),
  'E2.activationPredicted8': activationPredictedAt(8),
  'E2.activationMeasured': {
    title: 'Measured increase of the loss with an activation at 4 bits',
    unit: 'loss',
    formula: 'L with Q(a) in the place of the input a of a weight − L, Q with 4 bits',
    estimator: 'The loss of up to 32 samples with and without; the sampling error is that of paired differences.',
    assumptions: `${SAMPLES} One activation is rounded at a time.`,
    source: HAWQ3,
  },
  'E2.activationBits': {
    title: 'Bits of an activation in the best allocation',
    unit: 'bits',
    formula: 'argmin Σ_l ΔL_l(b_l) subject to Σ_l n_l·b_l ≤ 4·Σ_l n_l over the inputs of weights, b_l ∈ {2, 3, 4, 8}',
    estimator: 'Exact integer programming, as E2.bits; ΔL_l(b) is the predicted increase of the loss.',
    assumptions: 'Increases of single activations add up; their errors are not followed into the choice.',
    source: HAWQ3,
  },
  'E2.coupledIncrease': {
    title: 'Change of the loss with that allocation by the quadratic model',
    unit: 'loss',
    formula: 'g·δ + ½ δᵀHδ, δ = Σ_l (Q_b(W_l) − W_l), b from E2.bits',
    estimator: 'A Hessian-vector product for every tensor and width, for up to 24 tensors; exact but for rounding.',
    assumptions: 'The loss is quadratic as far as rounding reaches.',
    source: INTERACTIONS,
  },
  'E2.interaction': {
    title: 'Part of it between tensors',
    unit: 'loss',
    formula: 'Σ_{l<m} δ_lᵀH_lm δ_m',
    estimator: 'As E2.coupledIncrease.',
    assumptions: 'As E2.coupledIncrease. What a sum over tensors leaves out.',
    source: INTERACTIONS,
  },
  'E2.coupledBest': {
    title: 'Predicted change of the loss with the best allocation found for all terms',
    unit: 'loss',
    formula: 'min over b of E2.coupledIncrease subject to Σ_l n_l·b_l ≤ 4·Σ_l n_l',
    estimator:
      'As E2.coupledIncrease; exchanges of one or two widths until none helps, so that a better one may exist.',
    assumptions: 'As E2.coupledIncrease.',
    source: INTERACTIONS,
  },
  'E3.saliency': {
    title: 'Mean saliency of the weights of a tensor',
    unit: 'loss',
    formula: '(1/n_l) Σ_{i∈l} ½ h_ii w_i²',
    estimator:
      'The diagonal of H from the dense matrix where it is known, else from random signs with the leading directions taken out.',
    assumptions: 'A minimum; weights are removed one at a time.',
    source: LE_CUN,
  },
  'E3.increase': {
    title: 'Measured increase of the loss without half of the weights',
    unit: 'loss',
    formula:
      'L(θ + δ) − L(θ), δ removing the lowest scores of a criterion: |w|, OBD ½hw², OBS w²/2[F⁻¹]_ii, OBA |−gw + ½w(Hw)|, HAP (tr H_c/2n_c)·‖w_c‖²',
    estimator: `The loss of every sample with and without; the sampling error is that of paired differences. ${CHOSEN}`,
    assumptions: `${SAMPLES} Weights of two or more axes are ranked together; nothing is retrained.`,
    source:
      'LeCun, Denker and Solla 1990; Hassibi and Stork 1992; Frantar, Kurtic and Alistarh 2021, M-FAC; Sun et al. 2025, Optimal Brain Apoptosis; Yu et al. 2022, Hessian-Aware Pruning and Optimal Neural Implant',
  },
  'E3.predictedIncrease': {
    title: 'Predicted increase of the loss without half of the weights',
    unit: 'loss',
    formula: '(1/N) Σᵢ ℓᵢ(f + ḟ + f̃) − L(θ), δ as in E3.increase',
    estimator: `${EXPANSION} ${CHOSEN}`,
    assumptions: EXPANDED,
    source: LINEARISED,
  },
  'E3.quadraticIncrease': {
    title: 'Increase of the loss without half of the weights by the quadratic model',
    unit: 'loss',
    formula: 'g·δ + ½ δᵀHδ, δ as in E3.increase',
    estimator: `One Hessian-vector product; exact for the weights chosen, but for rounding. ${CHOSEN}`,
    assumptions: 'The loss is quadratic as far as the removal reaches.',
    source: LE_CUN,
  },
  'E4.predicted': {
    title: 'Predicted increase of the loss with a weight tensor at 4 bits',
    unit: 'loss',
    formula: '(1/N) Σᵢ ℓᵢ(f + ḟ + f̃) − L(θ), δ = Q₄(W_l) − W_l',
    estimator: EXPANSION,
    assumptions: EXPANDED,
    source: LINEARISED,
  },
  'E4.quadratic': {
    title: 'Increase of the loss with a weight tensor at 4 bits by the quadratic model',
    unit: 'loss',
    formula: 'g·δ + ½ δᵀHδ, δ = Q₄(W_l) − W_l',
    estimator: 'One Hessian-vector product; exact but for rounding.',
    assumptions:
      'The loss is quadratic along the change; the curvature of piecewise linear layers, all of it in their kinks, is not seen.',
    source: LE_CUN,
  },
  'E4.alongChange': {
    title: 'Increase of the loss with a weight tensor at 4 bits, by the curvature halfway, too',
    unit: 'loss',
    formula: 'g·δ + δᵀH(θ)δ/6 + δᵀH(θ + δ/2)δ/3, δ = Q₄(W_l) − W_l',
    estimator: 'Gauss–Radau quadrature of ∫₀¹ (1 − t)·δᵀH(θ + tδ)δ dt: two Hessian-vector products.',
    assumptions:
      'The loss is a polynomial of degree 4 along the change. Not a prediction from θ alone: it looks at the curvature on the way.',
    source: LE_CUN,
  },
  'E4.trustedLength': {
    title: 'Share of the change to 4 bits over which the quadratic model is trusted',
    unit: 'of the change',
    formula: 'largest t with |c|·t³ ≤ ¼·|t·g·δ + ½t²·δᵀHδ|, c = δᵀ(H(θ + δ/2) − H(θ))δ/3',
    estimator: 'Closed form. Below 1 the quadratic model is said to be outside its trust region.',
    assumptions: 'Curvature changes linearly along the change.',
    source: 'Nocedal and Wright 2006, Numerical Optimization, chapter 4',
  },
  'E4.measured': {
    title: 'Measured increase of the loss with a weight tensor at 4 bits',
    unit: 'loss',
    formula: 'L(θ + δ) − L(θ), δ = Q₄(W_l) − W_l',
    estimator: 'The loss of every sample with and without; the sampling error is that of paired differences.',
    assumptions: SAMPLES,
    source: HAWQ3,
  },
  'E4.rankCorrelation': {
    title: 'Rank correlation of predicted and measured increases at 4 bits',
    unit: 'correlation',
    formula: 'Spearman’s ρ over weight tensors of E4.predicted and E4.measured',
    estimator: 'Interval by resampling the samples behind the measured increases; predictions are kept.',
    assumptions: 'At least three weight tensors.',
    source: HAWQ,
  },
  'E4.quadraticRankCorrelation': {
    title: 'Rank correlation of the quadratic model and measured increases at 4 bits',
    unit: 'correlation',
    formula: 'Spearman’s ρ over weight tensors of E4.quadratic and E4.measured',
    estimator: 'As E4.rankCorrelation.',
    assumptions: 'As E4.rankCorrelation.',
    source: LE_CUN,
  },
  'E4.trustedRankCorrelation': {
    title: 'Rank correlation of the quadratic model and measured increases at 4 bits inside its trust region',
    unit: 'correlation',
    formula: 'Spearman’s ρ over the weight tensors with E4.trustedLength ≥ 1',
    estimator: 'As E4.rankCorrelation.',
    assumptions: 'At least three such tensors.',
    source: HAWQ,
  },
  'E4.traceRankCorrelation': {
    title: 'Rank correlation of the sensitivity Ω and measured increases at 4 bits',
    unit: 'correlation',
    formula: 'Spearman’s ρ over weight tensors of Ω(4) and E4.measured',
    estimator: 'As E4.rankCorrelation.',
    assumptions: 'As E4.rankCorrelation and Ω.',
    source: HAWQ,
  },
  'E4.pruningRankCorrelation': {
    title: 'Rank correlation of predicted and measured increases when half of a tensor is pruned',
    unit: 'correlation',
    formula: 'Spearman’s ρ over weight tensors, δ removing the half of smallest magnitude',
    estimator: 'As E4.rankCorrelation.',
    assumptions: 'As E4.rankCorrelation.',
    source: LE_CUN,
  },
} as const satisfies Section;
