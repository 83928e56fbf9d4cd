/**
 * Every quantity that is computed: what it is, in which unit, by which formula, from which paper. `docs/quantities.md` is generated from this table,
 * and no quantity can be reported that is not in it.
 */

export interface QuantityDefinition {
  /** What a reader calls it. */
  readonly title: string;
  readonly unit: string;
  readonly formula: string;
  /** How it is estimated and where its error comes from. */
  readonly estimator: string;
  /** What has to hold for the number to mean what it says. */
  readonly assumptions: string;
  readonly source: string;
}

const LANCZOS = 'Wu and Simon 2000; Parlett 1998, The Symmetric Eigenvalue Problem';
const HUTCH = 'Meyer, Musco, Musco and Woodruff 2021, Hutch++: Optimal Stochastic Trace Estimation';
const SLQ = 'Ubaru, Chen and Saad 2017; Ghorbani, Krishnan and Xiao 2019';
const NOISE = 'McCandlish, Kaplan, Amodei et al. 2018, An Empirical Model of Large-Batch Training';
const BULK = 'Sagun, Bottou and LeCun 2016; Sagun, Evci, Güney, Dauphin and Bottou 2017';
const EDGE =
  'Cohen, Kaur, Li, Kolter and Talwalkar 2021; Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability';
const MEAN_LOSS = 'The loss is the mean over samples; θ are the trainable parameters.';
const SAMPLES = 'Samples are drawn independently; the loss of a batch is the mean of a loss per sample.';
const QUADRATIC =
  'The loss is quadratic along the step and the full gradient is used; mini-batch noise lowers the limit (B3).';

const curvature = 'loss / parameter²';
const rate = 'learning rate';

export const catalogue = {
  'A1.lambdaMax': {
    title: 'Largest eigenvalue of the Hessian',
    unit: curvature,
    formula: 'λmax(H), H = ∇²L(θ)',
    estimator:
      'Lanczos at both ends with full reorthogonalisation and thick restarts; the error is bounded by the residual ‖Hv − λv‖ (or its square over the gap). Small models: all eigenvalues of the dense matrix.',
    assumptions: MEAN_LOSS,
    source: LANCZOS,
  },
  'A1.lambdaMin': {
    title: 'Smallest eigenvalue of the Hessian',
    unit: curvature,
    formula: 'λmin(H), signed',
    estimator: 'As A1.lambdaMax, at the lower end of the same Krylov space.',
    assumptions: MEAN_LOSS,
    source: LANCZOS,
  },
  'A2.trace': {
    title: 'Trace of the Hessian',
    unit: curvature,
    formula: 'tr H = Σ λᵢ',
    estimator:
      'Hutch++ with the sketch from the Lanczos run and as many random-sign probes as the tolerance asks for; Student interval over probes. Exact diagonal where p products are affordable.',
    assumptions: MEAN_LOSS,
    source: HUTCH,
  },
  'A2.meanEigenvalue': {
    title: 'Mean eigenvalue',
    unit: curvature,
    formula: 'tr H / p',
    estimator: 'From A2.trace.',
    assumptions: MEAN_LOSS,
    source: HUTCH,
  },
  'A2.frobenius': {
    title: 'Frobenius norm of the Hessian',
    unit: curvature,
    formula: '‖H‖_F = √(Σ λᵢ²)',
    estimator: 'E‖Hz‖² over the probes of A2.trace, sketch taken out.',
    assumptions: MEAN_LOSS,
    source: HUTCH,
  },
  'A3.probes': {
    title: 'Probes behind the spectral density',
    unit: 'probes',
    formula: 'ρ(x) = (1/p) Σ δ(x − λᵢ)',
    estimator:
      'Stochastic Lanczos quadrature; the nodes and weights are in spectrum.density. Known eigenpairs enter with their exact weight.',
    assumptions: MEAN_LOSS,
    source: SLQ,
  },
  'A4.bulkEdge': {
    title: 'Upper edge of the bulk',
    unit: curvature,
    formula: 'largest eigenvalue below the widest relative gap among the known top eigenvalues',
    estimator: 'From the eigenvalues of A1; not computed where no ratio of neighbours reaches 1.5.',
    assumptions: MEAN_LOSS,
    source: BULK,
  },
  'A4.outliers': {
    title: 'Eigenvalues above the bulk',
    unit: 'eigenvalues',
    formula: 'number of eigenvalues above A4.bulkEdge',
    estimator: 'Counted among the eigenvalues of A1.',
    assumptions: 'At least one eigenvalue of the bulk is among those computed (--top).',
    source: BULK,
  },
  'A4.massAtZero': {
    title: 'Share of eigenvalues near zero',
    unit: 'share',
    formula: 'share of |λᵢ| ≤ 10⁻³ · max |λ|',
    estimator: 'From the quadrature nodes of A3, Student interval over probes.',
    assumptions: MEAN_LOSS,
    source: SLQ,
  },
  'A4.negativeMass': {
    title: 'Share of clearly negative eigenvalues',
    unit: 'share',
    formula: 'share of λᵢ < −10⁻³ · max |λ|',
    estimator: 'From the quadrature nodes of A3, Student interval over probes.',
    assumptions: MEAN_LOSS,
    source: SLQ,
  },
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
    estimator: 'From per-sample gradients; interval by the jackknife over samples.',
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
    estimator: 'Random-sign combinations of centred per-sample gradients, one product each; Fieller interval.',
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
  'B1.limit': {
    title: "Largest stable learning rate of the script's optimizer",
    unit: rate,
    formula: 'GD 2/h, heavy ball 2(1 + β)/((1 − δ)h), Nesterov 2(1 + β)/((1 + 2β)h), with h = λmax + weight decay',
    estimator:
      'From A1.lambdaMax (of the training mode where BatchNorm makes it differ); the interval is that of λmax.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.margin': {
    title: 'Learning rate in units of its limit',
    unit: '1 = edge of stability',
    formula: 'η / B1.limit',
    estimator: 'From B1.limit and the learning rate in the training script.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.sharpness': {
    title: 'Sharpness that training meets',
    unit: curvature,
    formula: 'λmax of the Hessian in train mode (batch statistics, no dropout noise), else A1.lambdaMax',
    estimator: 'As A1.lambdaMax.',
    assumptions: MEAN_LOSS,
    source: EDGE,
  },
  'B1.limitGradientDescent': {
    title: 'Limit for plain gradient descent',
    unit: rate,
    formula: '2/(λmax + weight decay)',
    estimator: 'From B1.sharpness.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.limitHeavyBall': {
    title: 'Limit for momentum',
    unit: rate,
    formula: '2(1 + β)/(λmax + weight decay)',
    estimator: 'From B1.sharpness; β of the script, 0.9 where it has none.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.limitNesterov': {
    title: 'Limit for Nesterov momentum',
    unit: rate,
    formula: '2(1 + β)/((1 + 2β)(λmax + weight decay))',
    estimator: 'From B1.sharpness; β of the script, 0.9 where it has none.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'A2.layerTrace': {
    title: "Trace of a layer's (or tensor's) diagonal block",
    unit: curvature,
    formula: 'tr H_ll',
    estimator: 'The rows of the layer in the probes of A2.trace.',
    assumptions: MEAN_LOSS,
    source: HUTCH,
  },
  'A2.layerMeanEigenvalue': {
    title: 'Mean eigenvalue of a diagonal block',
    unit: curvature,
    formula: 'tr H_ll / n_l',
    estimator: 'From A2.layerTrace.',
    assumptions: MEAN_LOSS,
    source: 'Dong, Yao, Arfeen, Gholami, Mahoney and Keutzer 2020, HAWQ-V2',
  },
  'E1.layerLambdaMax': {
    title: "Largest eigenvalue of a layer's diagonal block",
    unit: curvature,
    formula: 'λmax(H_ll)',
    estimator: 'Lanczos on every block at once.',
    assumptions: MEAN_LOSS,
    source: 'Dong, Yao, Gholami, Mahoney and Keutzer 2019, HAWQ',
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
    estimator: 'From per-sample gradients; Fieller interval.',
    assumptions: SAMPLES,
    source: NOISE,
  },
} as const satisfies Readonly<Record<string, QuantityDefinition>>;

export type QuantityId = keyof typeof catalogue;
