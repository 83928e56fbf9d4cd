import { ggnVectorProduct } from '../../autodiff/ggnVectorProduct';
import type { CurvatureProduct } from './chunkPrograms';

/** G·v, the generalised Gauss–Newton matrix G = Jᵀ(∂²L/∂output²)J (Schraudolph 2002): what is left of H when the model is linearised. */
export const ggnProduct: CurvatureProduct = (graph, vectors) => {
  // Where forward returns its loss alone, nothing says where the model ends and the loss begins.
  if (graph.output === graph.loss)
    throw new RangeError('the model returns only its loss: there is no output to linearise');
  return ggnVectorProduct(graph.loss, graph.output, graph.parameters, vectors);
};
