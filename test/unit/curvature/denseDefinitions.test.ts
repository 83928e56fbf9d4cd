/** Every deterministic quantity of a small network is its definition by dense matrices in float64, which plain arithmetic with exact derivatives computes. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { catalogue } from '../../../server/src/curvature/catalogue';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { rows } from '../../intervals/table';
import { gradientDefinitions } from './dense/gradientDefinitions';
import { layerDefinitions } from './dense/layerDefinitions';
import { problem } from './dense/network';
import { optimizer, TOP } from './dense/setting';
import { spectrumDefinitions } from './dense/spectrumDefinitions';
import { withoutDefinition } from './dense/withoutDefinition';
import { computed, runStudy } from './studyRun';

const definitions = { ...spectrumDefinitions, ...gradientDefinitions, ...layerDefinitions };
const TOLERANCE = 1e-6;
/** Whose sign depends on that of an eigenvector. */
const WITHOUT_SIGN: readonly string[] = ['A10.thirdDerivative'];

describe('every quantity of the catalogue', () => {
  const defined = new Set(Object.keys(definitions).map((id) => id.replace(/\[.*$/, '')));
  const measured = new Set(rows.map(({ id }) => id));
  const elsewhere = withoutDefinition.flatMap(({ ids }) => ids);
  test('has a dense definition, a row that measures its interval, or a reason and another test', () => {
    const known = (id: string): boolean => defined.has(id) || measured.has(id) || elsewhere.includes(id);
    expect(Object.keys(catalogue).filter((id) => !known(id))).toEqual([]);
  });
  test('has one of these places only, and is one of the catalogue', () => {
    expect(elsewhere.filter((id, i) => defined.has(id) || measured.has(id) || elsewhere.indexOf(id) !== i)).toEqual([]);
    expect([...defined, ...elsewhere].filter((id) => !(id in catalogue))).toEqual([]);
  });
  test.each(withoutDefinition.map((each) => [each.ids.join(', '), each] as const))(
    'is looked at where it is said to be: %s',
    (_, { file, names }) => {
      expect(readFileSync(new URL(file, import.meta.url), 'utf8')).toContain(names);
    },
  );
});

describe('by its dense definition', () => {
  let result: AnalysisResult;
  beforeAll(async () => {
    result = await runStudy(problem, ['all'], { optimizer, top: TOP, eigenvalueTolerance: 1e-9 });
  }, 120_000);
  test.each(Object.entries(definitions))('%s', (id, truth) => {
    const { value } = computed(result, id);
    const found = WITHOUT_SIGN.includes(id) ? Math.abs(value) : value;
    expect(Math.abs(found - truth)).toBeLessThanOrEqual(TOLERANCE * Math.max(Math.abs(truth), 1e-6));
  });
});
