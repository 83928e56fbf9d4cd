import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../server/src/project/configuration';
import { parseModelSettings } from '../../../server/src/project/settings';

interface Definition {
  readonly additionalProperties: unknown;
  readonly properties: Readonly<Record<string, { readonly $ref?: string }>>;
}
const schema = JSON.parse(readFileSync('docs/schema/pyproject.schema.json', 'utf8')) as {
  readonly properties: { readonly tool: { readonly properties: Readonly<Record<string, { readonly $ref: string }>> } };
  readonly definitions: { readonly project: Definition; readonly model: Definition } & Readonly<
    Record<string, unknown>
  >;
};

/** A value of each key in the form that TOML gives. */
const samples: Readonly<Record<string, unknown>> = {
  checkpoint: 'runs/best.pt',
  weights: 'ema',
  data: 'digits.npz',
  loss: 'cross_entropy',
  output: 'logits',
  input: ['3x32x32'],
  args: 'Block, [2, 2]',
  batch: 64,
  'train-script': 'train.py',
  latencies: 'latencies.csv',
  mode: 'train',
  ignore: ['HL101'],
};

function knownKeys(): string[] {
  try {
    parseModelSettings(new Map([['no-such-key', '']]), '');
  } catch (error) {
    return (/known: (.*)$/.exec(error instanceof Error ? error.message : '')?.[1] ?? '').split(', ');
  }
  return [];
}

describe('the schema of [tool.hessian-lens]', () => {
  const { project, model } = schema.definitions;

  it('has the keys that the reader knows, and no others', () => {
    const known = knownKeys();
    expect(known.length).toBeGreaterThan(5);
    expect(Object.keys(model.properties).sort()).toEqual([...known].sort());
    expect(Object.keys(project.properties).sort()).toEqual([...known, 'models'].sort());
    expect([project.additionalProperties, model.additionalProperties]).toEqual([false, false]);
  });

  it('describes values that the reader takes', () => {
    for (const key of Object.keys(model.properties))
      expect(() => parseModelSettings(new Map([[key, samples[key]]]), 'here'), key).not.toThrow();
  });

  it('refers only to definitions that it has', () => {
    const text = JSON.stringify(schema);
    for (const [, name = ''] of text.matchAll(/"#\/definitions\/(\w+)"/g))
      expect(schema.definitions).toHaveProperty(name);
  });

  it('stands where the reader looks', () => {
    expect(Object.keys(schema.properties.tool.properties)).toEqual(['hessian-lens']);
    const read = parseConfiguration('[tool.hessian-lens.models.Net]\ncheckpoint = "a.pt"\n', 'pyproject.toml');
    expect(read?.models.get('Net')).toEqual({ checkpoint: 'a.pt' });
  });
});
