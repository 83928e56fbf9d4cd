/**
 * A learning rate, momentum or batch size that is edited changes how stable training is, but not the curvature: results of the text before are
 * judged anew by the spectrum that they have, at once and without an analysis.
 */
import { stabilityOf, type FoundOptimizer } from '../curvature/analysis/stability';
import type { Quantity } from '../curvature/quantity';
import type { AnalysisResult, StudyResult } from '../curvature/result';
import { reevaluatedStudy, type Known, type Reevaluated } from '../curvature/studies/reevaluation';
import { diagnose } from '../diagnosis/diagnose';
import type { TrainingFacts } from '../frontend/torch/trainingFacts';
import { textFingerprint } from '../project/fingerprint';
import { settledText } from '../project/settledText';
import type { StoredResult } from '../protocol/editor';
import type { InputFile } from '../protocol/worker';
import type { FileReading } from '../protocol/reading';
import { codeFacts } from '../worker/optimizerFacts';
import type { Unit } from './documents';
import type { KeptResult, ResultStore } from './resultStore';

export class Reevaluations {
  constructor(
    private readonly results: ResultStore,
    private readonly fingerprintNow: (file: InputFile) => string,
    private readonly tell: (stored: StoredResult) => void,
  ) {}

  /** Looks at the results that used a training script, once it has been read anew. */
  update({ path, text }: Unit, { training }: FileReading): void {
    if (training === null || training.file !== path) return;
    const stale = this.results.about(path).filter((kept) => this.results.staleness(kept).length > 0);
    if (stale.length === 0) return;
    const settled = textFingerprint(settledText(text, training));

    for (const { path: modelFile, model } of stale)
      for (const base of this.basesOf(modelFile, model)) if (this.derive(base, path, settled, training)) break;
  }

  /** Computed results of a model, newest first. */
  private basesOf(path: string, model: string): KeptResult[] {
    return this.results
      .all()
      .filter((kept) => kept.path === path && kept.model === model && kept.derivedFrom === undefined);
  }

  /** Whether the base still describes everything but the optimizer's steps. */
  private derive(base: KeptResult, script: string, settled: string, training: TrainingFacts): boolean {
    const inputs = base.inputs.map((input) => ({ ...input, fingerprint: this.fingerprintNow(input) }));
    const isSame = (input: InputFile): boolean =>
      input.path === script && input.role === 'training script' ? input.settled === settled : this.isUnchanged(input);
    if (!base.inputs.every(isSame)) return false;
    const stored = this.results.read(base.id);
    const result = stored && reevaluated(stored.result, training);
    const derived = result && this.results.derive(base, inputs, result);
    if (derived === undefined) return false;
    this.tell(derived);
    return true;
  }

  private isUnchanged(input: InputFile): boolean {
    return this.fingerprintNow(input) === input.fingerprint;
  }
}

/** The result with the optimizer that the script has now; undefined where the measured numbers depend on what changed. */
export function reevaluated(result: AnalysisResult, training: TrainingFacts): AnalysisResult | undefined {
  const { settings: before, preconditionerStep, checkpointLearningRate } = result.stability;
  const { file, line } = result.provenance;
  const facts = codeFacts(training, { file, line, column: 1, endColumn: 2 });
  const now = facts.optimizer;
  const sharpness = result.quantities['B1.sharpness'];
  if (sharpness === undefined || (before?.batchSize !== now?.batchSize && dependsOnBatch(sharpness))) return undefined;
  const preconditioned = result.quantities['B2.preconditionedSharpness'];
  const circumstances =
    'notComputed' in sharpness
      ? { hvps: 0, samples: result.provenance.samples }
      : { hvps: sharpness.hvps, samples: sharpness.samples };
  const stability = stabilityOf(
    sharpness,
    now,
    circumstances,
    preconditioned === undefined || !hasSamePreconditioner(before, now)
      ? undefined
      : { quantity: preconditioned, step: preconditionerStep ?? Infinity },
  );
  const own = byId([stability.limit, stability.margin, ...Object.values<Quantity>(stability.limits)]);
  const known = { ...result.quantities, ...own };
  const edited: Known = {
    optimizer: now,
    samples: result.provenance.samples,
    largest: result.spectrum.top[0]?.value,
    quantity: (id) => known[id],
  };
  const studies = makesTheSameSteps(before, now)
    ? result.studies.map((study) => ({ study, quantities: [] }))
    : result.studies.map((study) => reevaluatedStudy({ before, now: edited, study }) ?? outdated(study, known));
  const next: AnalysisResult = {
    ...result,
    stability: {
      ...stability,
      ...(checkpointLearningRate === undefined ? {} : { checkpointLearningRate }),
      ...(before === null ? {} : { editedFrom: { learningRate: before.learningRate, batchSize: before.batchSize } }),
    },
    studies: studies.map(({ study }) => study),
    quantities: {
      ...withoutReplaced(known, result.studies, studies),
      ...byId(studies.flatMap(({ quantities }) => quantities)),
    },
  };
  return { ...next, findings: diagnose(next, facts) };
}

const makesTheSameSteps = (one: FoundOptimizer | null, other: FoundOptimizer | null): boolean =>
  JSON.stringify({ ...one, description: '' }) === JSON.stringify({ ...other, description: '' });

const byId = (quantities: readonly Quantity[]): Record<string, Quantity> =>
  Object.fromEntries(quantities.map((quantity) => [quantity.id, quantity]));

/** Parts of studies, such as B5's batch sizes, that there are no more. */
function withoutReplaced(
  quantities: Readonly<Record<string, Quantity>>,
  before: readonly StudyResult[],
  now: readonly Reevaluated[],
): Record<string, Quantity> {
  const kept = new Set(now.flatMap(({ study }) => study.quantities));
  const replaced = new Set(before.flatMap((study) => study.quantities).filter((id) => !kept.has(id)));
  return Object.fromEntries(Object.entries(quantities).filter(([id]) => !replaced.has(id)));
}

const OUTDATED = 'it was computed for the optimizer before this edit; analyze again';

/** Kept to be looked at, but no rule and no other view may take its numbers for those of the script. */
function outdated(study: StudyResult, known: Readonly<Record<string, Quantity>>): Reevaluated {
  const before = study.quantities.flatMap((id) => known[id] ?? []);
  return {
    study: { ...study, outdated: { reason: OUTDATED, quantities: before } },
    quantities: before.map(({ id }) => ({ id, notComputed: OUTDATED })),
  };
}

/** Measured with the script's batch where the model has batch statistics. */
const dependsOnBatch = (sharpness: Quantity): boolean =>
  !('notComputed' in sharpness) && sharpness.method.includes('train mode');

/** P holds the squared gradients with the script's β₂ and eps. */
const hasSamePreconditioner = (one: FoundOptimizer | null, other: FoundOptimizer | null): boolean =>
  one?.kind === other?.kind && JSON.stringify(one?.adaptive) === JSON.stringify(other?.adaptive);
