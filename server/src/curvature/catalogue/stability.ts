/** Catalogue, section B. Stability of training. */
import { MEAN_LOSS, QUADRATIC, SAMPLES, curvature, rate, type Section } from './definition';

const EDGE =
  'Cohen, Kaur, Li, Kolter and Talwalkar 2021; Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability';

const ADAPTIVE = 'Cohen, Ghorbani, Krishnan et al. 2022, Adaptive Gradient Methods at the Edge of Stability';

const DYNAMICAL = 'Wu and Su 2023, The Implicit Regularization of Dynamical Stability in Stochastic Gradient Descent';

const RANDOM_MATRIX = 'Granziol, Zohren and Roberts 2022, Learning Rates as a Function of Batch Size';

const TEMPERATURE = 'Sclocchi and Wyart 2023, Dissecting the Effects of SGD Noise in Distinct Regimes of Deep Learning';
const TRUST =
  'Semenov, Jaggi and Doikov 2025, Gradient-Normalized Smoothness for Optimization with Approximate Hessians';

const TRIAL =
  'Training goes on from here with a constant learning rate, without clipping; dropout is off and BatchNorm keeps its statistics.';

export const stability = {
  'B1.limit': {
    title: "Largest stable learning rate of the script's optimizer",
    unit: rate,
    formula:
      'GD 2/h, heavy ball 2(1 + β)/((1 − δ)h), Nesterov 2(1 + β)/((1 + 2β)h), with h = λmax + weight decay; adaptive optimizers as B2.preconditionedSharpness says',
    estimator:
      'From B1.sharpness, or B2.preconditionedSharpness for an adaptive optimizer; the interval is that of the eigenvalue.',
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
  'B2.preconditionedSharpness': {
    title: 'Sharpness that an adaptive optimizer meets',
    unit: '1 / learning rate',
    formula:
      'κ = λmax of P^(−½)HP^(−½), P = (1 − β₁ᵗ)·(√(v/(1 − β₂ᵗ)) + ε) for Adam and AdamW (stable below (2 + 2β₁)/((1 − β₁)κ)) and NAdam (2 + 2β₁)/((1 + β₁ − 2μβ₁)κ); √v + ε for RMSprop (2(1 + β)/κ) and Adagrad (2/κ); L2 weight decay ω adds ωI to H',
    estimator:
      'Lanczos. v from the optimizer state in the checkpoint, else E[g_B²] = g² + C/B of the analysed samples, the value that v tends to when the weights stand still.',
    assumptions:
      'P moves slowly compared with the weights; at the very start of training, when P is that of a few steps, the limit says little.',
    source: ADAPTIVE,
  },
  'B3.batchSharpness': {
    title: 'Batch sharpness',
    unit: curvature,
    formula: 'E[g_BᵀH_Bg_B] / E‖g_B‖²; the edge is 2/η',
    estimator: "Batches of the script's size drawn with replacement from the analysed samples; jackknife over batches.",
    assumptions: SAMPLES,
    source: 'Andreyev and Beneventano 2024, Edge of Stochastic Stability',
  },
  'B3.meanSquareLimit': {
    title: 'Learning rate above which SGD is unstable in the mean square',
    unit: rate,
    formula:
      'η at which Σ ↦ (I − ηH)Σ(I − ηH) + (η²/B)(mean HᵢΣHᵢ − HΣH) has spectral radius 1, on matrices Σ in the span of leading eigenvectors',
    estimator:
      'Forms uᵀHᵢv of every sample with the leading eigenvectors; sampling error by the jackknife over groups of samples. The restriction to a span makes it an upper bound: above it SGD is unstable, below it nothing is proved.',
    assumptions: 'Plain SGD near a minimum; batches drawn independently; the loss is quadratic there.',
    source:
      'Mulayoff and Michaeli 2024, Exact Mean Square Linear Stability Analysis for SGD; Dexter et al. 2024, A Precise Characterization of SGD Stability Using Loss Surface Geometry',
  },
  'B3.frobeniusLimit': {
    title: 'Learning rate above which SGD is unstable by the Frobenius norms',
    unit: rate,
    formula: '2·tr(H)/(‖H‖_F²(1 − 1/B) + mean ‖Hᵢ‖_F²/B)',
    estimator:
      'A2 and random signs ε of samples and z of parameters: mean ‖Σ εᵢHᵢz‖²/N. Only sufficient for instability.',
    assumptions: 'As B3.meanSquareLimit.',
    source: DYNAMICAL,
  },
  'B3.traceLimit': {
    title: 'Largest learning rate by the trace',
    unit: rate,
    formula: '2/tr(H)',
    estimator: 'From A2.trace. Necessary for stability at batches of one sample.',
    assumptions: 'A minimum that fits every sample exactly, squared loss, B = 1.',
    source: DYNAMICAL,
  },
  'B3.coherence': {
    title: "Coherence of the samples' Hessians",
    unit: 'ratio',
    formula: 'σ = λmax(S)/max λmax(Hᵢ), Sᵢⱼ = ‖Hᵢ^½Hⱼ^½‖_F',
    estimator: 'In the span of the leading eigenvectors; negative eigenvalues of single samples are left out.',
    assumptions: `${SAMPLES} From 1, where samples share nothing and have rank one, to their number times √rank, where they are the same.`,
    source: 'Dexter et al. 2024, A Precise Characterization of SGD Stability Using Loss Surface Geometry',
  },
  'B4.hessianNoise': {
    title: "Noise of a batch's Hessian",
    unit: '(loss / parameter²)²',
    formula: 'c = pσ² in λ_B = λ + c/(Bλ) where λ² > c/B, else 2√(c/B)',
    estimator: 'λmax of batches of several sizes, solved for c; studentised bootstrap over batches.',
    assumptions: 'The Hessian of a batch is that of all samples plus noise with independent entries.',
    source: RANDOM_MATRIX,
  },
  'B4.lambdaBatch': {
    title: "Largest eigenvalue of a batch's Hessian",
    unit: curvature,
    formula: 'λ + c/(Bλ) where λ² > c/B, else 2√(c/B)',
    estimator: "From B4.hessianNoise at the script's batch size.",
    assumptions: 'As B4.hessianNoise.',
    source: RANDOM_MATRIX,
  },
  'B4.limitAtBatch': {
    title: 'Largest stable learning rate at the batch size',
    unit: rate,
    formula: 'B1.limit·λmax/λ_B',
    estimator: 'From B1.limit (of plain gradient descent for adaptive optimizers) and B4.lambdaBatch.',
    assumptions: 'As B4.hessianNoise; the batch stays the same from step to step, the worst case.',
    source: RANDOM_MATRIX,
  },
  'B5.learningRate': {
    title: 'Learning rate for another batch size',
    unit: rate,
    formula: "SGD: (B'/B)·η; Adam and RMSprop: √(B'/B)·η, with 1 − β' = (B'/B)(1 − β), ε' = ε/√(B'/B)",
    estimator: 'From the training script.',
    assumptions: 'Noise dominates: batches below the critical size (C1.criticalBatch).',
    source:
      'Granziol, Zohren and Roberts 2022; Malladi et al. 2022, On the SDEs and Scaling Rules for Adaptive Gradient Algorithms',
  },
  'B6.steps': {
    title: 'Steps of warm-up that the learning rate needs',
    unit: 'steps',
    formula: 'shortest linear ramp tried after which the loss does not rise by more than a fifth; 0: none is needed',
    estimator:
      'Trial runs with ramps of 0, 10, 20, 40 and 80 steps, each followed by 50 steps at the full learning rate.',
    assumptions: TRIAL,
    source: 'Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability',
  },
  'B6.startRate': {
    title: 'Learning rate at which a warm-up begins',
    unit: rate,
    formula: "half of B1.limit, at most the script's learning rate",
    estimator: 'From B1.limit.',
    assumptions: QUADRATIC,
    source: 'Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability',
  },
  'B7.sharpness': {
    title: 'Sharpness at a checkpoint of the run',
    unit: curvature,
    formula: 'λmax of the Hessian at its weights, on the same samples',
    estimator: 'Lanczos to half a per cent.',
    assumptions: MEAN_LOSS,
    source: EDGE,
  },
  'B7.rate': {
    title: 'Progressive sharpening',
    unit: 'loss / parameter² per step',
    formula: 'slope of B7.sharpness over the step, by least squares',
    estimator: "Student's interval from the scatter around the line; none for two checkpoints.",
    assumptions: 'Sharpness changes in proportion to steps between the checkpoints.',
    source: 'Agarwala, Pedregosa and Pennington 2023, Second-order regression models exhibit progressive sharpening',
  },
  'B7.edgeStep': {
    title: 'Step at which the edge of stability is expected',
    unit: 'step',
    formula: "where the line of B7.rate reaches the λmax at which the script's learning rate is at its limit",
    estimator: 'From B7.rate and its interval.',
    assumptions: 'Sharpness goes on to change as it did; the learning rate stays.',
    source: 'Agarwala, Pedregosa and Pennington 2023, Second-order regression models exhibit progressive sharpening',
  },
  'B7.flowSharpness': {
    title: 'Sharpness where infinitely small steps would end',
    unit: curvature,
    formula: 'λmax of H at lim θ(t), dθ/dt = −∇L(θ), from these parameters',
    estimator:
      'A stabilised Runge–Kutta–Chebyshev method until the gradient is 1/10,000 of its start, then Lanczos; the interval has the residual and the change over the last factor of ten. For small models, by a budget of operations.',
    assumptions:
      'The flow settles: it does not where cross-entropy can go to zero for ever. Gradient descent decreases this sharpness from step to step, at its edge of stability too.',
    source:
      'Kreisler, Shpigel Nacson, Soudry and Carmon 2023, Gradient Descent Monotonically Decreases the Sharpness of Gradient Flow Solutions in Scalar Networks and Beyond; Sommeijer, Shampine and Verwer 1998, RKC: An explicit solver for parabolic PDEs',
  },
  'B8.temperature': {
    title: 'Temperature of the gradient noise',
    unit: 'learning rate / samples',
    formula: 'η/(B(1 − β)); β = 0 for adaptive optimizers',
    estimator: 'From the training script.',
    assumptions: 'Batches are drawn independently.',
    source: TEMPERATURE,
  },
  'B8.noiseToSignal': {
    title: 'Energy of the noise in a step against that of the gradient',
    unit: 'ratio',
    formula: 'tr(C)/(B‖g‖²): above 1 noise dominates',
    estimator: 'C1.noiseScale/B.',
    assumptions: SAMPLES,
    source: TEMPERATURE,
  },
  'B9.gradientStep': {
    title: 'Trusted step along the negative gradient',
    unit: rate,
    formula: 'largest t with |L(θ − tg) − L(θ) − q(t)| ≤ 0.1·|q(t)|, q(t) = −t‖g‖² + ½t²gᵀHg',
    estimator: 'Losses on a geometric grid of t, then bisection.',
    assumptions: MEAN_LOSS,
    source: TRUST,
  },
  'B9.newtonStep': {
    title: 'Trusted share of the damped Newton step',
    unit: 'share of the step',
    formula: 'as B9.gradientStep along −(H + αI)⁻¹g, α = λmax/1000',
    estimator: 'The step by at most 30 conjugate gradients, then as B9.gradientStep.',
    assumptions: 'No direction of conjugate gradients is curved downwards.',
    source: TRUST,
  },
  'B9.normalisedSmoothness': {
    title: 'Radius within which gradients are nearly linear',
    unit: 'parameter',
    formula: 'largest γ with ‖∇L(θ + h) − g − Hh‖ ≤ ‖g‖‖h‖/γ for all h with ‖h‖ ≤ γ on the lines tried',
    estimator:
      'Gradients on a geometric grid along ±the leading eigenvector, the negative gradient and the damped Newton step, then bisection; the interval is the bracket found. Lines not tried can only lower it.',
    assumptions: 'The gradient is not zero. A Newton step with damping ‖g‖/γ decreases the loss along these lines.',
    source: TRUST,
  },
  'B10.rise': {
    title: 'Rise of the loss in a trial run',
    unit: 'share of the loss at the start',
    formula: '(largest loss within 50 steps − loss at the start)/|loss at the start|, at least 0',
    estimator:
      "Steps of the optimizer on batches drawn with replacement from the analysed samples; the loss of all samples is measured after each of the first four steps and after every fourth. Without a part: the script's optimizer at its learning rate.",
    assumptions: TRIAL,
    source: EDGE,
  },
  'B10.largestStable': {
    title: 'Largest learning rate that held in trial runs',
    unit: rate,
    formula:
      'largest rate tried below the first one at which the loss rose by more than a fifth; the interval reaches to that one',
    estimator: "Trial runs of 50 steps at ¼ … 4 times the script's learning rate and at its limit.",
    assumptions: TRIAL,
    source: EDGE,
  },
} as const satisfies Section;
