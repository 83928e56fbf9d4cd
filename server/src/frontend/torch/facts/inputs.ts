/** What a script gives its model: the shapes of one sample. */
import type { SourceSpan } from '../../../graph/node';
import { PyFunction, PyInstance, Unknown } from '../../../python/values';
import type { LibraryCall } from '../moduleRecords';
import { namedModules } from '../stateDict';
import { isUnknownExtent } from '../../../dataset/unknownExtent';
import { isDataTensor } from '../tensor/dataTensor';
import { withoutArray } from '../tensor/fromPython';
import { payloadOf } from '../tensor/tensor';
import type { Fact, InputFact } from './facts';
import type { ScriptReader } from './scriptReader';

export interface ModelInputs extends Fact<readonly InputFact[]> {
  /** Extent of the first axis, where all inputs have the same. */
  readonly batch: number | undefined;
}

/** Of the calls of `model` in the script, the one that trains. Undefined where no call has tensors of known shape. */
export function modelInputs(reader: ScriptReader, model: PyInstance): ModelInputs | undefined {
  const calls = reader.session.records.libraryCalls.filter(
    ({ kind, instance }) =>
      (kind === 'model_call' || kind === 'model_evaluation') &&
      instance instanceof PyInstance &&
      isOrWraps(instance, model),
  );
  const known = calls.flatMap((call) => {
    const inputs = inputsOf(call, forwardNames(model));
    return inputs === undefined ? [] : [{ ...inputs, rank: rankOf(call) }];
  });
  // Where training is seen but its tensors are not known, those of an evaluation or a trial are not taken for them.
  const trains = calls.some(
    ({ kind, args }) => kind === 'model_call' && [...args.values()].some((value) => value instanceof Unknown),
  );
  if (trains && !known.some(({ rank }) => rank >= DATA_IN_TRAINING)) return undefined;
  const best = known.reduce((rank, call) => Math.max(rank, call.rank), -1);
  const likely = known.filter(({ rank }) => rank === best);
  const [chosen] = likely;
  if (chosen === undefined) return undefined;
  const texts = likely.map(({ value }) => JSON.stringify(value));
  const { value, span, batch } = chosen;
  return { value, span: span ?? reader.start(), batch, certain: new Set(texts).size === 1 };
}

const isOrWraps = (module: PyInstance, model: PyInstance): boolean =>
  module === model || namedModules(module, false).some((each) => each.module === model);

const DATA_IN_TRAINING = 3;

/** Data before examples that are made up, training before evaluation. */
function rankOf({ args, kind }: LibraryCall): number {
  const isData = [...args.values()].some((value) => isDataTensor(withoutArray(value)));
  return 2 * Number(isData) + Number(kind === 'model_call');
}

interface CallInputs {
  readonly value: readonly InputFact[];
  readonly span: SourceSpan | undefined;
  readonly batch: number | undefined;
}

/** `names`: parameters of the model's `forward`. */
function inputsOf({ args, span }: LibraryCall, names: readonly string[]): CallInputs | undefined {
  const value: InputFact[] = [];
  const batches = new Set<number>();
  for (const [i, name] of names.entries()) {
    const tensor = payloadOf(withoutArray(args.get(name) ?? args.get(String(i)) ?? null));
    if (tensor === undefined) break;
    const [batch, ...sample] = tensor.shape;
    if (batch === undefined || sample.some(isUnknownExtent)) break;
    batches.add(batch);
    value.push({ name, shape: sample, dtype: tensor.dtype });
  }
  const [batch] = batches;
  if (value.length === 0 || batch === undefined) return undefined;
  return { value, span, batch: batches.size === 1 && !isUnknownExtent(batch) ? batch : undefined };
}

/** Parameters of `forward`, without `self`. */
function forwardNames(module: PyInstance): string[] {
  const forward = module.cls.lookup('forward');
  if (!(forward instanceof PyFunction)) return ['0'];
  return forward.syntax.parameters
    .slice(1)
    .filter(({ kind }) => kind === 'positional' || kind === 'positionalOnly')
    .map(({ name }) => name);
}
