/** Operators of ONNX that are known and not read, by the reason. */
export const refusalsByReason: readonly (readonly [reason: string, names: readonly string[]])[] = [
  [
    'it rounds to whole numbers, which has no derivative',
    ['QuantizeLinear', 'DynamicQuantizeLinear', 'QLinearConv', 'QLinearMatMul', 'MatMulInteger', 'ConvInteger'],
  ],
  [
    'it draws random numbers, so that the loss is another one every time',
    ['Bernoulli', 'Multinomial', 'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike'],
  ],
  [
    'it works on text, which has no derivative',
    ['LabelEncoder', 'RegexFullMatch', 'StringConcat', 'StringNormalizer', 'StringSplit', 'TfIdfVectorizer'],
  ],
  ['it decodes compressed images', ['ImageDecoder']],
  ['the size of its result depends on the data', ['NonMaxSuppression', 'Unique']],
  ['it reads the bits of numbers, whose width is not kept', ['BitCast', 'BitShift', 'BitwiseNot']],
  [
    'it keeps a state between calls, which a loss does not have',
    ['CausalConvWithState', 'LinearAttention', 'TensorScatter'],
  ],
  ['it is not lowered to primitives', ['Det', 'MaxRoiPool', 'MelWeightMatrix']],
];

/** Why an operator of ONNX's own set is not read; undefined for those that are read or not known. */
export const refusals: ReadonlyMap<string, string> = new Map(
  refusalsByReason.flatMap(([reason, names]) => names.map((name) => [name, reason] as const)),
);

const domains: Readonly<Record<string, string>> = {
  'ai.onnx.ml': 'it is of a classical model (trees, support vectors, tables), not of a network',
  'ai.onnx.preview.training': 'it is a step of training; export the network and its loss without it',
};

/** Why all operators of a domain are refused. */
export const refusalOf = (opType: string, domain: string): string | undefined =>
  domains[domain] ?? (domain === '' || domain === 'ai.onnx' ? refusals.get(opType) : undefined);
