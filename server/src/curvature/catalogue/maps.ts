/** Catalogue, section D from D4 on: the network as a map, its arithmetic, and its steps. */
import { MEAN_LOSS, SAMPLES, curvature, type Section } from './definition';

const PROPAGATION =
  'Schoenholz, Gilmer, Ganguli and Sohl-Dickstein 2017; Lou, Mingard and Hayou 2022, Feature Learning and Signal Propagation in Deep Neural Networks';
const ISOMETRY =
  'Pennington, Schoenholz and Ganguli 2017, Resurrecting the sigmoid in deep learning through dynamical isometry; Manor and Michaeli 2024, On the Posterior Distribution in Denoising';
const ISOMETRY_ESTIMATOR =
  'All singular values of up to 64 samples; of Jacobians with more than 64 rows and columns the leading ones, by Lanczos on JᵀJ, of 4. Interval by resampling samples.';
const LIPSCHITZ =
  'Szegedy et al. 2014, Intriguing properties of neural networks; Tsuzuku, Sato and Sugiyama 2018, Lipschitz-Margin Training';
const SMOOTHING =
  'Cohen, Rosenfeld and Kolter 2019, Certified Adversarial Robustness via Randomized Smoothing; Delattre et al. 2024, The Lipschitz-Variance-Margin Tradeoff';
const PRECISION =
  'Hrycej, Bermeitinger and Handschuh 2022, Training Neural Networks in Single vs. Double Precision; Wilkinson 1965, The Algebraic Eigenvalue Problem';
const FEW_SAMPLES = 'The first samples, 16 at most, stand for all; over more samples rounding averages out in part.';
const ALIGNMENT =
  'Baratin et al. 2021, Implicit Regularization via Neural Feature Alignment; Lou, Mingard and Hayou 2022, Feature Learning and Signal Propagation in Deep Neural Networks';
const DIRECTIONS = 'Of up to 64 samples; not known with more than 64 outputs and inputs. Lanczos on the mean of JᵀJ.';

export const maps = {
  'D4.activation': {
    title: 'Size of a layer’s activations',
    unit: 'activation',
    formula: '√E[a²], over samples and units',
    estimator: 'One forward pass; interval by resampling samples.',
    assumptions: SAMPLES,
    source: PROPAGATION,
  },
  'D4.gradient': {
    title: 'Size of the gradient at a layer’s output',
    unit: 'loss / activation',
    formula: '√E‖∂ℓᵢ/∂a‖²',
    estimator: 'One reverse pass; interval by resampling samples.',
    assumptions: SAMPLES,
    source: PROPAGATION,
  },
  'D4.deadShare': {
    title: 'Dead units of a rectifier',
    unit: 'share',
    formula: 'share of units (channels of images, else features) whose output is zero for all samples',
    estimator: 'Counted; a unit that fires for one sample in m is missed by N samples with probability (1 − 1/m)^N.',
    assumptions: 'The analysed samples are like those of training.',
    source: 'Lu, Shin, Su and Karniadakis 2020, Dying ReLU and Initialization',
  },
  'D4.forwardGrowth': {
    title: 'Growth of activations per layer',
    unit: 'factor',
    formula: 'exp of the slope of ln D4.activation over layers with weights, in the order of execution',
    estimator: 'Least squares; interval by resampling samples.',
    assumptions: 'Three layers with weights at least.',
    source: PROPAGATION,
  },
  'D4.backwardGrowth': {
    title: 'Growth of gradients per layer on their way back',
    unit: 'factor',
    formula: 'exp of the slope of ln D4.gradient over layers with weights, from the last to the first',
    estimator: 'As D4.forwardGrowth.',
    assumptions: 'As D4.forwardGrowth.',
    source: PROPAGATION,
  },
  'D4.gradientRatio': {
    title: 'Gradient at the first layer over that at the last',
    unit: 'ratio',
    formula: 'D4.gradient of the first layer with weights / of the last',
    estimator: 'As D4.forwardGrowth.',
    assumptions: 'As D4.forwardGrowth.',
    source: PROPAGATION,
  },
  'D4.outputKurtosis': {
    title: 'Kurtosis of the model’s output',
    unit: 'ratio',
    formula: 'E[(f − μ)⁴]/σ⁴ over samples and outputs; 3 for the Gaussian of an infinitely wide network',
    estimator: 'Exact for the analysed samples; no sampling interval, which would rest on eighth moments.',
    assumptions: SAMPLES,
    source: 'Antognini 2019, Finite size corrections for neural network Gaussian processes',
  },
  'D4.alignment': {
    title: 'Alignment of a layer’s tangent features with the labels',
    unit: 'cosine',
    formula: 'yᵀK_l y/(‖K_l‖_F‖y‖²), K_l = J_lJ_lᵀ, J_l = ∂f/∂θ_l and one-hot labels y both centred over samples',
    estimator:
      'Exact for the samples taken, as many as the (N·C) × (N·C) matrix allows; jackknife over groups of them.',
    assumptions: 'Samples have one class each, and the model one output per class.',
    source: ALIGNMENT,
  },
  'D5.spectralProduct': {
    title: 'Product of the layers’ spectral norms',
    unit: 'output / input',
    formula: '∏ ‖W_l‖₂ over linear and convolution layers, each as an operator on its input',
    estimator: 'Lanczos on WᵀW, with padding and strides; relative errors add up.',
    assumptions:
      'Bounds the Lipschitz constant of a chain of these layers with activations of slope 1 at most; normalisation layers and skip connections are not in it.',
    source: LIPSCHITZ,
  },
  'D5.localNorm': {
    title: 'Largest norm of the input–output Jacobian at a sample',
    unit: 'output / input',
    formula: 'max over samples of σ₁(∂f/∂x)',
    estimator: 'All singular values of up to 64 samples; a lower bound of the Lipschitz constant.',
    assumptions: SAMPLES,
    source: LIPSCHITZ,
  },
  'D5.margin': {
    title: 'Margin of the samples’ classes',
    unit: 'output',
    formula: 'E[f_y − max_{c≠y} f_c], over samples',
    estimator: 'One forward pass; interval by resampling samples.',
    assumptions: SAMPLES,
    source: LIPSCHITZ,
  },
  'D5.certifiedRadius': {
    title: 'Certified radius by randomised smoothing',
    unit: 'input',
    formula:
      'E max(0, σ Φ⁻¹(p)), p the Clopper–Pearson lower bound, at 99.9 %, of the share of noisy inputs x + σξ that keep the class y; σ a quarter of the deviation of the inputs',
    estimator: '100 draws for each of up to 32 samples, so that p ≤ 0.933; interval by resampling samples.',
    assumptions: 'ℓ₂ distance; holds for the smoothed classifier, sample by sample with 99.9 %.',
    source: SMOOTHING,
  },
  'D5.voteVariance': {
    title: 'Variance of the votes under smoothing',
    unit: 'share²',
    formula: 'E Var_ξ 1[argmax f(x + σξ) = y], over samples',
    estimator: 'Unbiased, from the draws of D5.certifiedRadius.',
    assumptions: SAMPLES,
    source: SMOOTHING,
  },
  'D6.productError': {
    title: 'Relative rounding of Hessian-vector products in float32',
    unit: 'share',
    formula: '√(E‖(Ĥ − H)v‖²/E‖Hv‖²) = ‖Ĥ − H‖_F/‖H‖_F, v Gaussian; Ĥ in float32, H in float64',
    estimator:
      'Products of the chosen engine and of the float64 reference engine along 12 random directions; Student’s t on the logarithm of the ratio of means.',
    assumptions: FEW_SAMPLES,
    source: PRECISION,
  },
  'D6.floor': {
    title: 'Rounding floor of curvature',
    unit: curvature,
    formula: 'max ‖(Ĥ − H)v‖ over eigenvectors of A1 and random directions of length 1',
    estimator: 'Measured along those directions; a lower bound of ‖Ĥ − H‖, by which rounding can move eigenvalues.',
    assumptions: FEW_SAMPLES,
    source: PRECISION,
  },
  'D6.curvature': {
    title: 'Largest curvature met in float64',
    unit: curvature,
    formula: 'max |vᵀHv| over the same directions',
    estimator: 'As D6.floor; a lower bound of the spectral radius.',
    assumptions: FEW_SAMPLES,
    source: PRECISION,
  },
  'D7.damping': {
    title: 'Levenberg–Marquardt damping',
    unit: curvature,
    formula:
      'smallest α for which (L(θ) − L(θ + δ))/(−g·δ − ½δᵀHδ) ∈ [¾, 5/4], δ = −(H + αI)⁻¹g, for this and all larger α tried',
    estimator:
      'Steps within a Krylov space of the gradient; α by halves of decades, then bisection. The interval reaches to the largest α that failed.',
    assumptions: MEAN_LOSS,
    source: 'Marquardt 1963; Martens and Grosse 2015, § 6.5',
  },
  'D7.reductionRatio': {
    title: 'Actual over predicted decrease at that damping',
    unit: 'ratio',
    formula: '(L(θ) − L(θ + δ))/(−g·δ − ½δᵀHδ)',
    estimator: 'The loss of all samples with and without the step.',
    assumptions: MEAN_LOSS,
    source: 'Marquardt 1963; Martens and Grosse 2015, § 6.5',
  },
  'D8.spectralNorm': {
    title: 'Largest singular value of the input–output Jacobian',
    unit: 'output / input',
    formula: 'E σ₁(∂f/∂x), over samples',
    estimator: ISOMETRY_ESTIMATOR,
    assumptions: SAMPLES,
    source: ISOMETRY,
  },
  'D8.meanSquare': {
    title: 'Mean squared singular value of the input–output Jacobian',
    unit: '(output / input)²',
    formula: 'E ‖∂f/∂x‖_F²/min(C, d)',
    estimator: ISOMETRY_ESTIMATOR,
    assumptions: SAMPLES,
    source: ISOMETRY,
  },
  'D8.squareSpread': {
    title: 'Spread of squared singular values of the input–output Jacobian',
    unit: 'ratio',
    formula: 'E Var(σ²)/(mean σ²)², over the min(C, d) singular values of a sample; 0 for an isometry up to scale',
    estimator: ISOMETRY_ESTIMATOR,
    assumptions: SAMPLES,
    source: ISOMETRY,
  },
  'D8.directionGain': {
    title: 'Gain along the principal direction of the inputs',
    unit: 'output / input',
    formula: '√(uᵀE[JᵀJ]u), u its leading eigenvector: the displacement of all inputs that moves outputs most',
    estimator: DIRECTIONS,
    assumptions: SAMPLES,
    source: ISOMETRY,
  },
  'D8.directionShare': {
    title: 'Share of the principal direction of the inputs',
    unit: 'share',
    formula: 'uᵀE[JᵀJ]u/tr E[JᵀJ]; 1: outputs depend on a single feature of the input',
    estimator: DIRECTIONS,
    assumptions: SAMPLES,
    source: ISOMETRY,
  },
} as const satisfies Section;
