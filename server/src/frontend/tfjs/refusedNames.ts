/** Names of TensorFlow.js that are not read, with the reason: what uses them ends there. */

const reasons: Readonly<Record<string, string>> = {
  'its values depend on data that the source does not have':
    'booleanMaskAsync inTopKAsync setdiff1dAsync unique whereAsync multinomial randomGamma randomUniformInt rand',
  'complex numbers': 'complex fft ifft imag irfft real rfft signal spectral',
  'it searches, counts or scatters by its data':
    'bincount denseBincount gatherND lowerBound maxPoolWithArgmax scatterND searchSorted sparseToDense tensorScatterUpdate unsortedSegmentSum upperBound',
  'tensors with rows of different lengths': 'raggedGather raggedRange raggedTensorToTensor sparse',
  text: 'string',
  'it looks for boxes, or turns images, by its data':
    'image.rotateWithOffset image.cropAndResize image.nonMaxSuppression image.nonMaxSuppressionAsync image.nonMaxSuppressionWithScore image.nonMaxSuppressionWithScoreAsync image.nonMaxSuppressionPadded image.nonMaxSuppressionPaddedAsync image.threshold image.transform',
  'decompositions of matrices': 'linalg',
  "a derivative of the code's own": 'customGrad grad grads valueAndGrad valueAndGrads variableGrads',
  'it moves blocks between places and the batch': 'batchToSpaceND spaceToBatchND',
  'it is read in graph models only': 'loadGraphModel loadGraphModelSync',
  'it is about the machinery, not about a model':
    'backend broadcastArgs buffer copyRegisteredKernels deprecationWarn deregisterOp disableDeprecationWarnings enclosingPowerOfTwo engine findBackend findBackendFactory forceHalfFloat getBackend getGradient getKernel getKernelsForBackend math op profile registerBackend registerCallbackConstructor registerGradient registerKernel registerOp removeBackend setPlatform setWebGLContext sumOutType unregisterGradient unregisterKernel upcastType',
  'nobody uses it in a model': 'bitwiseAnd cosineWindow dilation2d meshgrid movingAverage',
};

const byName: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) => names.split(' ').map((name) => [name, reason] as const)),
);

/** Why `tf.name` is not read; undefined for what is, and for what TensorFlow.js does not have. */
export const whyRefused = (name: string): string | undefined => byName.get(name);

/** As the documentation lists them. */
export const refusedNames: readonly { readonly reason: string; readonly names: readonly string[] }[] = Object.entries(
  reasons,
).map(([reason, names]) => ({ reason, names: names.split(' ').sort() }));
