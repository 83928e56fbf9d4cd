/** What a Keras model says of its inputs, and usual sizes where it leaves axes open or says nothing. */
import type { Interpreter } from '../../python/interpreter';
import { TraceStop } from '../../python/errors';
import { PyFunction, PyList, PyTuple, Unknown } from '../../python/values';
import type { PyInstance, PyValue } from '../../python/values';
import type { InputCandidate } from '../torch/inputCandidates';
import { namedModules } from '../torch/stateDict';
import { sayTheShape } from '../statedShapes';
import { isKerasModel } from './kerasNames';

export interface KerasInput extends InputCandidate {
  /** Undefined for a model that was not built. */
  readonly name?: string;
  /** Samples, where the model takes no other number. */
  readonly batch?: number;
}

/** Sides of images that are tried in turn where they are open; deep models leave nothing of the smaller. */
const OPEN_SIDES = [64, 331] as const;
const OPEN_TOKENS = 32;
const OPEN_STEPS = 16;

const items = (value: PyValue | undefined): readonly PyValue[] =>
  value instanceof PyList || value instanceof PyTuple ? value.items : [];

/** One for each input, in order; undefined where the model was not built yet. `side`: of images, where it is open. */
export function describedInputs(
  root: PyInstance,
  interpreter: Interpreter,
  side: number = OPEN_SIDES[0],
): KerasInput[] | undefined {
  if (!isKerasModel(root)) return undefined;
  const described = interpreter.callMethod(root, '_input_description');
  if (described === null) return undefined;
  return items(described).map((each): KerasInput => {
    const [name, sizes, indices] = items(each);
    const [batch, ...sample] = items(sizes).map((size) => (typeof size === 'bigint' ? Number(size) : null));
    const open = sample.length >= 3 ? side : sample.length === 1 ? OPEN_TOKENS : OPEN_STEPS;
    return {
      name: typeof name === 'string' ? name : 'input',
      ...(typeof batch === 'number' ? { batch } : {}),
      sample: sample.map((size) => size ?? open),
      dtype: typeof indices === 'bigint' ? 'int' : 'float',
      range: typeof indices === 'bigint' ? Number(indices) : undefined,
    };
  });
}

/** The same with every size that is tried for open sides: once, where no side of an image is open. */
export function describedLayouts(root: PyInstance, interpreter: Interpreter): readonly KerasInput[][] | undefined {
  const layouts = OPEN_SIDES.map((side) => describedInputs(root, interpreter, side)).filter(
    (each) => each !== undefined,
  );
  const texts = layouts.map((inputs) => JSON.stringify(inputs));
  return layouts.length === 0 ? undefined : layouts.filter((_, i) => texts.indexOf(texts[i] ?? '') === i);
}

/** The input of a model that is not built yet, where its first layer takes indices. */
export function indexedInputs(root: PyInstance): KerasInput[] | undefined {
  const [first] = isKerasModel(root) ? kerasCandidates(root) : [];
  return first?.dtype === 'int' ? [first] : undefined;
}

/** Throws where the first layer is given an input shape that the code does not determine: sizes of weights follow from it. */
export function refuseUnknownShape(root: PyInstance): void {
  const [first] = namedModules(root, false).filter(({ module }) => !isKerasModel(module));
  const unknown = first?.module.attributes.get('_unknown_shape');
  if (!(unknown instanceof Unknown)) return;
  throw new TraceStop(
    `the input shape of the first layer is not known: ${unknown.reason}`,
    unknown.origin,
    sayTheShape(unknown.origin?.file ?? ''),
  );
}

/** The method that code writes for a layer of Keras. */
export function callFunction(root: PyInstance): PyFunction | undefined {
  const call = root.cls.lookup('call');
  return call instanceof PyFunction ? call : undefined;
}

/** Arguments of `call` that are no inputs. */
export const isCallOption = (name: string): boolean => name === 'training' || name === 'mask';

const floats = (...sample: number[]): InputCandidate => ({ sample, dtype: 'float', range: undefined });

const images = [28, 32, 64, 224, 299].map((side) => floats(side, side, side === 28 ? 1 : 3));

/** Inputs to try on a model that is built by its first call: by its first layer that says something. */
export function kerasCandidates(root: PyInstance): InputCandidate[] {
  for (const { module } of namedModules(root, false)) {
    const kinds = new Set(module.cls.resolutionOrder.map(({ name }) => name));
    const count = module.attributes.get('input_dim');
    if (kinds.has('Embedding'))
      return [
        { sample: [OPEN_TOKENS], dtype: 'int', range: typeof count === 'bigint' ? Number(count) : undefined },
        { sample: [], dtype: 'int', range: typeof count === 'bigint' ? Number(count) : undefined },
      ];
    if (kinds.has('BaseConv')) {
      const rank = Number(module.attributes.get('rank') ?? 2n);
      return rank === 1 ? [floats(128, 8)] : rank === 3 ? [floats(16, 32, 32, 1)] : images;
    }
    if (kinds.has('RNN') || kinds.has('Bidirectional') || kinds.has('MultiHeadAttention')) return [floats(16, 8)];
    if (kinds.has('Dense')) return [floats(16), floats(784), ...images];
  }
  return [...images, floats(16), floats(16, 8)];
}
