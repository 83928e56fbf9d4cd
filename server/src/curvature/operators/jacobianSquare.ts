import { vjp } from '../../autodiff/gradient';
import { jvp } from '../../autodiff/jvp';
import { full } from '../../graph/operations';
import type { CurvatureProduct } from './chunkPrograms';

/** JᵀJ·v, J = ∂f/∂(parameters): of a batch of one sample that sample's own, as the Gauss–Newton matrix of ½‖f‖². */
export const jacobianSquareProduct: CurvatureProduct = ({ output, parameters }, vectors) => {
  const pushed = jvp(
    [output],
    new Map(parameters.map((parameter, i) => [parameter, vectors[i] ?? full(0, parameter.shape)])),
  );
  return vjp([output], pushed, parameters).map((part, i) => part ?? full(0, parameters[i]?.shape ?? []));
};
