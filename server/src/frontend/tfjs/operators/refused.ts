/** Operators of graph models that TensorFlow.js runs and that are not read, by the reason. */
const reasons: Readonly<Record<string, string>> = {
  'it is a loop, a branch or a list of the program':
    'EmptyTensorList Enter Exit If LoopCond Merge NextIteration StatelessIf StatelessWhile Switch TensorArrayCloseV3 TensorArrayConcatV3 TensorArrayGatherV3 TensorArrayReadV3 TensorArrayScatterV3 TensorArraySizeV3 TensorArraySplitV3 TensorArrayV3 TensorArrayWriteV3 TensorListConcat TensorListConcatV2 TensorListFromTensor TensorListGather TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack TensorListReserve TensorListResize TensorListScatter TensorListScatterV2 TensorListSetItem TensorListSplit TensorListStack While',
  'complex numbers': 'Complex ComplexAbs FFT IFFT IRFFT Imag RFFT Real',
  'it searches, counts or scatters by its data':
    'Bincount DenseBincount LowerBound MaxPoolWithArgmax ScatterNd SparseToDense TensorScatterUpdate TopKV2 UpperBound',
  'the size of its result depends on the data': 'ListDiff Unique UniqueV2 Where',
  'it looks for boxes, or turns images, by its data':
    'CropAndResize ImageProjectiveTransformV3 NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5',
  'it draws random numbers, so that the loss is another one every time':
    'Multinomial RandomStandardNormal RandomUniform RandomUniformInt TruncatedNormal',
  'it rounds to whole numbers, which has no derivative': 'BitwiseAnd FakeQuantWithMinMaxVars',
  text: 'StaticRegexReplace StringNGrams StringSplit StringToHashBucketFast',
  'a table of words':
    'HashTable HashTableV2 InitializeTable InitializeTableV2 LookupTableFind LookupTableFindV2 LookupTableImport LookupTableImportV2 LookupTableSize LookupTableSizeV2',
  'it is of a classical model (trees), not of a network':
    'SimpleMLCreateModelResource SimpleMLInferenceOpWithHandle SimpleMLLoadModelFromPathWithHandle',
  'tensors with rows of different lengths, or few entries':
    'RaggedGather RaggedRange RaggedTensorToTensor SparseFillEmptyRows SparseReshape SparseSegmentMean SparseSegmentSum',
  'models seldom have it, and it has no rule':
    'Acosh All Any Asinh Atanh BroadcastArgs Concat Conv1D Cumprod DepthToSpace Dilation2D EnsureShape EuclideanNorm IdentityN IsFinite IsInf IsNan LRN LinSpace MatrixBandPart Mod Ones PlaceholderWithDefault Print Reverse ShapeN Zeros',
};

const byName: ReadonlyMap<string, string> = new Map(
  Object.entries(reasons).flatMap(([reason, names]) => names.split(' ').map((name) => [name, reason] as const)),
);

/** Why an operator is not read; undefined for what is, and for what TensorFlow.js does not run. */
export const whyOperatorRefused = (opType: string): string | undefined => byName.get(opType);

/** As the documentation lists them. */
export const refusedOperators: readonly { readonly reason: string; readonly names: readonly string[] }[] =
  Object.entries(reasons).map(([reason, names]) => ({ reason, names: names.split(' ') }));
