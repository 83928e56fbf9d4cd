/** What a training script says, as JSON: every value with where it is written and whether it is certain. */
import { describePrepared } from '../dataset/preparation/describePrepared';
import { sampleShapeOf } from '../dataset/torchvision/sampleShape';
import type { DatasetFact, Fact, FittedData, TrainingFacts } from '../frontend/torch/facts/facts';
import type { SourceSpan } from '../graph/node';

type Placed = { readonly span: SourceSpan; readonly certain: boolean };

const placeOf = ({ span: { file, line, column }, certain }: Placed): object => ({ file, line, column, certain });

const factJson = <T>(fact: Fact<T> | null): unknown => (fact === null ? null : { value: fact.value, ...placeOf(fact) });

const inEach = <T, U>(record: Readonly<Record<string, T>>, convert: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]));

/** A data set that the code makes, and what one sample is after its transforms, where that follows from the code. */
function datasetJson(fact: DatasetFact): unknown {
  const { shape = null, dtype = null, classes = null } = sampleShapeOf(fact.value) ?? {};
  return { name: fact.value.name, ...placeOf(fact), sample: shape, dtype, classes };
}

const fittedJson = (data: FittedData): object => ('unfollowed' in data ? data : describePrepared(data));

/** Null for what the script does not say. Lines and columns count from 1. */
export function factsJson(facts: TrainingFacts): unknown {
  return {
    script: facts.file,
    command: factJson(facts.command),
    optimizers: facts.optimizers.map((optimizer) => ({
      kind: optimizer.kind,
      ...placeOf(optimizer),
      arguments: inEach(optimizer.arguments, factJson),
      groups: optimizer.groups,
    })),
    schedules: facts.schedules.map((schedule) => ({
      kind: schedule.kind,
      ...placeOf(schedule),
      arguments: schedule.arguments,
      peak: schedule.peak,
    })),
    model: factJson(facts.model),
    loss: factJson(facts.loss),
    inputs: factJson(facts.inputs),
    datasets: facts.datasets.map(datasetJson),
    fitted: facts.fitted && { ...placeOf(facts.fitted), ...fittedJson(facts.fitted.value) },
    batchSize: factJson(facts.batchSize),
    accumulationSteps: factJson(facts.accumulationSteps),
    warmUp: factJson(facts.warmUp),
    clipping: factJson(facts.clipping),
    mixedPrecision: factJson(facts.mixedPrecision),
    weightAverage: factJson(facts.weightAverage),
    normalisation: factJson(facts.normalisation),
    loads: facts.loads.map(factJson),
    saves: facts.saves.map(factJson),
  };
}
