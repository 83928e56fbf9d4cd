/** Catalogue, section A. Spectrum of the Hessian. */
import { MEAN_LOSS, curvature, type Section } from './definition';

const LANCZOS = 'Wu and Simon 2000; Parlett 1998, The Symmetric Eigenvalue Problem';
const HUTCH = 'Meyer, Musco, Musco and Woodruff 2021, Hutch++: Optimal Stochastic Trace Estimation';
const SLQ = 'Ubaru, Chen and Saad 2017; Ghorbani, Krishnan and Xiao 2019';
const BULK = 'Sagun, Bottou and LeCun 2016; Sagun, Evci, Güney, Dauphin and Bottou 2017';
export const spectrum = {
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
    assumptions: `${MEAN_LOSS} Where no sample has curvature along the eigenvector, the samples have to be more than the parameters for an error of sampling.`,
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
} as const satisfies Section;
