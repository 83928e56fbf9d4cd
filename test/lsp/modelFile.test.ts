import { copyFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  methods,
  type AnalyzeReply,
  type Candidates,
  type CheckpointListing,
  type Models,
  type StoredResult,
} from '../../server/src/protocol/editor';
import { weight } from '../unit/frontend/onnx/againstRuntime';
import { modelBytes } from '../unit/frontend/onnx/writer';
import { Editor, workspaceWith } from './editor';
import { quick, trainText } from './project';

/** Scores of two heads on the same hidden units, and the better class of one of them. */
const heads = (outputs: readonly string[]): Uint8Array =>
  modelBytes({
    opset: 17,
    nodes: [
      { op: 'MatMul', input: ['x', 'w'], output: ['hidden'] },
      { op: 'Tanh', input: ['hidden'], output: ['bounded'] },
      { op: 'MatMul', input: ['bounded', 'u'], output: ['logits'] },
      { op: 'MatMul', input: ['bounded', 'v'], output: ['other'] },
      { op: 'ArgMax', input: ['logits'], output: ['best'], attributes: { axis: 1 } },
    ],
    weights: [weight('w', [4, 5]), weight('u', [5, 2], 3), weight('v', [5, 3], 7)],
    inputs: { x: ['batch', 4] },
    outputs,
  });
const twoHeads = heads(['best', 'other', 'logits']);

const workspace = workspaceWith({
  'pyproject.toml': '[project]\nname = "p"\n',
  'scripts/fit.py': trainText,
  'table.csv': 'layer,bits,milliseconds\nlayers.0,8,1\nlayers.0,4,0.5\n',
  'heads.onnx': twoHeads,
  'logits.onnx': heads(['logits']),
  'other.onnx': heads(['other']),
  'damaged.onnx': twoHeads.subarray(0, twoHeads.length - 40),
});
const options = { folders: [workspace.folder], storage: workspace.path('.storage'), settings: quick };
let editor: Editor;

beforeAll(async () => {
  copyFileSync('test/fixtures/onnx/perceptron.onnx', workspace.path('perceptron.onnx'));
  copyFileSync('test/fixtures/onnx/perceptron.npz', workspace.path('perceptron.npz'));
  editor = await Editor.inBand(options);
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

  it('is read as a model with its layers, though it is not open as text', async () => {
    const [model, ...others] = await editor.ask<Models>(methods.models, { uri });
    expect(others).toEqual([]);
    // 6·12 + 12, 12·8 + 8 and 8·3 + 3.
    expect(model).toMatchObject({ name: 'perceptron', totalParameters: 215, outputs: ['scores'], stopped: null });
    expect(model?.layers.filter(({ parameters }) => parameters > 0).map(({ parameters }) => parameters)).toEqual([
      84, 104, 27,
    ]);
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

  it('has its result found by its place', async () => {
    const stored = await editor.ask<StoredResult | null>(methods.result, { uri, model: 'perceptron' });
    expect(stored?.result.spectrum.top[0]?.value).toBeGreaterThan(0);
  });

  it('is analysed on the data that were chosen', async () => {
    const data = workspace.path('perceptron.npz');
    const before = await editor.ask<Candidates>(methods.candidates, { uri });
    expect(before.data.map(({ file }) => file)).toContain(data);
    expect(before.current).toEqual({ checkpoint: null, data: null, output: null });
    await editor.ask(methods.choose, { uri, data });
    const reply = await editor.analyze({ uri, overrides: { loss: 'mse' } });
    if (!reply.ok) throw new Error(reply.failure.message);
    expect(reply.stored.request.data).toBe(data);
    // The file's own outputs are the targets.
    expect(reply.stored.result.loss.value).toBeLessThan(1e-10);
    await editor.ask(methods.choose, { uri, data: null });
    expect((await editor.ask<Candidates>(methods.candidates, { uri })).current.data).toBeNull();
  });

  it('has the training script and the latencies of the settings, but no checkpoint beside its own weights', async () => {
    const analysedWith = async (trainScript: string): Promise<AnalyzeReply> => {
      const settings = { ...quick, trainScript, latencies: 'table.csv', checkpoint: 'other.pt' };
      const configured = await Editor.inBand({ ...options, settings });
      try {
        return await configured.analyze({ uri });
      } finally {
        await configured.stop();
      }
    };
    const failed = await analysedWith('absent.py');
    expect(failed.ok ? undefined : failed.failure).toMatchObject({ file: workspace.path('absent.py') });
    const reply = await analysedWith('scripts/fit.py');
    if (!reply.ok) throw new Error(reply.failure.message);
    const { request, result } = reply.stored;
    expect(request.defaults).toEqual({
      trainScript: workspace.path('scripts/fit.py'),
      latencies: workspace.path('table.csv'),
    });
    expect(JSON.stringify(result)).toContain('fit.py');
  });

  it('that is damaged says so, and is no model', async () => {
    const damaged = workspace.uri('damaged.onnx');
    const [model] = await editor.ask<Models>(methods.models, { uri: damaged });
    expect(model?.stopped?.reason).toMatch(/\w/);
    const reply = await editor.analyze({ uri: damaged });
    expect(reply.ok ? undefined : reply.failure).toMatchObject({ file: workspace.path('damaged.onnx') });
  });

  it('that is not there has nothing to choose', async () => {
    const absent = await editor.ask<Candidates>(methods.candidates, { uri: workspace.uri('absent.onnx') });
    expect(absent).toMatchObject({ data: [], outputs: [] });
  });
});

describe('the output of a model file', () => {
  const uri = workspace.uri('heads.onnx');

  async function analysed(by: Editor, file = uri): Promise<StoredResult> {
    const reply = await by.analyze({ uri: file, overrides: { loss: 'cross_entropy' } });
    if (!reply.ok) throw new Error(`${reply.failure.message} ${reply.failure.hint ?? ''}`);
    return reply.stored;
  }
  /** Ten digits of the loss and the largest eigenvalues; order of operations changes the last ones. */
  const numbers = ({ result: { loss, spectrum } }: StoredResult): readonly string[] =>
    [loss.value, ...spectrum.top.map(({ value }) => value)].map((value) => value.toPrecision(10));
  /** Those of a file with this output alone. */
  const alone = async (output: string): Promise<readonly string[]> =>
    numbers(await analysed(editor, workspace.uri(`${output}.onnx`)));

  it('is what the command line takes, until another is chosen', async () => {
    const { outputs, current } = await editor.ask<Candidates>(methods.candidates, { uri });
    expect(outputs).toEqual(['best', 'other', 'logits']);
    expect(current.output).toBeNull();
    const stored = await analysed(editor);
    expect(stored.request.output).toBeUndefined();
    expect(stored.result.provenance.notes.join('\n')).toContain("output 'logits' (by its name)");
    expect(numbers(stored)).toEqual(await alone('logits'));
  });

  it('is the chosen one, which another session remembers', async () => {
    await editor.ask(methods.choose, { uri, output: 'other' });
    const expected = await alone('other');
    expect(expected).not.toEqual(await alone('logits'));
    expect(numbers(await analysed(editor))).toEqual(expected);
    const later = await Editor.inBand(options);
    try {
      expect((await later.ask<Candidates>(methods.candidates, { uri })).current.output).toBe('other');
      expect(numbers(await analysed(later))).toEqual(expected);
    } finally {
      await later.stop();
    }
  });

  it('that has no derivative is refused with what there is', async () => {
    await editor.ask(methods.choose, { uri, output: 'best' });
    const reply = await editor.analyze({ uri });
    expect(reply.ok ? undefined : reply.failure).toMatchObject({
      message: expect.stringContaining("'best' is no floating tensor") as string,
      hint: expect.stringContaining('logits') as string,
    });
  });

  it('is the automatic one again when the choice is taken back, beside which other choices stay', async () => {
    const data = workspace.path('perceptron.npz');
    await editor.ask(methods.choose, { uri, data });
    await editor.ask(methods.choose, { uri, output: null });
    const { current } = await editor.ask<Candidates>(methods.candidates, { uri });
    expect(current).toEqual({ checkpoint: null, data, output: null });
    await editor.ask(methods.choose, { uri, data: null });
    expect((await analysed(editor)).request.output).toBeUndefined();
  });
});
