import { ggnVectorProduct } from '../../autodiff/ggnVectorProduct';
import type { CurvatureProduct } from './curvatureOperator';

/** G·v, the generalised Gauss–Newton matrix G = Jᵀ(∂²L/∂output²)J (Schraudolph 2002): what is left of H when the model is linearised. */
export const ggnProduct: CurvatureProduct = (graph, vectors) =>
  ggnVectorProduct(graph.loss, graph.output, graph.parameters, vectors);
