/** Layers of torch.nn.functional: affine maps, convolutions, pooling, normalisation, attention, resizing, dropout. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import {
  add,
  and,
  broadcast,
  constant,
  full,
  ge,
  iota,
  lt,
  mul,
  reshape,
  scale,
  select,
  sliceAxis,
  sub,
  take,
} from '../../../graph/operations';
import { ShapeError } from '../../../graph/shapes';
import type { PyValue } from '../../../python/values';
import { PyTuple } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { scaledDotProductAttention } from '../../compositions/attention';
import { sizeAt } from '../../compositions/axes';
import { convolution, transposedConvolution } from '../../compositions/convolution';
import { cosineSimilarity, normalize, pairwiseDistance } from '../../compositions/distance';
import { embedding, embeddingBag } from '../../compositions/embedding';
import { affineGrid, gridSample } from '../../compositions/gridSample';
import { interpolate } from '../../compositions/interpolation';
import { bilinear, linear } from '../../compositions/linear';
import * as normalisation from '../../compositions/normalisation';
import { pad, paddingPerAxis } from '../../compositions/padding';
import type { PoolingOptions } from '../../compositions/pooling';
import * as pooling from '../../compositions/pooling';
import { vectorNorm } from '../../compositions/reductions';
import { cat } from '../../compositions/structure';
import { channelShuffle, fold, pixelShuffle, pixelUnshuffle, unfold } from '../../compositions/unfold';
import { concreteValue } from '../tensor/concrete';
import { isFloating, promoteTypes } from '../tensor/dtype';
import { castTo } from '../tensor/promotion';
import type { Call, FunctionRow } from './call';
import { isSequence, row, typeTitle, writeInto } from './call';
import { torchContext } from '../tensor/context';
import { bernoulliNode, dropoutMask, oneHotTensor } from './creation';

/** Two operands that must be of one type, as in a product with a weight. */
function weighted(call: Call, names: readonly string[]): { nodes: (Node | undefined)[]; dtype: TorchDtype } {
  const payloads = names.map((name) => call.optionalPayload(name));
  const dtype = payloads.flatMap((payload) => (payload === undefined ? [] : [payload.dtype])).reduce(promoteTypes);
  const odd = payloads.find((payload) => payload !== undefined && !isFloating(payload.dtype));
  if (odd !== undefined)
    return call.fail(
      `expected m1 and m2 to have the same dtype, but got: ${typeTitle(odd.dtype)} != ${typeTitle(dtype)}`,
    );
  return { nodes: payloads.map((payload) => payload && castTo(payload.node, dtype)), dtype };
}

const required = (node: Node | undefined): Node => {
  if (node === undefined) throw new ShapeError('a tensor is missing');
  return node;
};

/** One number or a sequence of one per spatial axis. */
function perAxis(call: Call, name: string, rank: number): number[] {
  const values = call.ints(name, rank);
  if (values.length !== rank)
    return call.fail(
      `expected ${name} to be a single integer value or a list of ${rank} values, but got ${name}=[${values.join(', ')}]`,
    );
  return values;
}

const convolutionRow = (rank: number): FunctionRow =>
  row(`conv${rank}d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)`, (call) => {
    const { nodes, dtype } = weighted(call, ['input', 'weight', 'bias']);
    const padding = call.value('padding');
    const result = convolution(required(nodes[0]), required(nodes[1]), nodes[2], {
      strides: perAxis(call, 'stride', rank),
      padding:
        typeof padding === 'string'
          ? call.choice<'same' | 'valid'>('padding', ['same', 'valid'])
          : perAxis(call, 'padding', rank),
      dilation: perAxis(call, 'dilation', rank),
      groups: call.int('groups'),
    });
    return call.tensor(result, dtype);
  });

const transposedRow = (rank: number): FunctionRow =>
  row(
    `conv_transpose${rank}d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1)`,
    (call) => {
      const { nodes, dtype } = weighted(call, ['input', 'weight', 'bias']);
      const result = transposedConvolution(required(nodes[0]), required(nodes[1]), nodes[2], {
        strides: perAxis(call, 'stride', rank),
        padding: perAxis(call, 'padding', rank),
        outputPadding: perAxis(call, 'output_padding', rank),
        dilation: perAxis(call, 'dilation', rank),
        groups: call.int('groups'),
      });
      return call.tensor(result, dtype);
    },
  );

/** Kernel, stride (the kernel when omitted or empty), padding. */
function poolingOptions(call: Call, rank: number): PoolingOptions {
  const kernel = perAxis(call, 'kernel_size', rank);
  const stride = call.value('stride');
  const omitted = stride === null || (isSequence(stride) && call.interpreter.length(stride) === 0);
  return {
    kernel,
    strides: omitted ? kernel : perAxis(call, 'stride', rank),
    padding: call.args['padding'] === undefined ? kernel.map(() => 0) : perAxis(call, 'padding', rank),
    ceilMode: call.flag('ceil_mode'),
  };
}

const maxPoolRows = (rank: number): FunctionRow[] => {
  const signature = (name: string, withIndices: boolean): string =>
    `${name}(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=${withIndices ? 'True' : 'False'})`;
  const run = (call: Call): PyValue => {
    const { values, indices } = pooling.maxPool(
      call.node('input'),
      poolingOptions(call, rank),
      perAxis(call, 'dilation', rank),
    );
    const made = call.tensor(values, call.dtype('input'));
    return call.flag('return_indices') ? new PyTuple([made, call.tensor(indices, 'int64')]) : made;
  };
  return [row(signature(`max_pool${rank}d`, false), run), row(signature(`max_pool${rank}d_with_indices`, true), run)];
};

const averagePoolRow = (rank: number): FunctionRow =>
  row(
    `avg_pool${rank}d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None)`,
    (call) =>
      call.tensor(
        pooling.averagePool(
          call.node('input'),
          poolingOptions(call, rank),
          call.flag('count_include_pad'),
          call.optionalNumber('divisor_override'),
        ),
        call.dtype('input'),
      ),
  );

/** Sizes of an adaptive pool, None keeping the input's. */
function adaptiveSizes(call: Call, rank: number): (number | undefined)[] {
  const given = call.value('output_size');
  const items = isSequence(given) ? [...call.interpreter.iterate(given)] : Array.from({ length: rank }, () => given);
  return items.map((item) => (item === null ? undefined : call.interpreter.toInt(item, 'output_size')));
}

const adaptiveRows = (rank: number): FunctionRow[] => [
  row(`adaptive_avg_pool${rank}d(input, output_size)`, (call) =>
    call.tensor(pooling.adaptiveAveragePool(call.node('input'), adaptiveSizes(call, rank)), call.dtype('input')),
  ),
  row(`adaptive_max_pool${rank}d(input, output_size, return_indices=False)`, (call) => {
    const { values, indices } = pooling.adaptiveMaxPool(call.node('input'), adaptiveSizes(call, rank));
    const made = call.tensor(values, call.dtype('input'));
    return call.flag('return_indices') ? new PyTuple([made, call.tensor(indices, 'int64')]) : made;
  }),
];

const lpPoolRow = (rank: number): FunctionRow =>
  row(`lp_pool${rank}d(input, norm_type, kernel_size, stride=None, ceil_mode=False)`, (call) =>
    call.tensor(
      pooling.lpPool(call.node('input'), call.number('norm_type'), poolingOptions(call, rank)),
      call.dtype('input'),
    ),
  );

const unpoolRow = (rank: number): FunctionRow =>
  row(`max_unpool${rank}d(input, indices, kernel_size, stride=None, padding=0, output_size=None)`, (call) => {
    const x = call.node('input');
    const kernel = perAxis(call, 'kernel_size', rank);
    const strides = call.has('stride') ? perAxis(call, 'stride', rank) : kernel;
    const padding = perAxis(call, 'padding', rank);
    const spatial = x.shape.slice(-rank);
    const usual = spatial.map((size, i) => (size - 1) * (strides[i] ?? 1) - 2 * (padding[i] ?? 0) + (kernel[i] ?? 1));
    const size = call.has('output_size') ? call.intList('output_size').slice(-rank) : usual;
    return call.tensor(pooling.maxUnpool(x, call.node('indices'), size), call.dtype('input'));
  });

const affine = (call: Call): normalisation.Affine => ({
  weight: call.optionalNode('weight'),
  bias: call.optionalNode('bias'),
});

function batchNorm(call: Call): PyValue {
  const x = call.floats('input');
  const [mean, variance] = [call.optionalNode('running_mean'), call.optionalNode('running_var')];
  const channels = sizeAt(x.shape, 1);
  for (const name of ['running_mean', 'running_var', 'weight', 'bias'] as const) {
    const given = call.optionalNode(name);
    if (given !== undefined && elementCount(given.shape) !== channels)
      return call.fail(`${name} should contain ${channels} elements not ${elementCount(given.shape)}`);
  }
  const training = call.flag('training');
  if (!training && (mean === undefined || variance === undefined))
    return call.fail('Expected running_mean and running_var to be defined when training=False');
  const result =
    !training && mean !== undefined && variance !== undefined
      ? normalisation.batchNormWith(x, { mean, variance }, affine(call), call.number('eps'))
      : normalisation.batchNorm(x, affine(call), call.number('eps'));
  return call.tensor(result, call.dtype('input'));
}

function instanceNorm(call: Call): PyValue {
  const x = call.floats('input');
  const [mean, variance] = [call.optionalNode('running_mean'), call.optionalNode('running_var')];
  const result =
    !call.flag('use_input_stats') && mean !== undefined && variance !== undefined
      ? normalisation.batchNormWith(x, { mean, variance }, affine(call), call.number('eps'))
      : normalisation.instanceNorm(x, affine(call), call.number('eps'));
  return call.tensor(result, call.dtype('input'));
}

/** eps of rms_norm when None: the machine epsilon of the type. */
const rmsEps = (call: Call): number =>
  call.optionalNumber('eps') ?? (call.dtype('input') === 'float64' ? 2 ** -52 : 2 ** -23);

function padded(call: Call): PyValue {
  const x = call.node('input');
  const mode = call.choice('mode', ['constant', 'reflect', 'replicate', 'circular']);
  const amounts = paddingPerAxis(call.intList('pad'), x.shape.length);
  return call.tensor(pad(x, amounts, mode, call.optionalNumber('value') ?? 0), call.dtype('input'));
}

function attention(call: Call): PyValue {
  const x = call.node('query');
  const mask = call.optionalNode('attn_mask');
  const p = dropsOut(call) ? call.number('dropout_p') : 0;
  const scaleBy = call.optionalNumber('scale');
  const result = scaledDotProductAttention(x, call.node('key'), call.node('value'), {
    ...(mask === undefined ? {} : { mask }),
    causal: call.flag('is_causal'),
    ...(scaleBy === undefined ? {} : { scale: scaleBy }),
    groupedQueries: call.flag('enable_gqa'),
    ...(p > 0 ? { onWeights: (weights: Node) => mul(weights, dropoutMask(call, weights.shape, p)) } : {}),
  });
  return call.tensor(result, call.dtype('query'));
}

const linearModes: Readonly<Record<string, number>> = { linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 };

function interpolation(call: Call): PyValue {
  const x = call.node('input');
  const rank = x.shape.length - 2;
  const mode = call.text('mode');
  const factors = factorsOf(call, rank);
  const aligned = call.has('align_corners') && call.flag('align_corners');
  if (mode === 'area') {
    const sizes = scaledSizes(call, x, rank, factors);
    return call.tensor(pooling.adaptiveAveragePool(x, sizes), call.dtype('input'));
  }
  if (mode !== 'nearest' && mode !== 'nearest-exact' && linearModes[mode] !== rank)
    return call.interpreter.raise(
      'NotImplementedError',
      `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${x.shape.length}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | area | nearest-exact (got ${mode})`,
    );
  const kind = mode === 'nearest' || mode === 'nearest-exact' ? mode : mode === 'bicubic' ? 'cubic' : 'linear';
  const recompute = call.has('recompute_scale_factor') && call.flag('recompute_scale_factor');
  const scales = scaledSizes(call, x, rank, factors).map((size, i) => {
    const factor = factors?.[i];
    return { size, step: factor === undefined || recompute ? undefined : 1 / factor };
  });
  return call.tensor(
    interpolate(x, scales, kind, { alignCorners: aligned, antialias: call.flag('antialias') }),
    call.dtype('input'),
  );
}

function factorsOf(call: Call, rank: number): number[] | undefined {
  if (!call.has('scale_factor')) return undefined;
  const given = call.value('scale_factor');
  if (!isSequence(given)) return Array.from({ length: rank }, () => call.number('scale_factor'));
  return [...call.interpreter.iterate(given)].map((factor) => call.interpreter.toNumber(factor, 'scale_factor'));
}

function scaledSizes(call: Call, x: Node, rank: number, factors: readonly number[] | undefined): number[] {
  if (factors !== undefined) return factors.map((factor, i) => Math.floor(sizeAt(x.shape, i + 2) * factor));
  if (!call.has('size')) return call.interpreter.raise('ValueError', 'either size or scale_factor should be defined');
  return perAxis(call, 'size', rank);
}

/** Upsampling names of old code, with their fixed mode. */
const upsampleRow = (name: string, mode: string, alignCorners: string): FunctionRow =>
  row(
    `${name}(input, size=None, scale_factor=None, mode='${mode}', align_corners=${alignCorners}, recompute_scale_factor=None, antialias=False)`,
    interpolation,
  );

/** Whether the trace is one with dropout noise. */
const dropsOut = (call: Call): boolean => torchContext(call.interpreter).dropout;

/** Probability and whether dropout acts at all; in evaluation it is the identity. */
function dropout(call: Call, maskShape: (x: Node) => readonly number[]): PyValue {
  const p = call.number('p');
  if (p < 0 || p > 1)
    return call.interpreter.raise('ValueError', `dropout probability has to be between 0 and 1, but got ${p}`);
  const x = call.node('input');
  if (!call.flag('training') || p === 0 || !dropsOut(call)) return call.value('input');
  const result = mul(x, dropoutMask(call, maskShape(x), p));
  return call.flag('inplace')
    ? writeInto(call.value('input'), result, call.dtype('input'), call.interpreter)
    : call.tensor(result, call.dtype('input'));
}

const perElement = (x: Node): readonly number[] => x.shape;

/** Whole channels are dropped: x [N, C, …], or [C, …] without a batch. */
const perChannel =
  (spatialRank: number) =>
  (x: Node): readonly number[] => {
    const leading = x.shape.length > spatialRank + 1 ? 2 : x.shape.length === spatialRank + 1 ? 1 : 2;
    return x.shape.map((size, i) => (i < leading ? size : 1));
  };

/** Klambauer et al. 2017, section "alpha dropout": dropped units get −1.7581, then an affine map restores the moments. */
function alphaDropout(call: Call, maskShape: (x: Node) => readonly number[]): PyValue {
  const x = call.node('input');
  const p = call.number('p');
  if (!call.flag('training') || p === 0 || !dropsOut(call)) return call.value('input');
  const saturation = -1.7580993408473766;
  const keep = bernoulliNode(call, maskShape(x), 1 - p);
  const slope = 1 / Math.sqrt((1 - p) * (1 + p * saturation * saturation));
  const kept = select(keep, x, full(saturation));
  return call.tensor(add(scale(kept, slope), full(-slope * saturation * p)), call.dtype('input'));
}

const dropoutSignature = (name: string): string =>
  `${name}(input, p=0.5, training=${name === 'alpha_dropout' || name === 'feature_alpha_dropout' ? 'False' : 'True'}, inplace=False)`;

const blockArguments = 'kernel_size, dilation=1, padding=0, stride=1';

const blocks = (call: Call): Parameters<typeof unfold>[1] => ({
  kernel: perAxis(call, 'kernel_size', 2),
  dilation: perAxis(call, 'dilation', 2),
  padding: perAxis(call, 'padding', 2),
  strides: perAxis(call, 'stride', 2),
});

function embedded(call: Call): PyValue {
  const index = call.node('input');
  if (index.dtype !== 'int')
    return call.fail(
      `Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got torch.${typeTitle(call.dtype('input'))}Tensor instead (while checking arguments for embedding)`,
    );
  if (call.has('max_norm'))
    return call.unsupported('with max_norm changes its weight while it is read, which is not followed');
  return call.tensor(embedding(index, call.node('weight'), call.optionalInt('padding_idx')), call.dtype('weight'));
}

/** Bags of a 1-D list of indices: bag b holds the positions offsets[b] ≤ i < offsets[b + 1]. */
interface Bags {
  /** [B, L] */
  readonly arrange: (perIndex: Node) => Node;
  /** Which of the L are in the bag; undefined: all. */
  readonly members: Node | undefined;
}

function bagsOf(call: Call, index: Node): Bags {
  if (index.shape.length === 2) {
    if (call.has('offsets'))
      return call.interpreter.raise(
        'ValueError',
        'if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length sequences. However, found offsets of type Tensor',
      );
    return { arrange: (perIndex) => perIndex, members: undefined };
  }
  if (index.shape.length !== 1 || !call.has('offsets'))
    return call.interpreter.raise('ValueError', 'input has to be 1D with offsets, or 2D');
  const [count = 0] = index.shape;
  const offsets = call.node('offsets');
  const known = concreteValue(offsets, call.interpreter);
  const starts = call.flag('include_last_offset') ? sliceAxis(offsets, 0, 0, (offsets.shape[0] ?? 1) - 1) : offsets;
  const [bags = 0] = starts.shape;
  const each = count / bags;
  // Bags of one size are rows: every sample stays by itself.
  if (known?.slice(0, bags).every((start, b) => start === b * each) === true)
    return { arrange: (perIndex) => reshape(perIndex, [bags, each]), members: undefined };
  const later = sliceAxis(offsets, 0, 1, offsets.shape[0] ?? 1);
  const ends = call.flag('include_last_offset') ? later : cat([later, full(count, [1], 'int')], 0);
  const shape = [bags, count];
  const position = iota(shape, 1);
  const perBag = (bound: Node): Node => broadcast(bound, shape, [0]);
  return {
    arrange: (perIndex) => broadcast(perIndex, shape, [1]),
    members: and(ge(position, perBag(starts)), lt(position, perBag(ends))),
  };
}

function embeddedBag(call: Call): PyValue {
  if (call.has('max_norm')) return call.unsupported('with max_norm is not followed');
  const { arrange, members } = bagsOf(call, call.node('input'));
  const weights = call.optionalNode('per_sample_weights');
  const result = embeddingBag(
    arrange(call.node('input')),
    call.node('weight'),
    call.choice('mode', ['sum', 'mean', 'max']),
    call.optionalInt('padding_idx'),
    weights === undefined ? undefined : arrange(weights),
    members,
  );
  return call.tensor(result, call.dtype('weight'));
}

/** Functions of torch.nn.functional. */
export const layerRows: readonly FunctionRow[] = [
  row('linear(input, weight, bias=None)', (call) => {
    const { nodes, dtype } = weighted(call, ['input', 'weight', 'bias']);
    return call.tensor(linear(required(nodes[0]), required(nodes[1]), nodes[2]), dtype);
  }),
  row('bilinear(input1, input2, weight, bias=None)', (call) => {
    const { nodes, dtype } = weighted(call, ['input1', 'input2', 'weight', 'bias']);
    return call.tensor(bilinear(required(nodes[0]), required(nodes[1]), required(nodes[2]), nodes[3]), dtype);
  }),
  ...[1, 2, 3].flatMap((rank) => [
    convolutionRow(rank),
    transposedRow(rank),
    ...maxPoolRows(rank),
    averagePoolRow(rank),
    ...adaptiveRows(rank),
    lpPoolRow(rank),
    unpoolRow(rank),
  ]),
  row(
    'batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-05)',
    batchNorm,
  ),
  row(
    'instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-05)',
    instanceNorm,
  ),
  row('layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-05)', (call) =>
    call.tensor(
      normalisation.layerNorm(call.floats('input'), call.intList('normalized_shape'), affine(call), call.number('eps')),
      call.dtype('input'),
    ),
  ),
  row('rms_norm(input, normalized_shape, weight=None, eps=None)', (call) =>
    call.tensor(
      normalisation.rmsNorm(
        call.floats('input'),
        call.intList('normalized_shape'),
        call.optionalNode('weight'),
        rmsEps(call),
      ),
      call.dtype('input'),
    ),
  ),
  row('group_norm(input, num_groups, weight=None, bias=None, eps=1e-05)', (call) =>
    call.tensor(
      normalisation.groupNorm(call.floats('input'), call.int('num_groups'), affine(call), call.number('eps')),
      call.dtype('input'),
    ),
  ),
  row('local_response_norm(input, size, alpha=0.0001, beta=0.75, k=1.0)', (call) =>
    call.tensor(
      normalisation.localResponseNorm(
        call.floats('input'),
        call.int('size'),
        call.number('alpha'),
        call.number('beta'),
        call.number('k'),
      ),
      call.dtype('input'),
    ),
  ),
  row('normalize(input, p=2.0, dim=1, eps=1e-12)', (call) =>
    call.tensor(
      normalize(call.floats('input'), call.number('p'), call.intList('dim'), call.number('eps')),
      call.floatDtype('input'),
    ),
  ),
  row('pad(input, pad, mode="constant", value=None)', padded),
  row(
    'scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False)',
    attention,
  ),
  upsampleRow('interpolate', 'nearest', 'None'),
  upsampleRow('upsample', 'nearest', 'None'),
  upsampleRow('upsample_nearest', 'nearest', 'None'),
  row(
    "upsample_bilinear(input, size=None, scale_factor=None, mode='bilinear', align_corners=True, recompute_scale_factor=None, antialias=False)",
    interpolation,
  ),
  row("grid_sample(input, grid, mode='bilinear', padding_mode='zeros', align_corners=None)", (call) => {
    const mode = call.text('mode');
    if (mode !== 'bilinear' && mode !== 'nearest') return call.unsupported(`with mode='${mode}' is not followed`);
    const options = {
      mode,
      padding: call.choice('padding_mode', ['zeros', 'border', 'reflection']),
      alignCorners: call.has('align_corners') && call.flag('align_corners'),
    } as const;
    return call.tensor(gridSample(call.node('input'), call.node('grid'), options), call.dtype('input'));
  }),
  row('affine_grid(theta, size, align_corners=None)', (call) =>
    call.tensor(
      affineGrid(call.node('theta'), call.intList('size'), call.has('align_corners') && call.flag('align_corners')),
      call.dtype('theta'),
    ),
  ),
  row(dropoutSignature('dropout'), (call) => dropout(call, perElement)),
  row(dropoutSignature('dropout1d'), (call) => dropout(call, perChannel(1))),
  row(dropoutSignature('dropout2d'), (call) => dropout(call, perChannel(2))),
  row(dropoutSignature('dropout3d'), (call) => dropout(call, perChannel(3))),
  row(dropoutSignature('feature_dropout'), (call) => dropout(call, perChannel(call.payload('input').shape.length - 2))),
  row(dropoutSignature('alpha_dropout'), (call) => alphaDropout(call, perElement)),
  row(dropoutSignature('feature_alpha_dropout'), (call) =>
    alphaDropout(call, perChannel(call.payload('input').shape.length - 2)),
  ),
  row(`unfold(input, ${blockArguments})`, (call) =>
    call.tensor(unfold(call.node('input'), blocks(call)), call.dtype('input')),
  ),
  row(`fold(input, output_size, ${blockArguments})`, (call) =>
    call.tensor(fold(call.node('input'), perAxis(call, 'output_size', 2), blocks(call)), call.dtype('input')),
  ),
  row('pixel_shuffle(input, upscale_factor)', (call) =>
    call.tensor(pixelShuffle(call.node('input'), call.int('upscale_factor')), call.dtype('input')),
  ),
  row('pixel_unshuffle(input, downscale_factor)', (call) =>
    call.tensor(pixelUnshuffle(call.node('input'), call.int('downscale_factor')), call.dtype('input')),
  ),
  row('channel_shuffle(input, groups)', (call) =>
    call.tensor(channelShuffle(call.node('input'), call.int('groups')), call.dtype('input')),
  ),
  row(
    'embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False)',
    embedded,
  ),
  row(
    "embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode='mean', sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None)",
    embeddedBag,
  ),
  row('one_hot(input, num_classes=-1)', oneHotTensor),
  row('cosine_similarity(x1, x2, dim=1, eps=1e-08)', (call) => {
    const { nodes, dtype } = call.promotedFloats('x1', 'x2');
    return call.tensor(
      cosineSimilarity(required(nodes[0]), required(nodes[1]), call.int('dim'), call.number('eps')),
      dtype,
    );
  }),
  row('pairwise_distance(x1, x2, p=2.0, eps=1e-06, keepdim=False)', (call) => {
    const { nodes, dtype } = call.promotedFloats('x1', 'x2');
    return call.tensor(
      pairwiseDistance(
        required(nodes[0]),
        required(nodes[1]),
        call.number('p'),
        call.number('eps'),
        call.flag('keepdim'),
      ),
      dtype,
    );
  }),
  row('pdist(input, p=2.0)', (call) => {
    const x = call.node('input');
    const rows = sizeAt(x.shape, 0);
    const pairs = Array.from({ length: rows }, (_, i) =>
      Array.from({ length: rows - i - 1 }, (_unused, j) => [i, i + 1 + j] as const),
    ).flat();
    const at = (side: 0 | 1): Node =>
      take(
        x,
        constant(
          Int32Array.from(pairs, (pair) => pair[side]),
          [pairs.length],
        ),
        0,
      );
    return call.tensor(vectorNorm(sub(at(0), at(1)), call.number('p'), [-1]), call.dtype('input'));
  }),
];
