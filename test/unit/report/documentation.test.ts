import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from '../../../server/src/diagnosis/diagnose';
import { staticRules } from '../../../server/src/diagnosis/staticDiagnosis';
import { findingPage, quantitiesPage } from '../../../server/src/report/documentation';

const docs = resolve(__dirname, '../../../docs');
const page = (...path: string[]): string => readFileSync(join(docs, ...path), 'utf8');

describe('documentation is that of the code (npm run docs)', () => {
  it('of every quantity', () => expect(page('quantities.md')).toBe(quantitiesPage()));
  it.each([...rules, ...staticRules].map((rule) => [rule.code, rule] as const))('of finding %s', (code, rule) =>
    expect(page('findings', `${code}.md`)).toBe(findingPage(rule)),
  );
});
