/** The modules of torch that are functions: `torch`, `torch.nn.functional`, `torch.nn.init`, … and those without effect. */
import { broadcastShapes } from '../../../graph/operations';
import type { Interpreter } from '../../../python/interpreter';
import { native, nativeClass } from '../../../python/native';
import { PyClass, PyDict, PyInstance, PyModule, PyTuple, Unknown } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { torchContext } from '../tensor/context';
import { autogradFunction } from './autogradFunction';
import {
  asDtype,
  category,
  dtypeClass,
  dtypeNames,
  dtypeObject,
  isFloating,
  limitsOf,
  promoteTypes,
} from '../tensor/dtype';
import { asOperand, resultType } from '../tensor/promotion';
import { bufferClass, isTensor, makeSize, parameterClass, payloadOf, sizeClass, tensorClass } from '../tensor/tensor';
import { arithmeticRows, outOfPlaceArithmeticRows, whereRow } from './arithmetic';
import type { FunctionRow } from './call';
import { Call, functionOf, keywords, nameOf, raisingShapeErrors, row, typeTitle, writeInto } from './call';
import { creationRows, legacyTensor, randomRows } from './creation';
import { deviceClass } from './device';
import { elementwisePredicateRows, elementwiseRows } from './elementwise';
import { enableGrad, inferenceMode, neutralContext, noGrad, setGradEnabled } from './gradientModes';
import { initRows } from './init';
import { linalgRows, linearAlgebraFunctionRows, linearAlgebraRows } from './linearAlgebra';
import { activationRows, inPlaceActivations, sharedActivationRows } from './nnActivations';
import { layerRows } from './nnLayers';
import { lossRows } from './nnLosses';
import { reductionRows } from './reductions';
import { structureFunctionRows, structureInPlaceRows, structureRows } from './structure';
import './tensorMethods';
import './tensorflowMethods';
import { unfollowedRows } from './unfollowed';
import { viewRows } from './views';

export type ModuleMaker = (interpreter: Interpreter) => PyModule;

type Members = Readonly<Record<string, PyValue>>;

const functionsOf = (rows: readonly FunctionRow[]): Record<string, PyValue> =>
  Object.fromEntries(rows.map((source) => [nameOf(source), functionOf(source)]));

/** `f_(input, …)`: writes to its input. */
const inPlaceFunction = (source: FunctionRow): FunctionRow =>
  row(source.signature.replace('(', '_('), (call) => {
    const result = payloadOf(source.run(new Call({ ...call.args, inplace: false }, call.interpreter, nameOf(source))));
    return result === undefined ? null : writeInto(call.value('input'), result.node, result.dtype, call.interpreter);
  });

const withInPlace = (rows: readonly FunctionRow[]): FunctionRow[] => [...rows, ...rows.map(inPlaceFunction)];

/** A function that does nothing and gives `value`. */
const constantly = (name: string, value: PyValue = null): PyValue => native(`${name}(*args, **kwargs)`, () => value);

const silent = (...names: readonly string[]): Record<string, PyValue> =>
  Object.fromEntries(names.map((name) => [name, constantly(name)]));

/** Gives its first argument back; without one it is a decorator factory. */
const passThrough = (name: string): PyValue =>
  native(`${name}(value=None, *args, **kwargs)`, ({ value = null }) =>
    value === null ? native(`${name}(value)`, ({ value: inner = null }) => inner) : value,
  );

const unknownResult = (name: string, reason: string): PyValue =>
  native(`${name}(*args, **kwargs)`, (_args, interpreter) => new Unknown(reason, interpreter.currentSpan));

/** What library/complex.py defines of torch. */
const complexNames: ReadonlySet<string> = new Set(
  'angle cdouble cfloat complex complex128 complex64 conj conj_physical imag polar view_as_complex'.split(' '),
);

function moduleOf(name: string, members: Members, interpreter: Interpreter): PyModule {
  const made = new PyModule(name, undefined, (wanted) => {
    const child = `${name}.${wanted}`;
    if (interpreter.options.libraries?.has(child)) return interpreter.importModule(child);
    if (name === 'torch' && complexNames.has(wanted) && interpreter.options.libraries?.has('torch._complex') === true)
      return interpreter.importModule('torch._complex').attributes.get(wanted);
    // torch has more than is modelled: the name exists, its value is not known.
    return wanted.startsWith('_') ? undefined : new Unknown(`${child} is not followed`, interpreter.currentSpan);
  });
  for (const [key, value] of Object.entries(members)) made.attributes.set(key, value);
  return made;
}

// ── torch

/** `torch.FloatTensor(…)` and its relatives. */
const legacyClasses = (): Record<string, PyValue> =>
  Object.fromEntries(
    (['float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'] as const).map(
      (dtype) => {
        const name = `${typeTitle(dtype)}Tensor`;
        const made = native('__new__(cls, *data, dtype=None, device=None)', (args, interpreter) =>
          legacyTensor(new Call(args, interpreter, name), dtype),
        );
        return [name, nativeClass(name, [tensorClass], { methods: [made] })];
      },
    ),
  );

const limitsClass = (name: string): PyClass =>
  nativeClass(name, [], {
    methods: [
      native('__new__(cls, type=None)', ({ cls = null, type }, interpreter) => {
        const dtype = asDtype(type ?? null) ?? torchContext(interpreter).defaultDtype;
        const made = new PyInstance(cls instanceof PyClass ? cls : limitsClass(name));
        const [min, max, eps, tiny] = limitsOf(dtype);
        const number = (value: number): PyValue => (isFloating(dtype) ? value : BigInt(value));
        const integerMax = dtype === 'int64' ? 2n ** 63n - 1n : number(max);
        for (const [key, value] of Object.entries({
          min: number(min),
          max: integerMax,
          eps,
          tiny,
          smallest_normal: tiny,
          bits: 32n,
        }))
          made.attributes.set(key, value);
        return made;
      }),
      native('__init__(self, *args)', () => null),
    ],
  });

const generatorClass: PyClass = nativeClass('Generator', [], {
  methods: [
    native('__init__(self, device=None)', () => null),
    native('manual_seed(self, seed)', ({ self = null }) => self),
    native('seed(self)', () => 0n),
    native('initial_seed(self)', () => 0n),
  ],
});

const manualSeed = native('manual_seed(seed)', ({ seed = null }, interpreter) => {
  torchContext(interpreter).reseed(interpreter.toInt(seed, 'seed'));
  return new PyInstance(generatorClass);
});

/** Functions of torch that neither take part in the graph nor belong to a table. */
const generalFunctions = (): Record<string, PyValue> => ({
  is_tensor: native('is_tensor(obj)', ({ obj }) => isTensor(obj)),
  is_floating_point: native('is_floating_point(input)', ({ input }) => isFloating(payloadOf(input)?.dtype ?? 'int64')),
  is_complex: functionOf(row('is_complex(input)', () => false)),
  numel: native('numel(input)', ({ input = null }, interpreter) => interpreter.callMethod(input, 'numel')),
  manual_seed: manualSeed,
  seed: constantly('seed', 0n),
  initial_seed: constantly('initial_seed', 0n),
  get_default_dtype: native('get_default_dtype()', (_, interpreter) =>
    dtypeObject(torchContext(interpreter).defaultDtype),
  ),
  set_default_dtype: native('set_default_dtype(d)', ({ d }, interpreter) => {
    const dtype = asDtype(d);
    if (dtype !== undefined) torchContext(interpreter).defaultDtype = dtype;
    return null;
  }),
  is_grad_enabled: native('is_grad_enabled()', (_, interpreter) => torchContext(interpreter).gradEnabled),
  promote_types: native('promote_types(type1, type2)', ({ type1, type2 }) =>
    dtypeObject(promoteTypes(asDtype(type1) ?? 'float32', asDtype(type2) ?? 'float32')),
  ),
  result_type: native('result_type(tensor1, tensor2)', ({ tensor1, tensor2 }, interpreter) =>
    dtypeObject(
      resultType(
        [tensor1, tensor2].map((value) => asOperand(value, interpreter)).filter((operand) => operand !== undefined),
      ),
    ),
  ),
  can_cast: native(
    'can_cast(from_, to)',
    ({ from_: from, to }) => category(asDtype(from) ?? 'float32') <= category(asDtype(to) ?? 'float32'),
  ),
  broadcast_shapes: native('broadcast_shapes(*shapes)', ({ shapes = null }, interpreter) =>
    raisingShapeErrors(interpreter, () =>
      makeSize(
        [...interpreter.iterate(shapes)]
          .map((shape) =>
            typeof shape === 'bigint'
              ? [Number(shape)]
              : [...interpreter.iterate(shape)].map((n) => interpreter.toInt(n, 'size')),
          )
          .reduce<readonly number[]>(broadcastShapes, []),
      ),
    ),
  ),
  compile: passThrough('compile'),
  load: unknownResult('load', 'the content of a checkpoint file is not read while the code is read'),
  get_num_threads: constantly('get_num_threads', 1n),
  is_inference_mode_enabled: constantly('is_inference_mode_enabled', false),
  is_autocast_enabled: constantly('is_autocast_enabled', false),
  are_deterministic_algorithms_enabled: constantly('are_deterministic_algorithms_enabled', false),
  typename: native('typename(obj)', ({ obj }) => `torch.${typeTitle(payloadOf(obj)?.dtype ?? 'float32')}Tensor`),
  ...silent(
    'save',
    'set_num_threads',
    'set_num_interop_threads',
    'set_printoptions',
    'set_default_device',
    'set_default_tensor_type',
    'set_float32_matmul_precision',
    'set_flush_denormal',
    'use_deterministic_algorithms',
    'set_deterministic_debug_mode',
    'set_rng_state',
    'get_rng_state',
    'set_anomaly_enabled',
    'set_warn_always',
    '_assert',
  ),
});

/** torch.dropout(input, p, train): the names of the low-level functions. */
const lowLevelRows: readonly FunctionRow[] = layerRows
  .filter((source) =>
    /^(conv|max_pool|avg_pool1d|adaptive_|batch_norm|instance_norm|layer_norm|group_norm|rms_norm|bilinear|cosine_similarity|pairwise_distance|pixel_|channel_shuffle|affine_grid|pdist)/.test(
      nameOf(source),
    ),
  )
  .map((source) => source);

const dropoutRow = layerRows.find((source) => nameOf(source) === 'dropout');

const torchDropout = row('dropout(input, p, train)', (call) =>
  dropoutRow === undefined
    ? null
    : dropoutRow.run(
        new Call({ ...call.args, training: call.value('train'), inplace: false }, call.interpreter, 'dropout'),
      ),
);

const torchActivations = activationRows.filter((source) =>
  ['relu', 'selu', 'celu', 'rrelu', 'hardshrink', 'threshold', 'gumbel_softmax'].includes(nameOf(source)),
);

function torchMembers(): Record<string, PyValue> {
  const tables = [
    ...outOfPlaceArithmeticRows,
    whereRow,
    ...withInPlace(elementwiseRows),
    ...withInPlace(arithmeticRows),
    ...elementwisePredicateRows,
    ...reductionRows,
    ...viewRows,
    ...structureInPlaceRows,
    ...structureRows,
    ...structureFunctionRows,
    ...linearAlgebraRows,
    ...linearAlgebraFunctionRows,
    ...creationRows,
    ...randomRows,
    ...lowLevelRows,
    ...torchActivations,
    ...sharedActivationRows,
    torchDropout,
    ...unfollowedRows,
  ];
  return {
    ...functionsOf(tables),
    ...generalFunctions(),
    ...legacyClasses(),
    ...Object.fromEntries(
      Object.entries(dtypeNames).map(([name, dtype]: [string, TorchDtype]) => [name, dtypeObject(dtype)]),
    ),
    Tensor: tensorClass,
    Size: sizeClass,
    dtype: dtypeClass,
    device: deviceClass,
    Generator: generatorClass,
    finfo: limitsClass('finfo'),
    iinfo: limitsClass('iinfo'),
    no_grad: noGrad,
    enable_grad: enableGrad,
    inference_mode: inferenceMode,
    set_grad_enabled: setGradEnabled,
    autocast: neutralContext('autocast'),
    inf: Infinity,
    nan: NaN,
    pi: Math.PI,
    e: Math.E,
    newaxis: null,
    strided: 'torch.strided',
    channels_last: 'torch.channels_last',
    channels_last_3d: 'torch.channels_last_3d',
    contiguous_format: 'torch.contiguous_format',
    preserve_format: 'torch.preserve_format',
    __version__: '2.13.0',
  };
}

// ── torch.nn.functional

function functionalMembers(): Record<string, PyValue> {
  const shared = ['tanh', 'sigmoid'];
  return functionsOf([
    ...elementwiseRows.filter((source) => shared.includes(nameOf(source))),
    ...activationRows,
    ...activationRows
      .filter((source) => inPlaceActivations.some((name) => name === nameOf(source)))
      .map(inPlaceFunction),
    ...layerRows,
    ...lossRows,
  ]);
}

// ── modules without effect on the graph

/** Times of the device: no time passes. */
const timerEvent: PyClass = nativeClass('Event', [], {
  methods: [
    native('__init__(self, *args, **kwargs)', () => null),
    native('record(self, stream=None)', () => null),
    native('synchronize(self)', () => null),
    native('wait(self, stream=None)', () => null),
    native('query(self)', () => true),
    native('elapsed_time(self, end_event)', () => 0),
  ],
});

const cudaMembers = (): Record<string, PyValue> => ({
  is_available: constantly('is_available', false),
  device_count: constantly('device_count', 0n),
  current_device: constantly('current_device', 0n),
  is_initialized: constantly('is_initialized', false),
  is_bf16_supported: constantly('is_bf16_supported', false),
  memory_allocated: constantly('memory_allocated', 0n),
  max_memory_allocated: constantly('max_memory_allocated', 0n),
  memory_reserved: constantly('memory_reserved', 0n),
  get_device_name: constantly('get_device_name', 'cpu'),
  get_device_capability: constantly('get_device_capability', new PyTuple([0n, 0n])),
  device: neutralContext('device'),
  stream: neutralContext('stream'),
  Stream: neutralContext('Stream'),
  Event: timerEvent,
  ...legacyClasses(),
  ...silent(
    'synchronize',
    'empty_cache',
    'set_device',
    'manual_seed',
    'manual_seed_all',
    'reset_peak_memory_stats',
    'init',
  ),
});

/** No gradient scaling: values are what they are. */
const gradScalerClass: PyClass = nativeClass('GradScaler', [], {
  methods: [
    native('__init__(self, *args, **kwargs)', () => null),
    native('scale(self, outputs)', ({ outputs = null }) => outputs),
    native('step(self, optimizer, *args, **kwargs)', ({ optimizer = null }, interpreter) =>
      interpreter.callMethod(optimizer, 'step'),
    ),
    native('update(self, new_scale=None)', () => null),
    native('unscale_(self, optimizer)', () => null),
    native('get_scale(self)', () => 1),
    native('state_dict(self)', () => new PyDict()),
    native('load_state_dict(self, state)', () => null),
  ],
});

const ampMembers = (): Record<string, PyValue> => ({
  autocast: neutralContext('autocast'),
  GradScaler: gradScalerClass,
  custom_fwd: passThrough('custom_fwd'),
  custom_bwd: passThrough('custom_bwd'),
});

const autogradMembers = (): Record<string, PyValue> => ({
  Function: autogradFunction,
  Variable: passThrough('Variable'),
  no_grad: noGrad,
  enable_grad: enableGrad,
  set_grad_enabled: setGradEnabled,
  set_detect_anomaly: neutralContext('set_detect_anomaly'),
  detect_anomaly: neutralContext('detect_anomaly'),
  grad: unknownResult('grad', 'gradients taken inside the code are not followed'),
});

const checkpointFunction = native(
  'checkpoint(function, *args, use_reentrant=None, preserve_rng_state=True, context_fn=None, determinism_check=None, debug=False, **kwargs)',
  ({ function: inner = null, args, kwargs }, interpreter) =>
    interpreter.call(inner, args instanceof PyTuple ? args.items : [], keywords(kwargs, interpreter)),
);

/** Of several processes that do the same the first. */
const firstProcess = native(
  "spawn(fn, args=(), nprocs=1, join=True, daemon=False, start_method='spawn')",
  ({ fn = null, args = null }, interpreter) => {
    interpreter.call(fn, [0n, ...interpreter.iterate(args)]);
    return null;
  },
);

const checkpointSequential = native(
  'checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs)',
  ({ functions = null, input = null }, interpreter) => {
    let value: PyValue = input;
    for (const inner of interpreter.iterate(functions)) value = interpreter.call(inner, [value]);
    return value;
  },
);

const jitMembers = (interpreter: Interpreter): Record<string, PyValue> => ({
  ...Object.fromEntries(
    [
      'script',
      'trace',
      'ignore',
      'unused',
      'export',
      'script_method',
      'freeze',
      'optimize_for_inference',
      'interface',
      'script_if_tracing',
    ].map((name) => [name, passThrough(name)]),
  ),
  is_scripting: constantly('is_scripting', false),
  is_tracing: constantly('is_tracing', false),
  annotate: native('annotate(type, value)', ({ value = null }) => value),
  isinstance: native('isinstance(obj, type)', ({ obj = null, type = null }) =>
    type instanceof PyClass ? interpreter.isInstance(obj, type) : false,
  ),
  Final: new Unknown('a type annotation', undefined),
  load: unknownResult('load', 'a TorchScript archive is not code that can be read'),
});

const switches = (...names: readonly string[]): Record<string, PyValue> =>
  Object.fromEntries(names.map((name) => [name, false]));

const specialMembers = (): Record<string, PyValue> => {
  const names: Readonly<Record<string, string>> = {
    expit: 'sigmoid',
    logit: 'logit',
    erf: 'erf',
    erfc: 'erfc',
    erfinv: 'erfinv',
    exp2: 'exp2',
    expm1: 'expm1',
    log1p: 'log1p',
    gammaln: 'lgamma',
    digamma: 'digamma',
    psi: 'digamma',
    sinc: 'sinc',
    round: 'round',
    xlogy: 'xlogy',
    logsumexp: 'logsumexp',
    softmax: 'softmax',
    log_softmax: 'log_softmax',
  };
  const all = functionsOf([...elementwiseRows, ...arithmeticRows, ...reductionRows, ...sharedActivationRows]);
  return Object.fromEntries(Object.entries(names).map(([name, own]) => [name, all[own] ?? null]));
};

const noModuleMembers = (): Members => ({});

/** Members of each module by name; made once per interpreter, when first imported. */
const makers: Readonly<Record<string, (interpreter: Interpreter) => Members>> = {
  torch: torchMembers,
  'torch.functional': torchMembers,
  'torch.nn.functional': functionalMembers,
  'torch.nn.init': () => functionsOf(initRows),
  'torch.nn.parameter': () => ({
    Parameter: parameterClass,
    Buffer: bufferClass,
    UninitializedParameter: parameterClass,
    UninitializedBuffer: bufferClass,
  }),
  'torch.tensor': () => ({ Tensor: tensorClass }),
  'torch._tensor': () => ({ Tensor: tensorClass }),
  'torch.types': () => ({ Tensor: tensorClass, Device: deviceClass }),
  'torch.linalg': () => functionsOf([...linalgRows]),
  'torch.special': specialMembers,
  'torch.cuda': cudaMembers,
  'torch.cuda.amp': ampMembers,
  'torch.amp': ampMembers,
  'torch.mps': () => silent('empty_cache', 'synchronize', 'manual_seed'),
  'torch.xpu': () => ({ is_available: constantly('is_available', false) }),
  'torch.accelerator': () => ({
    is_available: constantly('is_available', false),
    device_count: constantly('device_count', 0n),
    current_accelerator: constantly('current_accelerator', null),
  }),
  'torch.cpu': () => ({ is_available: constantly('is_available', true) }),
  'torch.backends': noModuleMembers,
  'torch.backends.cudnn': () => ({
    ...switches('enabled', 'benchmark', 'deterministic', 'allow_tf32'),
    is_available: constantly('is_available', false),
    version: constantly('version', null),
    flags: neutralContext('flags'),
  }),
  'torch.backends.mps': () => ({
    is_available: constantly('is_available', false),
    is_built: constantly('is_built', false),
  }),
  'torch.backends.cuda': () => ({
    sdp_kernel: neutralContext('sdp_kernel'),
    is_built: constantly('is_built', false),
    flash_sdp_enabled: constantly('flash_sdp_enabled', false),
    ...silent('enable_flash_sdp', 'enable_mem_efficient_sdp', 'enable_math_sdp', 'enable_cudnn_sdp'),
  }),
  'torch.backends.cuda.matmul': () => switches('allow_tf32', 'allow_fp16_reduced_precision_reduction'),
  'torch.backends.mkldnn': () => ({ is_available: constantly('is_available', false) }),
  'torch.nn.attention': () => ({
    sdpa_kernel: neutralContext('sdpa_kernel'),
    SDPBackend: new Unknown('a choice of attention kernel', undefined),
  }),
  'torch.autograd': autogradMembers,
  'torch.autograd.function': () => ({
    Function: autogradFunction,
    once_differentiable: passThrough('once_differentiable'),
  }),
  'torch.autograd.variable': () => ({ Variable: passThrough('Variable') }),
  'torch.autograd.profiler': () => ({
    record_function: neutralContext('record_function'),
    profile: neutralContext('profile'),
  }),
  'torch.profiler': () => ({ record_function: neutralContext('record_function'), profile: neutralContext('profile') }),
  'torch.jit': jitMembers,
  'torch.compiler': () => ({ disable: passThrough('disable'), is_compiling: constantly('is_compiling', false) }),
  'torch._dynamo': () => ({ disable: passThrough('disable'), is_compiling: constantly('is_compiling', false) }),
  'torch.fx': () => ({ wrap: passThrough('wrap') }),
  'torch.utils': noModuleMembers,
  'torch.utils.checkpoint': () => ({ checkpoint: checkpointFunction, checkpoint_sequential: checkpointSequential }),
  'torch.utils.tensorboard': () => ({ SummaryWriter: new Unknown('a log is not part of the model', undefined) }),
  'torch.random': () => ({ manual_seed: manualSeed, fork_rng: neutralContext('fork_rng') }),
  'torch.version': () => ({ __version__: '2.13.0', cuda: null }),
  'torch.hub': () => ({
    load_state_dict_from_url: unknownResult('load_state_dict_from_url', 'weights from the network are not fetched'),
    load: unknownResult('load', 'models from the network are not fetched'),
  }),
  'torch.multiprocessing': () => ({
    ...silent('set_start_method', 'set_sharing_strategy', 'freeze_support'),
    spawn: firstProcess,
  }),
  'torch.distributed': () => ({
    is_available: constantly('is_available', false),
    is_initialized: constantly('is_initialized', false),
    get_rank: constantly('get_rank', 0n),
    get_world_size: constantly('get_world_size', 1n),
    ...silent('init_process_group', 'destroy_process_group', 'barrier', 'all_reduce', 'broadcast'),
  }),
};

/**
 * The modules written here by dotted name, for `InterpreterOptions.libraries`. `seed` starts the generator of all
 * random values; `torch.manual_seed` in the code restarts it.
 */
export function createTorchModules(seed = 0): Map<string, ModuleMaker> {
  const modules = new Map<string, ModuleMaker>();
  for (const [name, members] of Object.entries(makers))
    modules.set(name, (interpreter) => {
      if (name === 'torch') torchContext(interpreter).reseed(seed);
      return moduleOf(name, members(interpreter), interpreter);
    });
  return modules;
}
