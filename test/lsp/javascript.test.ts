import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor, workspaceWith } from './editor';
import { quick } from './project';

const text = `import * as tf from '@tensorflow/tfjs';

export function createModel(units = 5) {
  const model = tf.sequential();
  model.add(tf.layers.dense({units, activation: 'tanh', inputShape: [4]}));
  model.add(tf.layers.dense({units: 3}));
  return model;
}
`;
const workspace = workspaceWith({ 'model.js': text, 'other.js': 'export const x = 1;\n', 'package.json': '{}' });
const [model, other] = [workspace.uri('model.js'), workspace.uri('other.js')];
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.inBand({ folders: [workspace.folder], storage: workspace.path('.storage'), settings: quick });
  await editor.open(model, text, 'javascript');
  await editor.open(other, 'export const x = 1;\n', 'javascript');
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
});

describe('JavaScript that uses TensorFlow.js', () => {
  it('has its parameter count over the function that makes the model; other JavaScript has nothing', async () => {
    expect((await editor.lensTitles(model)).join('\n')).toContain('43 parameters');
    expect(await editor.lensTitles(other)).toEqual([]);
  });

  it('is analysed', async () => {
    const reply = await editor.analyze({ uri: model, overrides: { loss: 'categorical_crossentropy' } });
    if (!reply.ok) throw new Error(reply.failure.message);
    expect(reply.stored.result.complete).toBe(true);
    expect(reply.stored.result.layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['dense_Dense1', 'dense_Dense2']),
    );
  });
});
