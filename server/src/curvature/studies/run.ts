/** Runs the wanted studies one after another; what fails says why, and the others go on. */
import { DifferentiationError } from '../../autodiff/differentiationError';
import type { Engine } from '../../engine/engine';
import type { AnalysisOptions } from '../analysis/options';
import { isNamed } from '../analysis/options';
import { createCurvatureOperator, type CurvatureOperator, type OperatorOptions } from '../operators/curvatureOperator';
import { ggnProduct } from '../operators/ggn';
import { createGradient, type GradientFunction } from '../operators/gradient';
import { hessianProduct } from '../operators/hessian';
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
  readonly operatorOptions: OperatorOptions;
  readonly perSampleOptions: PerSampleOptions;
  /** Most samples in one evaluation of the gradient. */
  readonly gradientBatch: number;
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
): Promise<{ readonly products: number }> {
  const shared = new Shared(found);
  const earlier = new Map<string, Quantity>(Object.entries(found.quantities));
  let products = 0;
  try {
    for (const study of wanted) {
      onStudy(study, 0);
      await new Promise(setImmediate);
      found.options.signal?.throwIfAborted();
      const own = new Resources();
      const counter = (): number => shared.applications() + own.applications() - products;
      const context = contextOf(found, study, shared, own, earlier, counter, (fraction) => onStudy(study, fraction));
      try {
        const outcome = await outcomeOf(study, context);
        const quantities = completed(study, outcome);
        for (const quantity of quantities) earlier.set(quantity.id, quantity);
        products += counter();
        onResult(studyResultOf(study, outcome, quantities), quantities);
      } finally {
        own.dispose();
      }
    }
  } finally {
    shared.dispose();
  }
  return { products };
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

/** Things with memory of their own, and the products they made. */
class Resources {
  private readonly kept: { dispose(): void }[] = [];
  private readonly operators: CurvatureOperator[] = [];

  keep<T extends { dispose(): void }>(resource: T): T {
    this.kept.push(resource);
    return resource;
  }

  keepOperator(operator: CurvatureOperator): CurvatureOperator {
    this.operators.push(operator);
    return this.keep(operator);
  }

  applications(): number {
    return this.operators.reduce((sum, { applications }) => sum + applications, 0);
  }

  dispose(): void {
    for (const each of this.kept) each.dispose();
    this.kept.length = 0;
  }
}

/** What several studies use, made when first asked for. */
class Shared {
  private readonly resources = new Resources();
  private readonly before: number;
  private gaussNewtonOperator: CurvatureOperator | undefined;
  private samples: PerSample | undefined;

  constructor(private readonly found: Found) {
    this.before = found.hessian.applications;
  }

  applications(): number {
    return this.found.hessian.applications - this.before + this.resources.applications();
  }

  async gaussNewton(): Promise<CurvatureOperator> {
    const { problem, engine, operatorOptions } = this.found;
    this.gaussNewtonOperator ??= this.resources.keepOperator(
      await createCurvatureOperator(problem, engine, ggnProduct, operatorOptions),
    );
    return this.gaussNewtonOperator;
  }

  perSample(): PerSample {
    const { problem, engine, perSampleOptions } = this.found;
    this.samples ??= this.resources.keep(perSampleFor(problem, engine, perSampleOptions));
    return this.samples;
  }

  dispose(): void {
    this.resources.dispose();
  }
}

function perSampleFor(problem: Problem, engine: Engine, options: PerSampleOptions): PerSample {
  if (!problem.separable) throw new StudyRefusal(problem.inseparableBecause ?? 'the loss is not a mean over samples');
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
    gradient: () => Promise.resolve(found.gradient),
    perSample: () => shared.perSample(),
    hessianOf: async (problem) =>
      own.keepOperator(await createCurvatureOperator(problem, engine, hessianProduct, operatorOptions)),
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
