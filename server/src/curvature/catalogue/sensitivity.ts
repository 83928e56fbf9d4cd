/** Catalogue, section E. Sensitivity of layers. */
import { MEAN_LOSS, curvature, type Section } from './definition';

export const sensitivity = {
  'E1.layerLambdaMax': {
    title: "Largest eigenvalue of a layer's diagonal block",
    unit: curvature,
    formula: 'λmax(H_ll)',
    estimator: 'Lanczos on every block at once.',
    assumptions: MEAN_LOSS,
    source: 'Dong, Yao, Gholami, Mahoney and Keutzer 2019, HAWQ',
  },
} as const satisfies Section;
