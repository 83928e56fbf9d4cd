import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Editor, workspaceWith } from './editor';
import { quick } from './project';

const header = `import keras
from keras import layers

def create_model(width=8):
    inputs = keras.Input((4,))
    x = layers.Dense(width, activation="tanh")(inputs)
    return keras.Model(inputs, layers.Dense(3)(x))

model = create_model()
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
`;
const written = `${header}model.compile(optimizer=keras.optimizers.SGD(learning_rate=500.0), loss=loss)\n`;
const fitting = `import keras
(x, y), _ = keras.datasets.mnist.load_data(path="/nowhere/mnist.npz")
model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x / 255.0, y)
`;
const workspace = workspaceWith({ 'model.py': written, 'pyproject.toml': '[project]\nname = "p"\n' });
const model = workspace.uri('model.py');
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.inBand({ folders: [workspace.folder], storage: workspace.path('.storage'), settings: quick });
  await editor.open(model, written);
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
});

describe('Keras', () => {
  it('has the lens over the function that makes the model, and hovers on its layers', async () => {
    const lenses = await editor.lenses(model);
    expect(lenses.map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`)).toContain(
      '4: 67 parameters',
    );
    expect(await editor.hover(model, editor.positionOf(model, 'layers.Dense(width'))).toContain('40 parameters');
  });

  it('says at fit what the model is fitted to', async () => {
    const train = workspace.uri('mnist.py');
    await editor.open(train, fitting);
    const text = await editor.hover(train, editor.positionOf(train, 'model.fit('));
    expect(text).toContain('x 60000×28×28 float, y 60000 int, 10 classes');
    expect(text).toContain('Not there: looked for /nowhere/mnist.npz');
  });

  it('is analysed with what compile says, and the rate is set where it stands', async () => {
    const reply = await editor.analyze({ uri: model });
    if (!reply.ok) throw new Error(reply.failure.message);
    expect(reply.stored.result.stability.learningRate).toBe(500);
    const finding = (await editor.diagnostics(model)).find(({ code }) => code === 'HL101');
    if (finding === undefined) throw new Error('no finding about the learning rate');
    expect(editor.textAt(model, finding.range)).toBe('500.0');
    const [first] = await editor.actions(model, finding.range, [finding]);
    if (first === undefined) throw new Error('no fix');
    await editor.apply(first);
    expect(editor.textOf(model)).toMatch(/SGD\(learning_rate=[\d.e-]+\), loss=loss\)/);
  });
});
