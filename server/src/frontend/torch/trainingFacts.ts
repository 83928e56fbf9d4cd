/**
 * What a training script says, read without running it: optimizer, schedule, batch size, loss, model, files, input
 * normalisation, gradient clipping. Every fact has the place it comes from.
 */
import type { Limits, SourceProvider } from '../../python/interpreter';
import { parseCached } from '../../python/parseCache';
import type { TraceStopped } from '../model';
import { sampleShapeOf, trainingSet } from '../../dataset/torchvision/sampleShape';
import { datasetFacts } from './dataFacts';
import type { DatasetFact } from './facts/facts';
import { batchSizeFact } from './facts/batchSize';
import { clippingFact } from './facts/clipping';
import type { TrainingFacts } from './facts/facts';
import { fittedData } from './facts/fittedData';
import { dataFileFacts, pathFacts } from './facts/files';
import { lossFact } from './facts/loss';
import { madeModels } from './facts/madeModels';
import { modelInputs } from './facts/inputs';
import type { ModelInputs } from './facts/inputs';
import type { TrainedModel } from './facts/model';
import { accumulationFact, mixedPrecisionFact, weightAverageFact } from './facts/training';
import { statedInputs } from './facts/statedInputs';
import { modelFact, trainedModel } from './facts/model';
import { namedNumber } from './facts/namedNumber';
import { normalisationFact } from './facts/normalisation';
import { optimizerFacts } from './facts/optimizers';
import { scheduleFacts, warmUpFact, withRateOfScript } from './facts/schedules';
import { ScriptReader } from './facts/scriptReader';
import { callUncalledTraining } from '../keras/uncalledTraining';
import { programText } from './programText';
import { documentedCommands } from './documentedCommand';
import type { DocumentedCommand } from './documentedCommand';
import { openScript, stoppedBy } from './session';
import type { Session, Watch } from './session';
import { installRecorders, recordedPackages } from './trainingRecorders';

export type {
  Fact,
  FactValue,
  InputFact,
  LossFact,
  ModelFact,
  OptimizerFact,
  ScheduleFact,
  TrainingFacts,
} from './facts/facts';

export interface FactsRequest {
  readonly file: string;
  /** Text of `file`; read through `sources` when absent. */
  readonly source?: string;
  readonly sources: SourceProvider;
  readonly limits?: Partial<Limits>;
  readonly watch?: Watch;
}

const nothing = (file: string): TrainingFacts => ({
  file,
  optimizers: [],
  schedules: [],
  batchSize: null,
  loss: null,
  model: null,
  made: [],
  inputs: null,
  loads: [],
  saves: [],
  dataFiles: [],
  datasets: [],
  fitted: null,
  normalisation: null,
  clipping: null,
  accumulationSteps: null,
  warmUp: null,
  mixedPrecision: null,
  weightAverage: null,
  command: null,
  stopped: null,
});

/** Scripts set much up before they train. */
const SECONDS = 6;
/** Documented commands that are tried. */
const MOST_TRIED = 3;

/**
 * Reads a training script. Never throws for what the script contains. Where the defaults of its command line do not lead to a
 * model and an optimizer, it is read as the repository says that it is run.
 */
export function readTrainingFacts(request: FactsRequest): TrainingFacts {
  let best = readWith(request, undefined);
  if (progressOf(best) === EVERYTHING) return best;
  const tried = new Set<string>();
  for (const command of documentedCommands(request.file, request.sources)) {
    const key = command.args.join(' ');
    if (key === '' || tried.has(key)) continue;
    if (tried.size === MOST_TRIED) break;
    tried.add(key);
    const facts = readWith(request, command);
    if (progressOf(facts) > progressOf(best)) best = facts;
    if (progressOf(best) === EVERYTHING) break;
  }
  return best;
}

const EVERYTHING = 4;

/** How far a reading came: a model, its call, an optimizer, its learning rate. */
function progressOf({ model, optimizers: [optimizer] }: TrainingFacts): number {
  const found = [model, model?.value.call, optimizer, typeof optimizer?.arguments['lr']?.value === 'number' || null];
  return found.filter((part) => part !== null && part !== undefined).length;
}

function readWith(request: FactsRequest, command: DocumentedCommand | undefined): TrainingFacts {
  const { file, sources, limits, watch } = request;
  const text = request.source ?? sources.read(file);
  const source = text === undefined ? undefined : programText(file, text);
  const none = nothing(file);
  if (source === undefined) return { ...none, stopped: { ...placeless(file), reason: `${file} cannot be read` } };
  let session: Session;
  let stopped: TraceStopped | null = null;
  try {
    parseCached(source, file, { strict: true });
  } catch (error) {
    // What can be read in spite of it counts.
    stopped = stoppedBy(error, file);
  }
  try {
    const opened = openScript(
      {
        file,
        source,
        sources,
        seed: 0,
        limits: { seconds: SECONDS, ...limits },
        ...(watch === undefined ? {} : { watch }),
        ...(command === undefined ? {} : { commandLine: command.args }),
      },
      installRecorders,
      recordedPackages,
    );
    session = opened.session;
    if (opened.error === undefined) callUncalledTraining(session);
    if (opened.error !== undefined) stopped ??= stoppedBy(opened.error, file);
  } catch (error) {
    return { ...none, stopped: stopped ?? stoppedBy(error, file) };
  }
  const facts = { ...factsOf(new ScriptReader(session, sources)), file, stopped };
  if (command === undefined) return facts;
  return {
    ...facts,
    model: facts.model && { ...facts.model, certain: false },
    command: { value: command.text, span: command.span, certain: false },
  };
}

const placeless = (file: string): Omit<TraceStopped, 'reason'> => ({
  file,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  hint: undefined,
});

/** Where the data do not say more. */
function inputsOfSettings(
  reader: ScriptReader,
  trained: TrainedModel,
  datasets: readonly DatasetFact[],
): ModelInputs | undefined {
  const set = trainingSet(datasets);
  return set !== undefined && sampleShapeOf(set.value) !== undefined ? undefined : statedInputs(reader, trained);
}

function factsOf(reader: ScriptReader): TrainingFacts {
  const trained = trainedModel(reader);
  const schedules = scheduleFacts(reader);
  const datasets = datasetFacts(reader.session);
  const inputs = trained && (modelInputs(reader, trained.instance) ?? inputsOfSettings(reader, trained, datasets));
  return {
    ...nothing(reader.session.file),
    optimizers: withRateOfScript(optimizerFacts(reader), schedules, reader),
    schedules,
    warmUp: warmUpFact(reader),
    mixedPrecision: mixedPrecisionFact(reader),
    weightAverage: weightAverageFact(reader),
    batchSize: batchSizeFact(reader, inputs),
    loss: lossFact(reader, trained?.instance),
    model: trained === undefined ? null : modelFact(reader, trained),
    made: madeModels(reader.session),
    inputs: inputs === undefined ? null : { value: inputs.value, span: inputs.span, certain: inputs.certain },
    loads: pathFacts(reader, 'torch.load', 0),
    saves: pathFacts(reader, 'torch.save', 1),
    dataFiles: dataFileFacts(reader),
    datasets,
    fitted: fittedData(reader, trained?.instance),
    normalisation: normalisationFact(reader),
    clipping: clippingFact(reader),
    accumulationSteps:
      accumulationFact(reader) ??
      namedNumber(
        reader,
        /^((gradient|grad)_?)?(accum|accumulation|accumulate)(_?(steps|iters?|grad_batches))?$|^update_freq$|^iters_to_accumulate$/i,
      ),
  };
}
