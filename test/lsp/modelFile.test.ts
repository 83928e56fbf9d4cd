import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methods, type CheckpointListing } from '../../server/src/protocol/editor';
import { Editor, workspaceWith } from './editor';
import { quick } from './project';

const workspace = workspaceWith({ 'pyproject.toml': '[project]\nname = "p"\n' });
let editor: Editor;

beforeAll(async () => {
  copyFileSync('test/fixtures/onnx/perceptron.onnx', workspace.path('perceptron.onnx'));
  editor = await Editor.inBand({ folders: [workspace.folder], storage: workspace.path('.storage'), settings: quick });
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
});

describe('a model file', () => {
  const uri = workspace.uri('perceptron.onnx');

  it('is listed with its tensors, its layers and the name of its model', async () => {
    const listing = await editor.connection.sendRequest<CheckpointListing>(methods.checkpoint, { uri });
    if (!listing.ok) throw new Error(listing.failure.message);
    expect(listing).toMatchObject({ format: 'onnx', model: 'perceptron' });
    expect(listing.tensors.map(({ name }) => name)).toContain('layers.0.weight');
    expect(Object.values(listing.metadata).join('\n')).toContain('Gemm');
  });

  it('is analysed without being opened as text', async () => {
    const reply = await editor.analyze({ uri, model: 'perceptron' });
    if (!reply.ok) throw new Error(reply.failure.message);
    const { result } = reply.stored;
    expect(result.complete).toBe(true);
    expect(result.spectrum.top[0]?.value).toBeGreaterThan(0);
    expect(result.provenance).toMatchObject({
      model: 'perceptron',
      loss: expect.stringContaining('cross_entropy') as string,
    });
    expect(reply.stored.stale).toEqual([]);
  });
});
