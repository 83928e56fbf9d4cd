/**
 * What a training script says, read without running it: optimizer, schedule, batch size, loss, model, files, input
 * normalisation, gradient clipping. Every fact has the place it comes from.
 */
import type { Limits, SourceProvider } from '../../python/interpreter';
import { parseCached } from '../../python/parseCache';
import type { TraceStopped } from '../model';
import { datasetFacts } from './dataFacts';
import { batchSizeFact } from './facts/batchSize';
import { clippingFact } from './facts/clipping';
import type { TrainingFacts } from './facts/facts';
import { dataFileFacts, pathFacts } from './facts/files';
import { lossFact } from './facts/loss';
import { modelInputs } from './facts/inputs';
import { modelFact, trainedModel } from './facts/model';
import { namedNumber } from './facts/namedNumber';
import { normalisationFact } from './facts/normalisation';
import { optimizerFacts } from './facts/optimizers';
import { ScriptReader } from './facts/scriptReader';
import { keyText } from './keyText';
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
  inputs: null,
  loads: [],
  saves: [],
  dataFiles: [],
  datasets: [],
  normalisation: null,
  clipping: null,
  accumulationSteps: null,
  stopped: null,
});

/** Reads a training script. Never throws for what the script contains. */
export function readTrainingFacts(request: FactsRequest): TrainingFacts {
  const { file, sources, limits, watch } = request;
  const source = request.source ?? sources.read(file);
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
        ...(limits === undefined ? {} : { limits }),
        ...(watch === undefined ? {} : { watch }),
      },
      installRecorders,
      recordedPackages,
    );
    session = opened.session;
    if (opened.error !== undefined) stopped ??= stoppedBy(opened.error, file);
  } catch (error) {
    return { ...none, stopped: stopped ?? stoppedBy(error, file) };
  }
  return { ...factsOf(new ScriptReader(session, sources)), file, stopped };
}

const placeless = (file: string): Omit<TraceStopped, 'reason'> => ({
  file,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 1,
  hint: undefined,
});

function factsOf(reader: ScriptReader): TrainingFacts {
  const trained = trainedModel(reader);
  const inputs = trained && modelInputs(reader, trained.instance);
  return {
    ...nothing(reader.session.file),
    optimizers: optimizerFacts(reader),
    schedules: reader
      .calls('scheduler')
      .map(({ args, span }) => ({ kind: keyText(args.get('class')), span: span ?? reader.start() })),
    batchSize: batchSizeFact(reader, inputs),
    loss: lossFact(reader),
    model: trained === undefined ? null : modelFact(reader, trained),
    inputs: inputs === undefined ? null : { value: inputs.value, span: inputs.span, certain: inputs.certain },
    loads: pathFacts(reader, 'torch.load', 0),
    saves: pathFacts(reader, 'torch.save', 1),
    dataFiles: dataFileFacts(reader),
    datasets: datasetFacts(reader.session),
    normalisation: normalisationFact(reader),
    clipping: clippingFact(reader),
    accumulationSteps: namedNumber(
      reader,
      /^(gradient_|grad_)?(accum|accumulation|accumulate)(_steps|_iter|_grad_batches)?$/i,
    ),
  };
}
