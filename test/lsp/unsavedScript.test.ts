import { afterAll, beforeAll, expect, it } from 'vitest';
import { Editor, workspaceWith } from './editor';
import { modelText, project, quick, trainText } from './project';

const { 'pyproject.toml': configuration } = project;
const workspace = workspaceWith({
  'model.py': modelText,
  'train.py': 'import torch\n',
  'pyproject.toml': configuration,
});
const model = workspace.uri('model.py');
let editor: Editor;

beforeAll(async () => {
  editor = await Editor.inBand({ folders: [workspace.folder], storage: workspace.path('.storage'), settings: quick });
  await editor.open(model, modelText);
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
});

const learningRate = async (): Promise<number | null> => {
  const reply = await editor.analyze({ uri: model });
  if (!reply.ok) throw new Error(reply.failure.message);
  return reply.stored.result.stability.learningRate;
};

it('the training script is found in the texts of the editor, before they are saved', async () => {
  expect(await learningRate()).toBeNull();
  // Not yet on the disk: only the editor knows it.
  await editor.open(workspace.uri('fit.py'), trainText);
  expect(await learningRate()).toBe(80);
});
