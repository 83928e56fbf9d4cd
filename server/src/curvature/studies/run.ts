/** Runs the wanted studies one after another; what fails says why, and the others go on. */
import { DifferentiationError } from '../../autodiff/differentiationError';
import type { Engine } from '../../engine/engine';
import type { AnalysisOptions } from '../analysis/options';
import { isNamed } from '../analysis/options';
import { SignProducts } from '../estimators/signProducts';
import { createBatchLoss, type BatchLoss } from '../operators/batchLoss';
import {
  createCurvatureOperator,
  createGroupOperators,
  type CurvatureOperator,
  type OperatorOptions,
} from '../operators/curvatureOperator';
import { createExpandedLoss, type ExpandedLoss } from '../operators/expandedLoss';
import { ggnProduct } from '../operators/ggn';
import { createGradient, type GradientFunction } from '../operators/gradient';
import { hessianProduct } from '../operators/hessian';
import { createLossFunction, type LossFunction } from '../operators/lossAt';
import { PerSample, type PerSampleOptions } from '../operators/perSample';
import type { Problem } from '../problem';
import type { Quantity } from '../quantity';
import { Random } from '../random';
import type { StudyResult } from '../result';
import { studies } from './studies';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { completed, refused, studyResultOf } from './studyResult';

/** What the analysis has found and made by the time studies run. */
export type Found = Pick<
  StudyContext,
  'problem' | 'engine' | 'layers' | 'options' | 'point' | 'ends' | 'traces' | 'density'
> & {
  readonly quantities: Readonly<Record<string, Quantity>>;
  readonly hessian: CurvatureOperator;
  readonly gradient: GradientFunction;
  /** Undefined where the loss is no mean over samples. */
  readonly samples: PerSample | undefined;
  readonly operatorOptions: OperatorOptions;
  readonly perSampleOptions: PerSampleOptions;
  /** Most samples in one evaluation of the gradient. */
  readonly gradientBatch: number;
  /** Products of the whole analysis so far. */
  readonly products: () => number;
};

/** By default those that are cheap; with a list, those that it names by entry, quantity, group, `default` or `all`. */
export function wantedStudies({
  quantities = ['default'],
  optimizer = null,
}: Partial<Pick<AnalysisOptions, 'quantities' | 'optimizer'>>): readonly Study[] {
  const isDefault = ({ byDefault }: Study): boolean =>
    typeof byDefault === 'boolean' ? byDefault : byDefault({ optimizer });
  const isServing = (study: Study): boolean =>
    study.serves !== undefined && isNamed(quantities, study.serves) && isDefault(study);
  return studies.filter(
    (study) =>
      isAsked({ quantities }, study) || (quantities.includes('default') && isDefault(study)) || isServing(study),
  );
}

const isAsked = ({ quantities = [] }: Pick<AnalysisOptions, 'quantities'>, { id, group }: Study): boolean =>
  isNamed(quantities, id) || quantities.includes(group);

/** Every study's quantities, computed or with the reason why not. */
export async function runStudies(
  wanted: readonly Study[],
  found: Found,
  onStudy: (study: Study, fraction: number) => void,
  onResult: (result: StudyResult, quantities: readonly Quantity[]) => void,
): Promise<void> {
  const shared = new Shared(found);
  const earlier = new Map<string, Quantity>(Object.entries(found.quantities));
  try {
    for (const study of wanted) {
      onStudy(study, 0);
      await new Promise(setImmediate);
      found.options.signal?.throwIfAborted();
      const own = new Resources();
      const before = found.products();
      const counter = (): number => found.products() - before;
      const context = contextOf(found, study, shared, own, earlier, counter, (fraction) => onStudy(study, fraction));
      try {
        const outcome = await outcomeOf(study, context);
        const quantities = completed(study, outcome);
        for (const quantity of quantities) earlier.set(quantity.id, quantity);
        onResult(studyResultOf(study, outcome, quantities), quantities);
      } finally {
        own.dispose();
      }
    }
  } finally {
    shared.dispose();
  }
}

async function outcomeOf(study: Study, context: StudyContext): Promise<StudyOutcome> {
  try {
    return await study.run(context);
  } catch (error) {
    const isReason =
      error instanceof StudyRefusal || error instanceof RangeError || error instanceof DifferentiationError;
    if (!isReason) throw error;
    return refused(study, error.message);
  }
}

/** Things with memory of their own. */
class Resources {
  private readonly kept: { dispose(): void }[] = [];

  keep<T extends { dispose(): void }>(resource: T): T {
    this.kept.push(resource);
    return resource;
  }

  dispose(): void {
    for (const each of this.kept) each.dispose();
    this.kept.length = 0;
  }
}

/** Most samples per forward pass. */
const LOSS_BATCH = 256;
/** Numbers that signs and their products may hold. */
const SIGN_NUMBERS = 2 ** 27;
/** Products with signs that a study may want again. */
const KEPT_SIGNS = 64;

/** What several studies use, made when first asked for. */
class Shared {
  private readonly resources = new Resources();
  private gaussNewtonOperator: CurvatureOperator | undefined;
  private anyBatch: BatchLoss | undefined;
  private losses: LossFunction | undefined;
  private expanded: ExpandedLoss | undefined;
  private signs: SignProducts | undefined;

  constructor(private readonly found: Found) {}

  async gaussNewton(): Promise<CurvatureOperator> {
    const { problem, engine, operatorOptions } = this.found;
    this.gaussNewtonOperator ??= this.resources.keep(
      await createCurvatureOperator(problem, engine, ggnProduct, operatorOptions),
    );
    return this.gaussNewtonOperator;
  }

  signProducts(): SignProducts {
    const { hessian, options } = this.found;
    const fitting = Math.floor(SIGN_NUMBERS / (2 * hessian.size));
    return (this.signs ??= new SignProducts(
      hessian,
      new Random(options.seed, 'sign products'),
      Math.min(KEPT_SIGNS, fitting),
    ));
  }

  perSample(): PerSample {
    const { problem, samples } = this.found;
    if (samples === undefined) throw inseparable(problem);
    return samples;
  }

  batchLoss(): BatchLoss {
    const { problem, engine, gradientBatch, operatorOptions } = this.found;
    return (this.anyBatch ??= this.resources.keep(
      createBatchLoss(problem, engine, { ...operatorOptions, chunk: gradientBatch }),
    ));
  }

  async sampleLosses(): Promise<LossFunction> {
    const { problem, engine, gradientBatch, operatorOptions } = this.found;
    const batch = Math.min(gradientBatch, LOSS_BATCH);
    return (this.losses ??= this.resources.keep(
      await createLossFunction(problem, engine, { ...operatorOptions, batch }),
    ));
  }

  expandedLoss(): ExpandedLoss {
    const { problem, engine, gradientBatch, operatorOptions } = this.found;
    const batch = Math.min(gradientBatch, LOSS_BATCH);
    return (this.expanded ??= this.resources.keep(createExpandedLoss(problem, engine, { ...operatorOptions, batch })));
  }

  dispose(): void {
    this.resources.dispose();
  }
}

const inseparable = ({ inseparableBecause }: Problem): StudyRefusal =>
  new StudyRefusal(inseparableBecause ?? 'the loss is not a mean over samples');

function perSampleFor(problem: Problem, engine: Engine, options: PerSampleOptions): PerSample {
  if (!problem.separable) throw inseparable(problem);
  return new PerSample(problem, engine, options);
}

function contextOf(
  found: Found,
  study: Study,
  shared: Shared,
  own: Resources,
  earlier: ReadonlyMap<string, Quantity>,
  products: () => number,
  onProgress: (fraction: number) => void,
): StudyContext {
  const { engine, options, operatorOptions, perSampleOptions, gradientBatch } = found;
  const { signal } = operatorOptions;
  return {
    ...found,
    asked: isAsked(found.options, study),
    quantity: (id) => earlier.get(id),
    hessian: () => Promise.resolve(found.hessian),
    gaussNewton: () => shared.gaussNewton(),
    signProducts: () => Promise.resolve(shared.signProducts()),
    gradient: () => Promise.resolve(found.gradient),
    perSample: () => shared.perSample(),
    batchLoss: () => shared.batchLoss(),
    sampleLosses: () => shared.sampleLosses(),
    expandedLoss: () => shared.expandedLoss(),
    hessianOf: async (problem) =>
      own.keep(await createCurvatureOperator(problem, engine, hessianProduct, operatorOptions)),
    operatorOf: async (problem, product, blockSize) =>
      own.keep(await createCurvatureOperator(problem, engine, product, { ...operatorOptions, blockSize })),
    hessiansOf: async (groups, blockSize) => {
      const settings = { ...operatorOptions, blockSize };
      const operators = await createGroupOperators(found.problem, engine, hessianProduct, groups, settings);
      return operators.map((operator) => own.keep(operator));
    },
    gradientOf: async (problem) =>
      own.keep(await createGradient(problem, engine, { batch: gradientBatch, ...(signal ? { signal } : {}) })),
    perSampleOf: (problem) => own.keep(perSampleFor(problem, engine, perSampleOptions)),
    keep: (resource) => own.keep(resource),
    random: (stream) => new Random(options.seed, stream),
    progress: (fraction) => {
      signal?.throwIfAborted();
      onProgress(fraction);
    },
    products,
  };
}
