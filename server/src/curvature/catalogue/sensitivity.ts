/** Catalogue, section E. Sensitivity of layers. */
import { MEAN_LOSS, curvature, type QuantityDefinition, type Section } from './definition';

const HAWQ = 'Dong, Yao, Cai, Arfeen, Gholami, Mahoney and Keutzer 2020, HAWQ-V2';
const HAWQ3 = 'Yao, Dong, Zheng, Gholami et al. 2021, HAWQ-V3: Dyadic Neural Network Quantization';

const sensitivityAt = (bits: number): QuantityDefinition => ({
  title: `Sensitivity of a weight tensor to ${bits} bits`,
  unit: 'loss',
  formula: `Ω(${bits}) = (tr(H_l)/n_l)·‖Q(W_l) − W_l‖², Q with ${bits} bits`,
  estimator:
    'The trace of the block from A2; the uniform symmetric quantiser of HAWQ-V3 with a scale per output channel. Twice the increase of the loss that it predicts.',
  assumptions: 'A minimum in W_l; rounding errors without preferred directions; no interaction between layers.',
  source: HAWQ,
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
  'E2.bits': {
    title: 'Bits of a weight tensor in the best allocation',
    unit: 'bits',
    formula: 'argmin Σ_l Ω_l(b_l) subject to Σ_l n_l·b_l ≤ 4·Σ_l n_l, b_l ∈ {2, 3, 4, 8}',
    estimator: 'Exact integer programming: dynamic programming with dominance and linear bounds.',
    assumptions: 'As the sensitivities; their errors are not followed into the choice.',
    source: HAWQ3,
  },
  'E2.plannedIncrease': {
    title: 'Predicted increase of the loss with the best 4-bit allocation',
    unit: 'loss',
    formula: '½ Σ_l Ω_l(b_l), b from E2.bits',
    estimator: 'From the sensitivities; half-widths of all tensors added.',
    assumptions: 'As the sensitivities.',
    source: HAWQ3,
  },
  'E2.uniformIncrease': {
    title: 'Predicted increase of the loss with 4 bits everywhere',
    unit: 'loss',
    formula: '½ Σ_l Ω_l(4)',
    estimator: 'From the sensitivities; half-widths of all tensors added.',
    assumptions: 'As the sensitivities.',
    source: HAWQ,
  },
} as const satisfies Section;
