/** Every study of networks as people write them, on the engine that people use: what it refuses for a program of ours shows here. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../../../server/src/curvature/analysis/analyze';
import { isComputed, type Estimate, type Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { studies } from '../../../server/src/curvature/studies/studies';
import type { Engine } from '../../../server/src/engine/engine';
import { createOnnxEngine } from '../../../server/src/engine/onnx/onnxEngine';
import { optimizer } from './dense/setting';
import { analysisOptions, reference } from './studyRun';
import { tracedFixture } from './tracedFixture';

/** Relative; of what a difference of two losses leaves of float32, in losses. */
const TOLERANCE = 2e-4;
const LOSS_TOLERANCE = 1e-6;

/** Defined by what the arithmetic can tell from zero, which float32 can of fewer eigenvalues: counts, and medians over what is counted. */
const BY_PRECISION = ['A5.numericalRank', 'D1.medianKappa', 'D1.preconditionedKappa'];
const PRECISION_TOLERANCE = 0.2;

/** About float32 itself. */
const OF_FLOAT32 = ['D6.productError', 'D6.floor', 'D6.curvature'];

/** Lie a fixed number of steps along a path, or are where a search stops. */
const ALONG_PATHS = ['B7.flowSharpness', 'B10.rise', 'E4.trustedLength'];
const PATH_TOLERANCE = 0.05;

const isOneOf = (ids: readonly string[], id: string): boolean => ids.includes(id.replace(/\[.*$/, ''));
const reasonOf = (quantity: Quantity | undefined): string | undefined =>
  quantity !== undefined && !isComputed(quantity) ? quantity.notComputed.replace(/-?[\d.]+(e-?\d+)?/g, '#') : undefined;

function near(id: string, truth: Estimate, found: Estimate): boolean {
  const difference = Math.abs(truth.value - found.value);
  const tolerance = isOneOf(BY_PRECISION, id)
    ? PRECISION_TOLERANCE
    : isOneOf(ALONG_PATHS, id)
      ? PATH_TOLERANCE
      : TOLERANCE;
  // Differences of losses, and eigenvalues and traces that are nothing but rounding beside the largest.
  return difference <= tolerance * Math.abs(truth.value) + LOSS_TOLERANCE;
}

describe.each([
  { name: 'convolutional', input: '1x8x8', samples: 8 },
  { name: 'attention', input: '3x4', samples: 8 },
])('every study of the $name network on ONNX Runtime', ({ name, input, samples }) => {
  let engine: Engine;
  let truth: AnalysisResult;
  let found: AnalysisResult;

  beforeAll(async () => {
    engine = await createOnnxEngine({ threads: 1 });
    const { problem, options } = await tracedFixture(name, input, samples);
    const settings = { ...analysisOptions, ...options, optimizer, quantities: ['all'], eigenvalueTolerance: 1e-4 };
    truth = await analyze(problem, reference, settings);
    found = await analyze(problem, engine, settings);
  }, 600_000);
  afterAll(() => engine.dispose());

  test('runs to its end', () => {
    expect(found.studies.map(({ id }) => id)).toEqual(studies.map(({ id }) => id));
    expect(found.guards.map(({ verdict }) => verdict)).not.toContain('failed');
  });

  test('computes what float64 arithmetic computes, and refuses the rest for the same reasons', () => {
    const others = (result: AnalysisResult): [string, string | undefined][] =>
      Object.entries(result.quantities)
        .filter(([id]) => !isOneOf(OF_FLOAT32, id))
        .map(([id, quantity]) => [id, reasonOf(quantity)]);
    expect(others(found)).toEqual(others(truth));
  });

  test('has the numbers of float64 arithmetic', () => {
    const far = Object.entries(truth.quantities).flatMap(([id, exact]) => {
      const own = found.quantities[id];
      return own === undefined || !isComputed(exact) || !isComputed(own) || near(id, exact, own)
        ? []
        : [`${id}: ${own.value} against ${exact.value}`];
    });
    expect(far).toEqual([]);
  });
});
