import { hessianVectorProduct } from '../../autodiff/hessianVectorProduct';
import type { CurvatureProduct } from './chunkPrograms';

/** H·v, H = ∇²L (Pearlmutter 1994). */
export const hessianProduct: CurvatureProduct = (graph, vectors) =>
  hessianVectorProduct(graph.loss, graph.parameters, vectors);
