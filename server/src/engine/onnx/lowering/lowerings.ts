import type { Primitive } from '../../../graph/primitives';
import { dot } from './contraction';
import { convolutionLowerings } from './convolution';
import { elementwiseLowerings } from './elementwise';
import { indexingLowerings } from './indexing';
import type { Lowering } from './lowering';
import { reductionLowerings } from './reduction';
import { structureLowerings } from './structure';

/** Every primitive in ONNX operators. */
export const lowerings: { readonly [P in Primitive]: Lowering<P> } = {
  ...structureLowerings,
  ...elementwiseLowerings,
  dot,
  ...convolutionLowerings,
  ...reductionLowerings,
  ...indexingLowerings,
};
