/** A problem with the programs that differentiate it, each made when it is first asked for. */
import type { Engine } from '../../engine/engine';
import { createCurvatureOperator, type CurvatureOperator, type OperatorOptions } from '../operators/curvatureOperator';
import { createGradient, type GradientFunction, type LossAndGradient, type OnChunk } from '../operators/gradient';
import { hessianProduct } from '../operators/hessian';
import { PerSample, type PerSampleOptions } from '../operators/perSample';
import type { Vector } from '../linearAlgebra/vector';
import type { Problem } from '../problem';

export interface ApparatusOptions {
  readonly operator: OperatorOptions;
  readonly perSample: PerSampleOptions;
  /** Most samples in one evaluation of the gradient. */
  readonly gradientBatch: number;
  readonly signal?: AbortSignal;
}

export class Apparatus {
  /** Numbers of single samples; undefined where the loss is no mean over samples. */
  readonly perSample: PerSample | undefined;
  private hessianMade: Promise<CurvatureOperator> | undefined;
  private gradientMade: Promise<GradientFunction> | undefined;
  private pointFound: Promise<LossAndGradient> | undefined;

  constructor(
    readonly problem: Problem,
    private readonly engine: Engine,
    private readonly options: ApparatusOptions,
  ) {
    this.perSample = problem.separable ? new PerSample(problem, engine, options.perSample) : undefined;
  }

  hessian(): Promise<CurvatureOperator> {
    return (this.hessianMade ??= createCurvatureOperator(
      this.problem,
      this.engine,
      hessianProduct,
      this.options.operator,
    ));
  }

  /**
   * Makes the program of products while an engine with threads of its own is busy with what was asked of it before. What goes wrong is met by who asks for the
   * operator.
   */
  async prepareHessian(): Promise<void> {
    if (this.engine.concurrency === 1) return;
    await new Promise(setImmediate);
    this.hessian().catch(() => undefined);
  }

  /** As `prepareHessian`: the gradients of samples along `vector`, for when nothing else keeps the engine's threads busy. */
  prepareGradients(vector: Vector): void {
    if (this.engine.concurrency > 1) this.perSample?.gradientsAlong(vector).catch(() => undefined);
  }

  gradient(): Promise<GradientFunction> {
    const { gradientBatch: batch, signal } = this.options;
    return (this.gradientMade ??= createGradient(this.problem, this.engine, {
      batch,
      ...(signal === undefined ? {} : { signal }),
    }));
  }

  /** Loss and gradient at θ; `onChunk` is told of the losses on the way, where they are not known yet. */
  point(onChunk?: OnChunk): Promise<LossAndGradient> {
    return (this.pointFound ??= this.gradient().then((gradient) => gradient.evaluate(this.problem.theta, onChunk)));
  }

  /** Of what was made; never throws for what could not be. */
  async dispose(): Promise<void> {
    this.perSample?.dispose();
    const made = await Promise.allSettled([this.hessianMade, this.gradientMade]);
    this.hessianMade = this.gradientMade = undefined;
    for (const each of made) if (each.status === 'fulfilled') each.value?.dispose();
  }
}
