/** The loss without half of the weights, where a probed diagonal chooses them (E3). */
import { choiceError, redrawnDiagonal } from '../../../server/src/curvature/estimators/choiceError';
import { probedDiagonal, shrunkDiagonal } from '../../../server/src/curvature/estimators/hessianDiagonal';
import { damageScores, withoutLowest } from '../../../server/src/curvature/estimators/pruning';
import { SignProducts } from '../../../server/src/curvature/estimators/signProducts';
import { emptySketch } from '../../../server/src/curvature/estimators/sketch';
import { taylorIncrease } from '../../../server/src/curvature/estimators/taylorIncrease';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { createExpandedLoss } from '../../../server/src/curvature/operators/expandedLoss';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { tensorsOf } from '../../../server/src/curvature/problem';
import { Random } from '../../../server/src/curvature/random';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { mlp } from '../../unit/curvature/problems';
import { denseOf } from '../../unit/curvature/studyRun';
import { trained } from '../gradientPool';
import { once, within, type Row } from '../row';
import { engine, poolProblem } from '../samplePool';

const SAMPLES = 100;
const REDRAWN = 6;
const HALF = 0.5;

const setting = once(async () => {
  const problem = await trained(poolProblem(mlp([8, 12, 4], 3), 8, SAMPLES), 150, 0.3);
  const { theta, parameters } = problem;
  const hessian = matrixOperator(await denseOf(problem));
  const groups = tensorsOf(parameters).filter((_, t) => (parameters[t]?.shape.length ?? 0) > 1);
  const weights = Uint32Array.from(
    groups.flatMap(({ ranges }) =>
      ranges.flatMap(([start, end]) => Array.from({ length: end - start }, (_, i) => start + i)),
    ),
  );
  const evaluator = await createGradient(problem, engine, { batch: SAMPLES });
  const { loss, gradient } = await evaluator.evaluate(theta);
  const expanded = createExpandedLoss(problem, engine, { batch: SAMPLES });
  /** Without the half that ranks lowest by this diagonal. */
  const pruned = (diagonal: Float64Array): Float64Array => {
    const scores = damageScores(
      Float64Array.from(weights, (i) => theta[i] as number),
      Float64Array.from(weights, (i) => Math.abs(diagonal[i] as number)),
    );
    return withoutLowest(theta, weights, scores, HALF);
  };
  const stepTo = (point: Float64Array): Float64Array => point.map((value, i) => value - (theta[i] as number));
  return {
    hessian,
    groups,
    pruned,
    measured: async (point: Float64Array) => (await evaluator.evaluate(point)).loss - loss,
    predicted: async (point: Float64Array) => mean(await expanded.evaluate(stepTo(point))) - loss,
    quadratic: async (point: Float64Array) =>
      (await taylorIncrease(hessian, gradient, [stepTo(point)]))[0]?.value ?? NaN,
  };
});

const prunedRow = (id: string, probes: number, kind: 'measured' | 'predicted' | 'quadratic'): Row => ({
  id,
  setting: `half chosen by OBD, diagonal by ${probes} probes`,
  drawn: 'probes',
  interval: 'coverage',
  truth: once(async () => {
    const { hessian, pruned, [kind]: increase } = await setting();
    const unit = (i: number): Float64Array => Float64Array.from({ length: hessian.size }, (_, j) => (i === j ? 1 : 0));
    const rows = await hessian.applyBlock(Array.from({ length: hessian.size }, (_, i) => unit(i)));
    return increase(pruned(Float64Array.from(rows, (row, i) => row[i] as number)));
  }),
  draw: async (seed) => {
    const { hessian, groups, pruned, [kind]: increase } = await setting();
    const probed = await probedDiagonal(new SignProducts(hessian, new Random(seed, 'diagonal')), emptySketch, {
      weights: new Float64Array(hessian.size).fill(1),
      groups,
      tolerance: 0,
      maxProbes: probes,
    });
    const entries = shrunkDiagonal(probed, groups);
    const value = await increase(pruned(entries));
    const redrawn: number[] = [];
    for (let draw = 0; draw < REDRAWN; draw++) {
      const random = new Random(seed, `diagonal ${draw}`);
      redrawn.push(await increase(pruned(redrawnDiagonal(entries, probed.noise, groups, random))));
    }
    return within({ value, halfWidth: choiceError(value, redrawn) });
  },
});

export const prunedRows: readonly Row[] = [
  prunedRow('E3.increase', 64, 'measured'),
  prunedRow('E3.predictedIncrease', 64, 'predicted'),
  prunedRow('E3.quadraticIncrease', 64, 'quadratic'),
  prunedRow('E3.quadraticIncrease', 16, 'quadratic'),
];
