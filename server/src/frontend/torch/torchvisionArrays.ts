/** What torchvision's small data sets hold whole: as many samples as their publications say, of a known shape. */
import type { Interpreter } from '../../python/interpreter';
import type { PyValue } from '../../python/values';
import type { LibraryCall } from './moduleRecords';
import { dataTensor } from './tensor/dataTensor';

interface Held {
  readonly train: number;
  readonly test: number;
  readonly image: readonly number[];
  /** A numpy array, not a tensor. */
  readonly isArray: boolean;
}

const digits: Held = { train: 60_000, test: 10_000, image: [28, 28], isArray: false };
const tinyImages: Held = { train: 50_000, test: 10_000, image: [32, 32, 3], isArray: true };
const held: Readonly<Record<string, Held>> = {
  MNIST: digits,
  FashionMNIST: digits,
  KMNIST: digits,
  CIFAR10: tinyImages,
  CIFAR100: tinyImages,
};

function countOf({ args }: LibraryCall, { train, test }: Held): number | undefined {
  const part = args.get('train') ?? args.get('1') ?? true;
  return typeof part === 'boolean' ? (part ? train : test) : undefined;
}

/** `len(dataset)`. */
export function heldCount(name: string, call: LibraryCall): number | undefined {
  const known = held[name];
  return known === undefined ? undefined : countOf(call, known);
}

/** `dataset.data` and `dataset.targets`; undefined for other attributes and data sets. */
export function heldArray(
  name: string,
  call: LibraryCall,
  attribute: string,
  interpreter: Interpreter,
): PyValue | undefined {
  const known = held[name];
  const count = known === undefined ? undefined : countOf(call, known);
  if (known === undefined || count === undefined) return undefined;
  if (attribute === 'targets') return dataTensor(interpreter, [count], 'int64');
  if (attribute !== 'data') return undefined;
  const images = dataTensor(interpreter, [count, ...known.image], 'uint8');
  const asArray = (): PyValue =>
    interpreter.call(interpreter.getAttribute(interpreter.importModule('numpy'), 'ndarray'), [images]);
  return known.isArray ? asArray() : images;
}
