/**
 * Data sets and transforms of torchvision, which training scripts state facts with: a call is noted and gives an unknown
 * object, by whose identity the note is found again where the object is used.
 */
import { objectClass } from '../../python/builtins/types';
import type { Interpreter } from '../../python/interpreter';
import { native, nativeClass } from '../../python/native';
import { PyDict, PyModule, PyTuple, Unknown } from '../../python/values';
import type { BoundArguments, PyClass, PyValue } from '../../python/values';
import { keyText } from './keyText';
import { ValueReader } from './dataFacts';
import type { LibraryCall, ModuleRecords } from './moduleRecords';
import type { ModuleMaker } from './nnLibrary';
import { openModule } from './openModule';
import { heldArray, heldCount } from './torchvisionArrays';
import { dataTensor } from './tensor/dataTensor';
import { sampleShapeOf, type SampleShape } from '../../dataset/torchvision/sampleShape';

/** Members of torchvision.transforms.InterpolationMode, by name; numbers are PIL's. */
const interpolations = ['NEAREST', 'LANCZOS', 'BILINEAR', 'BICUBIC', 'BOX', 'HAMMING'] as const;

function transformMaker(records: ModuleRecords, name: string): PyValue {
  return native(`${name}(*args, **kwargs)`, ({ args, kwargs }, interpreter) => {
    const made = new Unknown(`torchvision's ${name}`, interpreter.currentSpan);
    noteCall(records, interpreter, 'transform', name, { args: args ?? null, kwargs: kwargs ?? null }, made);
    return made;
  });
}

function noteCall(
  records: ModuleRecords,
  interpreter: Interpreter,
  kind: 'dataset' | 'transform',
  name: string,
  { args, kwargs }: BoundArguments,
  instance: PyValue,
): void {
  const positional = args instanceof PyTuple ? args.items : [];
  const named = kwargs instanceof PyDict ? kwargs.entries() : [];
  const noted = new Map<string, PyValue>([
    ['name', name],
    ...positional.map((value, i): [string, PyValue] => [String(i), value]),
    ...named.map(([key, value]): [string, PyValue] => [keyText(key), value]),
  ]);
  records.libraryCalls.push({ kind, args: noted, span: interpreter.currentSpan, instance });
}

/**
 * A data set is a class, so that the code can derive from it; of what its objects hold, shapes are known at most. The first call of `__init__`
 * on an object is its note.
 */
function datasetClass(records: ModuleRecords, name: string): PyClass {
  const unknown = (interpreter: Interpreter): Unknown => new Unknown(`torchvision's ${name}`, interpreter.currentSpan);
  const note = native('__init__(self, *args, **kwargs)', ({ self = null, args, kwargs }, interpreter) => {
    noteCall(records, interpreter, 'dataset', name, { args: args ?? null, kwargs: kwargs ?? null }, self);
    return null;
  });
  const madeBy = (self: PyValue): LibraryCall | undefined =>
    records.libraryCalls.find(({ kind, instance }) => kind === 'dataset' && instance === self);
  // Transforms run on whole images: once for each data set.
  const samples = new Map<LibraryCall, SampleShape | undefined>();
  const getItem = native('__getitem__(self, index)', ({ self = null, index = null }, interpreter) => {
    const call = madeBy(self);
    if (!interpreter.tolerant || typeof index === 'string' || call === undefined) return unknown(interpreter);
    if (!samples.has(call)) samples.set(call, sampleShapeOf(new ValueReader({ interpreter, records }).callOf(call)));
    return sampleOf(samples.get(call), interpreter) ?? unknown(interpreter);
  });
  const getAttribute = native('__getattr__(self, name)', ({ self = null, name: attribute = null }, interpreter) => {
    const call = interpreter.tolerant ? madeBy(self) : undefined;
    return (call && heldArray(name, call, keyText(attribute), interpreter)) ?? unknown(interpreter);
  });
  const length = native('__len__(self)', ({ self = null }, interpreter) => {
    const call = interpreter.tolerant ? madeBy(self) : undefined;
    const count = call && heldCount(name, call);
    return count === undefined ? unknown(interpreter) : BigInt(count);
  });
  const members = ['__add__(self, other)', '__iter__(self)'];
  return nativeClass(name, [objectClass], {
    methods: [
      note,
      getItem,
      getAttribute,
      length,
      ...members.map((signature) => native(signature, (_, interpreter) => unknown(interpreter))),
    ],
  });
}

/** An image and its class, as far as the transforms determine them. */
function sampleOf(sample: SampleShape | undefined, interpreter: Interpreter): PyValue | undefined {
  if (sample?.certain !== true) return undefined;
  const image = dataTensor(interpreter, sample.shape, sample.dtype === 'int' ? 'uint8' : 'float32');
  const label =
    sample.classes === undefined
      ? new Unknown('the target of a sample', interpreter.currentSpan)
      : dataTensor(interpreter, [], 'int64');
  return new PyTuple([image, label]);
}

function interpolationMode(): PyModule {
  const members = new PyModule('torchvision.transforms.InterpolationMode');
  for (const name of interpolations) members.attributes.set(name, name.toLowerCase());
  members.attributes.set('NEAREST_EXACT', 'nearest-exact');
  return members;
}

/** The modules `torchvision.datasets` and `torchvision.transforms` with their parts, and PIL's names of filters. */
export function createTorchvisionDataModules(records: ModuleRecords): Map<string, ModuleMaker> {
  const transform = (name: string): PyValue | undefined => {
    if (name === 'InterpolationMode') return interpolationMode();
    return /^[A-Z]/.test(name) ? transformMaker(records, name) : undefined;
  };
  const dataset = (name: string): PyValue | undefined =>
    /^[A-Z]/.test(name) ? datasetClass(records, name) : undefined;
  const filter = (name: string): PyValue | undefined => {
    const number = (interpolations as readonly string[]).indexOf(name === 'ANTIALIAS' ? 'LANCZOS' : name);
    return number < 0 ? undefined : BigInt(number);
  };
  const transforms = (name: string, children: readonly string[]): [string, ModuleMaker] => [
    `torchvision.${name}`,
    openModule(`torchvision.${name}`, children, transform),
  ];
  return new Map([
    transforms('transforms', ['functional', 'v2', 'transforms']),
    transforms('transforms.transforms', []),
    transforms('transforms.v2', ['functional']),
    ['torchvision.datasets', openModule('torchvision.datasets', ['folder', 'mnist', 'cifar'], dataset)],
    ...['folder', 'mnist', 'cifar'].map((name): [string, ModuleMaker] => [
      `torchvision.datasets.${name}`,
      openModule(`torchvision.datasets.${name}`, [], dataset),
    ]),
    ['PIL', openModule('PIL', ['Image'], () => undefined)],
    ['PIL.Image', openModule('PIL.Image', ['Resampling'], filter)],
    ['PIL.Image.Resampling', openModule('PIL.Image.Resampling', [], filter)],
  ]);
}
