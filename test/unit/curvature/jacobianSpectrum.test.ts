import { describe, expect, test } from 'vitest';
import {
  leadingSpectrum,
  spectrumOfRows,
  squareSpread,
} from '../../../server/src/curvature/estimators/jacobianSpectrum';
import { inputProblem } from '../../../server/src/curvature/inputProblem';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { jacobianSquareProduct } from '../../../server/src/curvature/operators/jacobianSquare';
import { Random } from '../../../server/src/curvature/random';
import { subsetOf } from '../../../server/src/curvature/subproblem';
import { rotated } from './matrices';
import { oneStudy } from './oneStudy';
import { classificationData, deepLinear, mlp, problemOf, scaledIdentities } from './problems';
import { denseOf } from './studyRun';

describe('input–output Jacobian', () => {
  test('of c times the identity, three layers deep, is an isometry up to c³', async () => {
    const data = { ...classificationData(5, 4, 2, 1), y: new Float64Array(5) };
    const { estimate } = await oneStudy(problemOf(scaledIdentities(3, 4, 1.1), data), 'D8');
    expect(estimate('D8.spectralNorm').value).toBeCloseTo(1.1 ** 3, 9);
    expect(estimate('D8.meanSquare').value).toBeCloseTo(1.1 ** 6, 9);
    expect(estimate('D8.squareSpread').value).toBeCloseTo(0, 9);
  });

  test('of a network has the spectrum of the Jacobian by differences', async () => {
    const model = mlp([5, 4, 3], 3);
    const data = classificationData(7, 5, 3, 3);
    const { estimate } = await oneStudy(problemOf(model, data), 'D8');
    const weights = model.theta;
    const forward = (x: Float64Array): number[] => {
      const hidden = Array.from({ length: 4 }, (_, j) =>
        Math.tanh(x.reduce((sum, entry, k) => sum + entry * (weights[j * 5 + k] ?? 0), weights[20 + j] ?? 0)),
      );
      return Array.from({ length: 3 }, (_, c) =>
        hidden.reduce((sum, entry, j) => sum + entry * (weights[24 + c * 4 + j] ?? 0), weights[36 + c] ?? 0),
      );
    };
    const h = 1e-5;
    const squares = data.x.map((x) => {
      const columns = Array.from(x, (_, k) => {
        const [plus, minus] = [h, -h].map((step) => forward(x.map((entry, j) => (j === k ? entry + step : entry))));
        return (plus ?? []).map((value, c) => (value - (minus?.[c] ?? 0)) / (2 * h));
      });
      const gram = [0, 1, 2].map((a) =>
        Float64Array.from([0, 1, 2], (b) =>
          columns.reduce((sum, column) => sum + (column[a] ?? 0) * (column[b] ?? 0), 0),
        ),
      );
      return symmetricEigen(gram).values;
    });
    const average = (of: (values: Float64Array) => number): number =>
      squares.reduce((sum, values) => sum + of(values), 0) / squares.length;
    const meanOf = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(estimate('D8.spectralNorm').value).toBeCloseTo(
      average((v) => Math.sqrt(v.at(-1) ?? NaN)),
      7,
    );
    expect(estimate('D8.meanSquare').value).toBeCloseTo(average(meanOf), 7);
    expect(estimate('D8.squareSpread').value).toBeCloseTo(
      average((v) => meanOf(v.map((value) => (value / meanOf(v) - 1) ** 2))),
      6,
    );
  });

  test('has principal directions of the inputs: of a linear map the right singular vectors', async () => {
    const problem = problemOf(deepLinear([5, 3], 2), classificationData(9, 5, 3, 2));
    const { estimate, study } = await oneStudy(problem, 'D8');
    const rows = [0, 1, 2].map((c) => problem.theta.slice(5 * c, 5 * c + 5));
    const square = Array.from({ length: 5 }, (_, a) =>
      Float64Array.from({ length: 5 }, (__, b) => rows.reduce((sum, row) => sum + (row[a] ?? 0) * (row[b] ?? 0), 0)),
    );
    const { values, vectors } = symmetricEigen(square);
    expect(estimate('D8.directionGain').value).toBeCloseTo(Math.sqrt(values.at(-1) ?? NaN), 8);
    const trace = values.reduce((sum, value) => sum + value, 0);
    expect(estimate('D8.directionShare').value).toBeCloseTo((values.at(-1) ?? NaN) / trace, 8);
    // The same for all samples: nothing is left to chance.
    expect(estimate('D8.directionShare').interval.sampling).toBeCloseTo(0, 8);
    const bars = study.charts.find(({ title }) => title === 'Principal direction of the inputs');
    const shown = bars?.kind === 'bars' ? (bars.series[0]?.values ?? []) : [];
    const along = shown.reduce<number>((sum, value, i) => sum + (value ?? 0) * (vectors.at(-1)?.[i] ?? 0), 0);
    expect(Math.abs(along)).toBeCloseTo(1, 6);
  });

  test('with many outputs has its leading values by Lanczos, and says what is left out', async () => {
    const problem = problemOf(deepLinear([70, 66], 2), { ...classificationData(3, 70, 2, 2), y: new Float64Array(3) });
    const { estimate, result } = await oneStudy(problem, 'D8');
    const inputs = inputProblem(subsetOf(problem, [0]));
    if (inputs === undefined) throw new Error('no inputs');
    const { values } = symmetricEigen(await denseOf(inputs, jacobianSquareProduct));
    const gram = Array.from({ length: 66 }, (_, a) =>
      Float64Array.from({ length: 66 }, (__, b) =>
        Array.from(
          { length: 70 },
          (___, k) => (problem.theta[a * 70 + k] ?? 0) * (problem.theta[b * 70 + k] ?? 0),
        ).reduce((sum, term) => sum + term, 0),
      ),
    );
    const largest = symmetricEigen(gram).values.at(-1) ?? NaN;
    expect(values.at(-1)).toBeCloseTo(largest, 8);
    const found = estimate('D8.spectralNorm');
    expect(Math.abs(found.value - Math.sqrt(largest))).toBeLessThanOrEqual(found.interval.estimator + 1e-9);
    expect(found.interval.estimator).toBeLessThan(0.01);
    expect(result.quantities['D8.meanSquare']).toMatchObject({
      notComputed: expect.stringContaining('too large') as string,
    });
  });

  test('both estimators agree on one matrix, and a zero map has no spread', async () => {
    const rows = rotated([3, 2, 1, 0.5], 4);
    const square = rows.map((a) =>
      Float64Array.from(rows, (b) => a.reduce((sum, entry, j) => sum + entry * (b[j] ?? 0), 0)),
    );
    const whole = await spectrumOfRows(rows, 2 ** -53);
    const options = { top: 2, tolerance: 1e-10, maxApplications: 20, random: new Random(1, 'test') };
    const leading = await leadingSpectrum(matrixOperator(square), options);
    [3, 2, 1, 0.5].forEach((value, k) => expect(whole.values[k]).toBeCloseTo(value, 10));
    [3, 2].forEach((value, k) => expect(leading.values[k]).toBeCloseTo(value, 8));
    expect(leading.converged).toBe(true);
    const early = await leadingSpectrum(matrixOperator(square), { ...options, maxApplications: 2 });
    expect(early.converged).toBe(false);
    expect(Math.abs((early.values[0] ?? 0) - 3)).toBeLessThanOrEqual(early.error + 1e-12);
    expect(squareSpread(await spectrumOfRows([new Float64Array(3), new Float64Array(3)], 0))).toBeUndefined();
  });
});
