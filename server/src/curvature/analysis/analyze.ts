/** The whole analysis: what is found first is reported first, and everything may be cancelled between products. */
import type { Engine } from '../../engine/engine';
import { metered } from '../../engine/meteredEngine';
import { gradientDifferenceGuard, hessianDifferenceGuard, symmetryGuard } from '../estimators/guards';
import type { RitzValue } from '../estimators/lanczos';
import { largestEigenvalue } from '../estimators/largestEigenvalue';
import {
  createCurvatureOperator,
  predictCost,
  type CurvatureOperator,
  type OperatorCost,
  type OperatorOptions,
} from '../operators/curvatureOperator';
import { hessianProduct } from '../operators/hessian';
import type { PerSampleOptions } from '../operators/perSample';
import { layersOf, parameterCount, tensorsOf, type ParameterGroup, type Problem } from '../problem';
import { symmetricSpread, type Quantity } from '../quantity';
import { Random } from '../random';
import type { AnalysisResult, GuardResult } from '../result';
import { runStudies, wantedStudies } from '../studies/run';
import type { Study } from '../studies/study';
import { subsetOf } from '../subproblem';
import { Apparatus } from './apparatus';
import { assembleResult, type Findings } from './assembleResult';
import { roundingOf, gradientStatistics, plainGradient } from './gradient';
import { isWorthAFirstLook, lossOfFew, LossMeter, type LossSoFar } from './lossSoFar';
import { layerEigenvalues } from './layers';
import { Ledger } from './ledger';
import { isWanted, type AnalysisOptions } from './options';
import { estimate, type Circumstances } from './quantities';
import {
  findBriefEnds,
  findDensity,
  findEnds,
  findTraces,
  planFor,
  refineEnds,
  restOf,
  samplingOf,
  type Ends,
  type Plan,
} from './spectrum';
import { evenSamples, plannedOperations, USUAL_PRODUCTS, workPlan, type WorkPlan } from './workPlan';

/** Vectors per run of the product's program. */
const BLOCK = 4;
/** Bytes for intermediates of one run of a per-sample program: longer runs are no faster. */
const PER_SAMPLE_BYTES = 2 ** 26;
/** Memory of the process before it computes anything. */
const BASE_BYTES = 2 ** 29;
/** Memory that engines take (measured) per byte of intermediates that exist at once: they grow in powers of two and keep what they had. */
const ARENA_FACTOR = 5;
/** Products for the sharpness in train mode, and where the work is bounded. */
const TRAINING_PRODUCTS = 400;
const BRIEF_TRAINING_PRODUCTS = 6;
/** Share of the work that each stage is expected to take, for the progress bar. */
const STAGES = [
  ['gradient', 0.03],
  ['largest and smallest eigenvalues', 0.3],
  ['checks', 0.05],
  ['trace', 0.2],
  ['gradient noise', 0.15],
  ['spectral density', 0.17],
  ['layers', 0.1],
] as const;

/**
 * Computes the wanted quantities at the problem's θ. Throws the signal's reason when cancelled, `RangeError` where the loss has no finite
 * derivatives or does not fit into memory.
 */
export async function analyze(problem: Problem, engine: Engine, options: AnalysisOptions): Promise<AnalysisResult> {
  const analysis = new Analysis(problem, engine, options);
  try {
    return await analysis.run();
  } finally {
    await analysis.dispose();
  }
}

class Analysis {
  private readonly start = performance.now();
  private readonly disposables: { dispose(): void | Promise<void> }[] = [];
  readonly layers: readonly ParameterGroup[];
  private readonly sampleCount: number;
  /** Of the samples, what trace, density and layers are computed from: all, where the work allows. */
  private work: WorkPlan;
  private readonly studies: readonly Study[];
  private readonly engine: Engine;
  private readonly ledger: Ledger;
  private stage = 0;
  private progress = 0;
  private trainingMade: Promise<CurvatureOperator> | undefined;
  /** Products of all operators. */
  private hvps = 0;
  /** Grows as stages finish. */
  private found: Findings = {};

  constructor(
    readonly problem: Problem,
    engine: Engine,
    private readonly options: AnalysisOptions,
  ) {
    const meter = metered(engine);
    this.engine = meter.engine;
    this.ledger = new Ledger(() => ({
      seconds: performance.now() / 1000,
      processorSeconds: options.processorSeconds?.() ?? 0,
      hvps: this.hvps,
      ...meter.use(),
    }));
    this.layers = layersOf(problem.parameters);
    this.sampleCount = problem.sampleCount;
    this.work = { samples: this.sampleCount, products: undefined };
    this.studies = wantedStudies(options);
  }

  async run(): Promise<AnalysisResult> {
    const { problem, engine } = this;
    // Before all else: what the rest will cost takes a moment to find out.
    if (isWorthAFirstLook(problem)) this.tellLoss(await lossOfFew(problem, engine, this.rounding));
    const cost = predictCost(problem, engine, hessianProduct, this.operatorOptions());
    const plan = planFor(parameterCount(problem), cost.operations);
    this.work = this.workFor(cost.operations);
    this.announce(cost, plan);

    const gradientBatch = this.batchOf(cost);
    const whole = this.apparatusOf(problem, gradientBatch);
    const part = this.isBrief ? this.apparatusOf(this.someSamples(), gradientBatch) : whole;
    await this.firstStage(whole, part);
    this.report();

    await this.enter();
    const { ends, ofPart } = await this.findEnds(whole, part, plan);
    this.found.sharpness = await this.trainingSharpness();
    this.report();
    await this.enter();
    if (this.wants('C1') && this.found.point !== undefined) whole.prepareGradients(this.found.point.gradient);
    this.found.guards = await this.check(part, ends);
    await this.spectrumOf(part, ofPart, plan, whole);
    if (part !== whole) await part.dispose();
    await this.study(whole, gradientBatch);
    this.ledger.end();
    return this.result(true);
  }

  /** What follows from the matrix of `part`, and the gradients of all samples. */
  private async spectrumOf(part: Apparatus, ends: Ends, plan: Plan, whole: Apparatus): Promise<void> {
    const { options, problem, isBrief } = this;
    const operator = await part.hessian();
    await this.enter();
    if (this.wants('A2')) {
      const groups = [...this.layers, ...tensorsOf(problem.parameters)];
      this.found.traces = await findTraces(operator, ends, plan, groups, part.perSample, options, isBrief, this.within);
    }
    this.report();
    await this.enter();
    await this.gradientNoise(whole, part);
    // Its numbers stay, for studies.
    whole.perSample?.dispose();
    await this.enter();
    if (this.wants('A3') || this.wants('A4'))
      this.found.density = await findDensity(operator, this.work.samples, ends, options, isBrief, this.within);
    this.report();
    await this.enter();
    const near = isBrief ? (ends.top[0]?.vector ?? new Float64Array(operator.size)) : undefined;
    if (this.wants('E1'))
      this.found.layerLambdaMax = await layerEigenvalues(operator, this.layers, options, near, () => this.ofPart());
    this.report();
  }

  /** Less than usual is spent on the default set: not all samples are behind all of it. */
  private get isBrief(): boolean {
    return this.work.products !== undefined;
  }

  /** Who asks for something by its name gets it of all samples. */
  private workFor(operations: number): WorkPlan {
    const { work = Infinity, quantities = ['default'] } = this.options;
    const isUsual = quantities.every((name) => name === 'default');
    return workPlan(this.problem, operations, isUsual ? work : Infinity);
  }

  private someSamples(): Problem {
    const random = new Random(this.options.seed, 'some samples');
    return subsetOf(this.problem, evenSamples(this.problem, this.work.samples, random));
  }

  private apparatusOf(problem: Problem, gradientBatch: number): Apparatus {
    const options = {
      operator: problem === this.problem ? this.wholeOperatorOptions() : this.operatorOptions(),
      perSample: this.perSampleOptions(),
      gradientBatch,
      ...this.signal(),
    };
    return this.keep(new Apparatus(problem, this.engine, options));
  }

  async dispose(): Promise<void> {
    for (const each of this.disposables) await each.dispose();
  }

  private keep<T extends { dispose(): void | Promise<void> }>(resource: T): T {
    this.disposables.push(resource);
    return resource;
  }

  /** Samples in the longest run of a program. */
  private batchOf({ chunks }: OperatorCost): number {
    return chunks[0]?.length ?? this.sampleCount;
  }

  /** Of a matrix that few products are taken with where the work is bounded, one after another: a program for more vectors would multiply empty ones. */
  private wholeOperatorOptions(): OperatorOptions {
    return { ...this.operatorOptions(), ...(this.isBrief ? { blockSize: 1, isBrief: true } : {}) };
  }

  private operatorOptions(): OperatorOptions {
    const { batch, memoryLimit } = this.options;
    const onProducts = (vectors: number): void => void (this.hvps += vectors);
    return { blockSize: BLOCK, memoryLimit, onProducts, ...(batch === undefined ? {} : { batch }), ...this.signal() };
  }

  private perSampleOptions(): PerSampleOptions {
    const { batch, memoryLimit } = this.options;
    return {
      memoryLimit: Math.min(memoryLimit, PER_SAMPLE_BYTES),
      batch: batch ?? this.sampleCount,
      blockSize: BLOCK,
      ...this.signal(),
    };
  }

  private signal(): { signal?: AbortSignal } {
    return this.options.signal === undefined ? {} : { signal: this.options.signal };
  }

  /** Asked for, or needed by a study that is. */
  private readonly wants = (id: string): boolean =>
    isWanted(this.options, id) || this.studies.some(({ needs }) => needs?.some((needed) => needed === id));

  private announce(cost: OperatorCost, plan: Plan): void {
    const isExact = plan.dense || plan.exactTrace;
    const products =
      plannedOperations(this.work, this.problem, cost.operations, isExact) / cost.operations +
      this.studies.reduce((sum, study) => sum + study.products(this), 0);
    const work = cost.workBytesPerSample * this.batchOf(cost);
    const bytes =
      BASE_BYTES +
      2 * Math.min(cost.residualBytes, this.options.memoryLimit) +
      ARENA_FACTOR * (work + (this.problem.separable ? PER_SAMPLE_BYTES : 0)) +
      8 * parameterCount(this.problem) * 150;
    this.options.onPrediction?.({ operations: cost.operations, bytes, chunks: cost.chunks.length, products });
  }

  // ── progress

  private async enter(): Promise<void> {
    this.stage++;
    this.within(0);
    // Lets a cancellation in before the next stage starts.
    await new Promise(setImmediate);
    this.options.signal?.throwIfAborted();
  }

  private readonly within = (fraction: number): void => {
    const before = STAGES.slice(0, this.stage).reduce((sum, [, share]) => sum + share, 0);
    const [name, share] = STAGES[this.stage] ?? STAGES[0];
    this.ledger.begin(name);
    // What seemed converged may turn out not to be: progress stands still then.
    this.progress = Math.max(this.progress, this.studyStart() * (before + share * Math.min(1, fraction)));
    this.options.onProgress?.(name, this.progress);
  };

  private report(): void {
    this.options.onPartial?.(this.result(false));
  }

  private circumstances(): Circumstances {
    return { hvps: this.hvps, samples: this.sampleCount };
  }

  /** Of what is computed from some of the samples. */
  private ofPart(): Circumstances {
    return { hvps: this.hvps, samples: this.work.samples };
  }

  private notes(): string[] {
    if (!this.isBrief) return [];
    return [
      `trace, spectral density, layers and the curvature-weighted noise scale are of ${this.work.samples} of the ${this.sampleCount} samples, so that the answer does not take several minutes; --effort 10 spends ten times as much, and what is named by --quantities is of all samples`,
    ];
  }

  // ── stages

  private readonly rounding = (loss: number): number => roundingOf(loss, this.engine);

  private tellLoss(soFar: LossSoFar | undefined): void {
    if (soFar === undefined) return;
    this.found.lossSoFar = soFar;
    this.report();
  }

  private async firstStage(whole: Apparatus, part: Apparatus): Promise<void> {
    this.within(0);
    const meter = new LossMeter(this.rounding);
    const evaluated = whole.point((samples, loss) => this.tellLoss(meter.add(samples, loss)));
    // Its failure is thrown below.
    evaluated.catch(() => undefined);
    await whole.gradient();
    await part.prepareHessian();
    const point = await evaluated;
    if (!Number.isFinite(point.loss) || !point.gradient.every(Number.isFinite))
      throw new RangeError(
        `the loss is ${point.loss} and its gradient is not finite at these parameters: the analysis needs a point where both are finite`,
      );
    this.found.point = point;
  }

  /** Of all samples, and of `part`. */
  private async findEnds(whole: Apparatus, part: Apparatus, plan: Plan): Promise<{ ends: Ends; ofPart: Ends }> {
    const { options, sampleCount } = this;
    const found = await this.endsOf(whole, part, plan);
    const { ends } = found;
    this.found.ends = ends;
    this.report();
    const { perSample } = part;
    const sampling = (pairs: Ends['top'], stream: string): ReturnType<typeof samplingOf> =>
      samplingOf(perSample, pairs, restOf(ends, pairs), options, stream, sampleCount);
    this.found.topSampling = await sampling(ends.top, 'sampling top');
    this.found.bottomSampling = await sampling(ends.bottom, 'sampling bottom');
    return found;
  }

  private async endsOf(whole: Apparatus, part: Apparatus, plan: Plan): Promise<{ ends: Ends; ofPart: Ends }> {
    const { options } = this;
    const { products } = this.work;
    const onLargest = (largest: RitzValue): void => {
      this.found.largest = largest;
      this.report();
    };
    if (products === undefined) {
      const ends = await findEnds(await whole.hessian(), plan, options, this.within, onLargest);
      return { ends, ofPart: ends };
    }
    const half = (start: number) => (fraction: number) => this.within(start + fraction / 2);
    const operator = await part.hessian();
    const brief = findBriefEnds(operator, options, half(0));
    // Its failure is thrown below.
    brief.catch(() => undefined);
    await whole.prepareHessian();
    const ofPart = await brief;
    const refined = refineEnds(await whole.hessian(), ofPart, products, options, half(0.5), onLargest);
    refined.catch(() => undefined);
    await this.prepareNext(part, ofPart);
    return { ends: await refined, ofPart };
  }

  /** Of the problem that training meets, where that is another one. */
  private trainingOperator(training: Problem): Promise<CurvatureOperator> {
    const options = this.wholeOperatorOptions();
    return (this.trainingMade ??= createCurvatureOperator(training, this.engine, hessianProduct, options).then(
      (operator) => this.keep(operator),
    ));
  }

  /** What follows the products with the matrix of all samples, made while an engine with threads of its own is busy with them; what goes wrong is met by who asks for it. */
  private async prepareNext(part: Apparatus, ofPart: Ends): Promise<void> {
    const { training } = this.options;
    if (this.engine.concurrency === 1) return;
    // In between, the engine is given more to do.
    await new Promise(setImmediate);
    part.perSample?.prepareForms().catch(() => undefined);
    await new Promise(setImmediate);
    if (training !== undefined && this.wants('B1')) this.trainingOperator(training).catch(() => undefined);
    await new Promise(setImmediate);
    if (this.wants('A2')) ofPart.sketch();
  }

  /** λmax of the problem that training meets. */
  private async trainingSharpness(): Promise<Quantity | undefined> {
    const { training } = this.options;
    if (training === undefined || !this.wants('B1')) return undefined;
    const operator = await this.trainingOperator(training);
    const start = this.isBrief ? this.found.ends?.top[0]?.vector : undefined;
    const { pair, applications } = await largestEigenvalue(operator, {
      tolerance: this.isBrief ? 0.05 : 1e-3,
      maxApplications: this.isBrief ? BRIEF_TRAINING_PRODUCTS : TRAINING_PRODUCTS,
      maxBasis: 120,
      block: this.isBrief ? 1 : Math.min(operator.blockSize, 4),
      random: new Random(this.options.seed, 'training'),
      ...(start === undefined ? {} : { start }),
    });
    if (pair === undefined) return undefined;
    const method = `Lanczos in train mode, batch of ${training.sampleCount}, ${applications} products`;
    const unresolved = pair.converged ? {} : { notResolved: `not converged after ${applications} products` };
    const details = { method, estimator: symmetricSpread(pair.error), sampling: null, ...unresolved };
    return estimate('B1.sharpness', pair.value, details, { hvps: applications, samples: training.sampleCount });
  }

  private async check(part: Apparatus, ends: Ends): Promise<GuardResult[]> {
    const { theta } = this.problem;
    const [operator, gradient] = [await part.hessian(), await part.gradient()];
    const direction = ends.top[0]?.vector ?? new Random(this.options.seed, 'guards').gaussianVector(theta.length);
    const guards = [await symmetryGuard(operator, new Random(this.options.seed, 'symmetry'))];
    this.within(0.3);
    guards.push(await hessianDifferenceGuard(operator, gradient, theta, direction));
    this.within(0.7);
    guards.push(await gradientDifferenceGuard(gradient, theta, operator.roundoff));
    return guards;
  }

  private async gradientNoise(whole: Apparatus, part: Apparatus): Promise<void> {
    const { point } = this.found;
    if (point === undefined || !this.wants('C1')) return;
    const { problem, engine, layers, options } = this;
    if (whole.perSample === undefined || part.perSample === undefined) {
      const reason = problem.inseparableBecause ?? 'the loss is not a mean over samples';
      this.found.gradient = plainGradient(point, layers, engine, reason, this.circumstances());
      return;
    }
    const curvature = {
      operator: await part.hessian(),
      perSample: part.perSample,
      gradient: (await part.point()).gradient,
      samples: part.problem.sampleCount,
    };
    this.found.gradient = await gradientStatistics(problem, engine, point, layers, whole.perSample, curvature, options);
  }

  private async study(whole: Apparatus, gradientBatch: number): Promise<void> {
    const { problem, engine, options, layers, found } = this;
    const { point } = found;
    if (this.studies.length === 0 || point === undefined) return;
    const shares = this.studies.map((study) => study.products({ problem, layers }));
    const expected = shares.reduce((sum, share) => sum + share, 1e-9);
    await runStudies(
      this.studies,
      {
        problem,
        engine,
        layers,
        options,
        point,
        ends: found.ends,
        traces: found.traces,
        density: found.density,
        quantities: this.result(false).quantities,
        hessian: await whole.hessian(),
        gradient: await whole.gradient(),
        samples: whole.perSample,
        operatorOptions: this.operatorOptions(),
        perSampleOptions: this.perSampleOptions(),
        gradientBatch,
        products: () => this.hvps,
      },
      (study, fraction) => {
        this.ledger.begin(study.id);
        const at = this.studies.indexOf(study);
        const done = shares.slice(0, at).reduce((sum, share) => sum + share, 0) + fraction * (shares[at] ?? 0);
        const start = this.studyStart();
        options.onProgress?.(study.title.toLowerCase(), start + ((1 - start) * done) / expected);
      },
      (result, quantities) => {
        found.studies = [...(found.studies ?? []), result];
        found.studyQuantities = [...(found.studyQuantities ?? []), ...quantities];
        this.report();
      },
    );
  }

  /** Where on the progress bar studies begin. */
  private studyStart(): number {
    const products = this.studies.reduce((sum, study) => sum + study.products(this), 0);
    return USUAL_PRODUCTS / (USUAL_PRODUCTS + products);
  }

  private result(complete: boolean): AnalysisResult {
    return assembleResult(
      {
        problem: this.problem,
        engine: this.engine,
        options: this.options,
        layers: this.layers,
        circumstances: this.circumstances(),
        ofPart: this.ofPart(),
        notes: this.notes(),
        seconds: (performance.now() - this.start) / 1000,
        parts: this.ledger.parts,
      },
      this.found,
      complete,
    );
  }
}
