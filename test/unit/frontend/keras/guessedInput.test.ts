/** Subclasses that nothing builds: the sizes of their weights are those of a guessed input, and that is said. */
import { describe, expect, it } from 'vitest';
import { parseInputSpec } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { readText } from '../../reading/world';

const classifier = `
from keras import Model
from keras.layers import Dense

class Classifier(Model):
    def __init__(self):
        super().__init__()
        self.dense = Dense(10)

    def call(self, inputs):
        return self.dense(inputs)
`;

const traced = (source: string, inputs: readonly string[] = []) =>
  traceModel({
    file: 'model.py',
    source,
    sources: { read: () => undefined, resolveModule: () => undefined },
    ...(inputs.length === 0 ? {} : { inputs: inputs.map(parseInputSpec) }),
  });

describe('a subclass that nothing builds', () => {
  it('says which input was assumed', () => {
    const found = traced(classifier);
    expect(found.guessed).toEqual(['input 16']);
    expect(found.totalParameters).toBe(16 * 10 + 10);
    expect(found.notes?.join()).toMatch(/input is a guess, 16 for each sample/);
  });

  it('says nothing where its input is given', () => {
    const found = traced(classifier, ['5']);
    expect(found.guessed).toBeUndefined();
    expect(found.totalParameters).toBe(5 * 10 + 10);
  });

  it('says nothing where the code builds it', () => {
    const found = traced(`${classifier}\nmodel = Classifier()\nmodel.build((None, 7))\n`);
    expect(found.guessed).toBeUndefined();
    expect(found.totalParameters).toBe(7 * 10 + 10);
  });

  it('is a finding at its class', async () => {
    const { reading } = await readText(classifier);
    expect(reading.models[0]?.guessed).toEqual(['input 16']);
    const [finding] = reading.findings.filter(({ code }) => code === 'HL408');
    expect(finding?.message).toMatch(/how large Classifier is.*hessian-lens: input=16$/);
    expect(finding?.line).toBe(5);
  });
});
