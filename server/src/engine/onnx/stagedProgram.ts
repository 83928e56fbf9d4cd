/** A model in three stages, ready to run: once when it is made, once per set of steady arrays, in every run. */
import type { Tensor } from 'onnxruntime-node';
import type { ArrayData, ArrayValue } from '../engine';
import type { Session, SessionSettings } from './onnxSession';
import { asTensor, createSession, elementTypeOf, OnnxRuntimeError } from './onnxSession';
import type { InitializerData, KnownValue, Stage, StagedModel } from './stagedModel';
import { serializeStage } from './stagedModel';

/** Known values up to this size are built into the program, so that the runtime can pack them. */
const largestBuiltIn = 4 * 2 ** 20;
const builtInLimit = 64 * 2 ** 20;

/** Arrays by the name of the model's input that they are for. */
export type NamedArrays = ReadonlyMap<string, ArrayValue>;

type Tensors = ReadonlyMap<string, Tensor>;

/** What follows from plain data, so that any thread can make the program of it. */
export interface ProgramPlan {
  readonly model: StagedModel;
  readonly bound: NamedArrays;
  /** How many different sets of steady arrays take turns; undefined where the model has no steady inputs. */
  readonly sets: number | undefined;
  /** Each thread needs all sets. */
  readonly isShared: boolean;
  /** The results by name, with their shapes. */
  readonly results: readonly (Pick<ArrayValue, 'shape' | 'dtype'> & { readonly name: string })[];
}

/** One set of steady arrays: its number, and the arrays for when nothing was derived from them yet. */
export interface SteadySet {
  readonly key: number;
  readonly arrays: NamedArrays | undefined;
}

export interface StagedProgram {
  /** `steady`: where the model has such inputs. The results are the caller's, to move where it likes. */
  run(steady: SteadySet | undefined, free: NamedArrays): Promise<ArrayValue[]>;
  /** What was derived from this set will not be asked for again. */
  forget(key: number): void;
  dispose(): void;
}

const dataOf = (tensor: Tensor): InitializerData => {
  const { data } = tensor;
  const isKnown =
    data instanceof Float32Array ||
    data instanceof Float64Array ||
    data instanceof Int32Array ||
    data instanceof BigInt64Array ||
    data instanceof Uint8Array;
  if (isKnown) return data;
  throw new OnnxRuntimeError(`onnxruntime returned elements of type ${tensor.type}, which no program here has`);
};

function arrayData(tensor: Tensor): ArrayData {
  const data = dataOf(tensor);
  if (!(data instanceof BigInt64Array)) return data;
  throw new OnnxRuntimeError('onnxruntime returned 64-bit integers where a program has none');
}

/** Which known values are built in: the smallest first, as long as they fit. */
function chooseBuiltIn(tensors: Tensors): Set<string> {
  const bySize = [...tensors].map(([name, tensor]) => ({ name, bytes: dataOf(tensor).byteLength }));
  bySize.sort((a, b) => a.bytes - b.bytes);
  const chosen = new Set<string>();
  let total = 0;
  for (const { name, bytes } of bySize) {
    total += bytes;
    if (bytes > largestBuiltIn || total > builtInLimit) break;
    chosen.add(name);
  }
  return chosen;
}

function found(tensors: Tensors, name: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new OnnxRuntimeError(`onnxruntime: the value '${name}' is missing`);
  return tensor;
}

const tensorsOf = (arrays: NamedArrays): Map<string, Tensor> =>
  new Map([...arrays].map(([name, { data, shape }]) => [name, asTensor(data, shape)]));

/** A stage ready to run: a session (none when the stage gives nothing) and the names of what it is fed. */
interface Part {
  readonly session: Session | undefined;
  readonly reads: readonly string[];
}

const nothing: Part = { session: undefined, reads: [] };

async function runPart({ session, reads }: Part, values: Tensors): Promise<Tensors> {
  if (session === undefined) return new Map();
  return new Map(
    Object.entries(await session.run(Object.fromEntries(reads.map((name) => [name, found(values, name)])))),
  );
}

/**
 * `builtIn`: values that never change, the small ones of which become part of the program; `fed`: the others. What runs
 * once is fed everything, because the runtime would fold what is built in while it loads, on one thread.
 */
async function buildPart(
  model: StagedModel,
  stage: Stage,
  builtIn: Tensors,
  fed: Tensors,
  settings: SessionSettings,
): Promise<Part> {
  if (stage.gives.length === 0) return nothing;
  const read = (tensors: Tensors): Map<string, Tensor> =>
    new Map([...tensors].filter(([name]) => stage.reads.includes(name)));
  const [constant, changing] = [read(builtIn), read(fed)];
  const chosen = chooseBuiltIn(constant);
  const values = new Map<string, KnownValue>();
  for (const [name, tensor] of [...constant, ...changing]) {
    const type = { type: elementTypeOf(tensor), shape: tensor.dims };
    values.set(name, chosen.has(name) ? { ...type, data: dataOf(tensor) } : type);
  }
  const serialized = serializeStage(model, stage, values);
  return { session: await createSession(serialized, settings), reads: serialized.inputs };
}

/** Throws `OnnxRuntimeError` for what the runtime does not accept, at once or in the first run. */
export async function buildProgram(plan: ProgramPlan, settings: SessionSettings): Promise<StagedProgram> {
  const { model, sets, results } = plan;
  const [folding, preparation, application] = model.stages as readonly [Stage, Stage, Stage];
  const given = tensorsOf(plan.bound);
  const foldingPart = await buildPart(model, folding, new Map(), given, settings);
  const fixed: Tensors = new Map([...given, ...(await runPart(foldingPart, given))]);
  await foldingPart.session?.release();

  let preparationPart = await buildPart(model, preparation, new Map(), fixed, settings);
  let setsLeft = sets ?? 0;
  const derived = new Map<number, Promise<Tensors>>();
  // Types and sizes of what the preparation gives are known once it has run.
  let applicationPart: Promise<Part> | undefined;
  const buildApplication = (ofSteady: Tensors): Promise<Part> =>
    (applicationPart ??= buildPart(model, application, fixed, ofSteady, settings));
  if (sets === undefined) await buildApplication(new Map());

  // An unexpected further set is served all the same: the session then is made once more.
  const derive = async (arrays: NamedArrays): Promise<Tensors> => {
    if (setsLeft === 0) preparationPart = await buildPart(model, preparation, new Map(), fixed, settings);
    const tensors = tensorsOf(arrays);
    const prepared = await runPart(preparationPart, new Map([...fixed, ...tensors]));
    setsLeft = Math.max(0, setsLeft - 1);
    if (setsLeft === 0) {
      await preparationPart.session?.release();
      preparationPart = nothing;
    }
    return new Map([...tensors, ...prepared]);
  };
  const derivedFrom = ({ key, arrays }: SteadySet): Promise<Tensors> => {
    const known = derived.get(key);
    if (known !== undefined) return known;
    if (arrays === undefined) throw new RangeError('onnxruntime: a set of steady arrays is not known');
    const tensors = derive(arrays);
    derived.set(key, tensors);
    return tensors;
  };
  return {
    async run(steady, free) {
      const ofSteady = steady === undefined ? new Map<string, Tensor>() : await derivedFrom(steady);
      const part = await buildApplication(ofSteady);
      const values: Tensors = new Map([...fixed, ...ofSteady, ...tensorsOf(free)]);
      const computed = await runPart(part, values);
      return results.map(({ name, shape, dtype }): ArrayValue => {
        const own = computed.get(name);
        const data = own === undefined ? arrayData(found(values, name)).slice() : arrayData(own);
        return { shape, dtype, data };
      });
    },
    forget: (key) => void derived.delete(key),
    dispose() {
      derived.clear();
      void preparationPart.session?.release();
      void applicationPart?.then(
        ({ session }) => session?.release(),
        () => undefined,
      );
    },
  };
}
