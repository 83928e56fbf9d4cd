import { execSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CancellationTokenSource,
  DiagnosticSeverity,
  DiagnosticTag,
  type CodeAction,
} from 'vscode-languageserver/node';
import { methods, serverCommands, type AnalyzeReply, type StoredResult } from '../../server/src/protocol/editor';
import { Editor, workspaceWith } from './editor';
import { checkpointOf, modelText, project, quick, trainText } from './project';

const workspace = workspaceWith(project);
const storage = workspace.path('.storage');
const [model, train] = [workspace.uri('model.py'), workspace.uri('train.py')];
let editor: Editor;

async function begin(client?: 'vscode'): Promise<Editor> {
  const started = await Editor.inBand({
    folders: [workspace.folder],
    storage,
    settings: quick,
    ...(client === undefined ? {} : { client }),
  });
  await started.open(model, modelText);
  await started.open(train, trainText);
  // Settings come after the start.
  await started.until(() => started.refreshes > 0);
  return started;
}

/** Long enough to be interrupted. */
const long = { samples: 4096, probes: 4000, tolerance: 1e-6 };

const stored = (reply: AnalyzeReply): StoredResult => {
  if (!reply.ok) throw new Error(reply.failure.message);
  return reply.stored;
};

beforeAll(async () => {
  editor = await begin();
});
afterAll(async () => {
  await editor.stop();
  workspace.remove();
});

describe('an analysis', () => {
  let result: StoredResult;

  it('shows its first numbers over the class, the optimizer and in hovers while it goes on', async () => {
    const answer = editor.analyze({ uri: model, overrides: long });
    const first = editor.until(async () => (await editor.lensTitles(model)).some((title) => title.includes('λmax')));
    await Promise.race([first, answer]);
    expect((await editor.lensTitles(model)).join()).toMatch(/λmax [\d.]+ · edge .*Analyzing… \d+ %/);
    expect((await editor.lensTitles(train)).join()).toContain('stable limit');
    const hover = await editor.hover(model, editor.positionOf(model, 'class Net', 6));
    expect(hover).toMatch(/Largest eigenvalue \| [\d.]+/);
    expect(hover).toContain('not computed: still to come');
    expect(hover).toContain('The analysis goes on');
    expect(await editor.hover(model, editor.positionOf(model, 'self.first = ', 6))).toContain('goes on');
    expect(await editor.hover(train, editor.positionOf(train, 'lr=80.0', 1))).toMatch(/Gradient descent.*\| [\d.]+/);
    expect(await editor.ask(methods.cancel, {})).toBe(true);
    expect(await answer).toMatchObject({ ok: false, failure: { category: 'cancelled' } });
    expect((await editor.lensTitles(model)).join()).not.toContain('λmax');
    expect((await editor.lensTitles(train)).join()).not.toContain('limit');
  });

  it('tells its life to whoever listens, and answers with the whole', async () => {
    const reply = await editor.analyze({ uri: model, workDoneToken: 'work', partialResultToken: 'parts' });
    result = stored(reply);
    expect(result.stale).toEqual([]);
    expect(result.result.complete).toBe(true);
    expect(result.result.spectrum.top[0]?.value).toBeGreaterThan(0);
    const kinds = editor.events.map(({ kind }) => kind);
    expect(kinds[0]).toBe('started');
    expect(kinds).toContain('prediction');
    expect(kinds).toContain('progress');
    await editor.until(() => editor.events.some((event) => event.kind === 'result' && event.stored.result.complete));
    const work = editor.progress.filter(({ token }) => token === 'work').map(({ value }) => value as { kind: string });
    expect(work[0]?.kind).toBe('begin');
    expect(work[0]).toMatchObject({ cancellable: true });
    expect(work.at(-1)?.kind).toBe('end');
    const parts = editor.progress.filter(({ token }) => token === 'parts').map(({ value }) => value as StoredResult);
    expect(parts.length).toBeGreaterThan(0);
    for (const part of parts) expect(part.result.complete).toBe(false);
  });

  it('is seen over the class, over the optimizer, and on a layer', async () => {
    expect((await editor.lensTitles(model)).find((title) => title.includes('λmax'))).toMatch(/λmax .*edge .*×/);
    const margin = (await editor.lensTitles(train)).find((title) => title.includes('stable limit'));
    expect(margin).toContain('80');
    const layer = await editor.hover(model, editor.positionOf(model, 'self.first = ', 6));
    expect(layer).toContain('Trace of its block');
    const share = result.result.layers.find(({ name }) => name === 'first')?.traceShare;
    expect(layer).toContain(`${(100 * (share ?? 0)).toPrecision(2)} %`);
    const optimizer = await editor.hover(train, editor.positionOf(train, 'lr=80.0', 1));
    for (const method of ['Gradient descent', 'Momentum', 'Nesterov']) expect(optimizer).toContain(method);
  });

  it('warns at the learning rate and can set it below the limit', async () => {
    const [finding] = await editor.diagnostics(train);
    expect(finding).toMatchObject({ code: 'HL101', severity: DiagnosticSeverity.Warning });
    if (finding === undefined) return;
    expect(editor.textAt(train, finding.range)).toContain('80.0');
    expect(finding.codeDescription?.href).toMatch(/HL101\.md$/);
    expect(finding.relatedInformation?.[0]?.location.uri).toBe(model);
    const actions = await editor.actions(train, finding.range, [finding]);
    const rate = actions.find(({ title }) => title.startsWith('Set the learning rate'));
    expect(rate?.isPreferred).toBe(true);
    const { limit } = result.result.stability;
    if (rate === undefined || !('value' in limit)) throw new Error('no limit');
    await editor.apply(rate);
    const written = Number(/lr=([\d.e+-]+)/.exec(editor.textOf(train))?.[1]);
    // Half of the limit or of the lower end of its interval, rounded down.
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(0.5 * limit.value);
    expect(written).toBeGreaterThan(0.3 * limit.value);
    // The curvature is that of before: the new learning rate is judged by it at once.
    const started = editor.events.filter(({ kind }) => kind === 'started').length;
    expect((await editor.diagnostics(train)).map(({ code }) => code)).not.toContain('HL101');
    expect((await editor.lensTitles(train)).join()).toContain(`lr ${written}`);
    expect(editor.events.filter(({ kind }) => kind === 'started').length).toBe(started);
    const judged = await editor.ask<StoredResult>(methods.result, { uri: model });
    expect(judged.stale).toEqual([]);
    expect(judged.result.spectrum).toEqual(result.result.spectrum);
    expect(judged.result.stability.learningRate).toBe(written);
    const repaired = stored(await editor.analyze({ uri: model }));
    expect(repaired.result.findings.map(({ code }) => code)).not.toContain('HL101');
    const { editedFrom, ...stability } = judged.result.stability;
    expect(editedFrom).toEqual({ learningRate: 80, batchSize: 16 });
    expect(repaired.result.stability).toEqual(stability);
    expect((await editor.diagnostics(train)).map(({ code }) => code)).not.toContain('HL101');
    // Back to the text of the first result: that one is shown again, as fresh.
    await editor.setText(train, trainText);
    expect((await editor.diagnostics(train)).map(({ code, severity }) => [code, severity])).toEqual([
      ['HL101', DiagnosticSeverity.Warning],
    ]);
  });

  it('judges another momentum at once; another loss or model makes it one of an earlier version', async () => {
    const limit = async (): Promise<number> => {
      const judged = await editor.ask<StoredResult>(methods.result, { uri: model });
      const found = judged.result.stability.limit;
      return 'value' in found && judged.stale.length === 0 ? found.value : NaN;
    };
    const before = await limit();
    await editor.replace(train, 'momentum=0.5', 'momentum=0.9');
    await editor.diagnostics(train);
    // 2(1 + β)/λ
    expect(await limit()).toBeCloseTo((before * 1.9) / 1.5, 9);
    await editor.setText(train, trainText.replace('CrossEntropyLoss()', 'CrossEntropyLoss(label_smoothing=0.1)'));
    const [old] = await editor.diagnostics(train);
    expect(old).toMatchObject({ severity: DiagnosticSeverity.Hint, tags: [DiagnosticTag.Unnecessary] });
    expect(old?.message).toContain('training script changed');
    expect(await limit()).toBeNaN();
    await editor.setText(train, trainText);
    expect(await limit()).toBeCloseTo(before, 12);
  });

  it('offers a warm-up that leaves correct code, and a pragma that silences the finding', async () => {
    const [finding] = await editor.diagnostics(train);
    if (finding === undefined) throw new Error('no finding');
    const actions = await editor.actions(train, finding.range, [finding]);
    const warmUp = actions.find(({ title }) => title.includes('warm-up'));
    const silence = actions.find(({ title }) => title.startsWith('Do not show'));
    if (warmUp === undefined || silence === undefined) throw new Error(actions.map(({ title }) => title).join());
    await editor.apply(warmUp);
    const lines = editor.textOf(train).split('\n');
    expect(lines[lines.findIndex((line) => line.startsWith('optimizer = ')) + 1]).toMatch(
      /^warmup = .*LinearLR\(optimizer/,
    );
    expect(lines[lines.indexOf('    optimizer.step()') + 1]).toBe('    warmup.step()');
    await editor.setText(train, trainText);
    await editor.apply(silence);
    expect(editor.textOf(train)).toContain('# hessian-lens: ignore=HL101');
    expect(await editor.diagnostics(train)).toEqual([]);
    await editor.setText(train, trainText);
  });

  it('offers to clip at the measured quantile, before the step and not twice', async () => {
    const { result: whole } = stored(await editor.analyze({ uri: model, study: 'samples' }));
    const [finding] = await editor.diagnostics(train);
    const threshold = whole.quantities['C9.clipThreshold'];
    if (finding === undefined || threshold === undefined || !('value' in threshold)) throw new Error('no threshold');
    const clip = async (): Promise<CodeAction | undefined> =>
      (await editor.actions(train, finding.range, [finding])).find(({ title }) => title.startsWith('Clip'));
    const action = await clip();
    if (action === undefined) throw new Error('not offered');
    await editor.apply(action);
    const lines = editor.textOf(train).split('\n');
    const at = lines.findIndex((line) => line.includes('clip_grad_norm_(model.parameters(), max_norm='));
    expect(Number(/max_norm=([\d.e-]+)/.exec(lines[at] ?? '')?.[1])).toBeCloseTo(threshold.value, 1);
    expect(lines[at - 1]).toBe('    loss.backward()');
    expect(lines[at + 1]).toBe('    optimizer.step()');
    await editor.diagnostics(train);
    expect(await clip()).toBeUndefined();
    await editor.setText(train, trainText);
  });

  it('of an earlier text says so in lens, finding and event, follows its line, and is fresh again when the text is', async () => {
    await editor.analyze({ uri: model });
    await editor.change(train, [
      { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '# one\n# two\n' },
    ]);
    const [moved] = await editor.diagnostics(train);
    expect(moved?.message).toContain('earlier version');
    expect(moved?.severity).toBe(DiagnosticSeverity.Hint);
    expect(moved === undefined ? '' : editor.textAt(train, moved.range)).toContain('80.0');
    expect((await editor.lensTitles(model)).find((title) => title.includes('λmax'))).toContain('earlier version');
    await editor.until(() =>
      editor.events.some((event) => event.kind === 'staleness' && event.stale.includes('training script changed')),
    );
    await editor.setText(train, trainText);
    expect((await editor.lensTitles(model)).find((title) => title.includes('λmax'))).not.toContain('earlier version');
    await editor.until(() => editor.events.some((event) => event.kind === 'staleness' && event.stale.length === 0));
  });

  it('reappears after a restart, without being computed again', async () => {
    const before = await editor.lensTitles(model);
    const kept = await editor.ask<StoredResult>(methods.result, { uri: model });
    await editor.stop();
    editor = await begin('vscode');
    expect(await editor.ask(methods.result, { uri: model })).toEqual(kept);
    expect(await editor.lensTitles(model)).toEqual(before);
    expect((await editor.diagnostics(train)).map(({ code }) => code)).toEqual(['HL101']);
    expect(editor.events.filter(({ kind }) => kind === 'started')).toEqual([]);
    const list = await editor.ask<{ id: string }[]>(methods.results, {});
    expect(list.map(({ id }) => id)).toContain(kept.id);
  });

  it('is added to by studies, without being computed again', async () => {
    const before = result.result;
    const started = editor.events.length;
    const whole = stored(await editor.analyze({ uri: model, study: 'quantisation' })).result;
    const added = whole.studies.filter(({ group }) => group === 'quantisation');
    expect(added.map(({ id }) => id)).toContain('E2');
    const line = modelText.split('\n').findIndex((text) => text.includes('self.first ='));
    expect(await editor.hover(model, { line, character: 14 })).toContain(
      'Bits of a weight tensor in the best allocation: weight',
    );
    expect(whole.spectrum).toEqual(before.spectrum);
    expect(whole.quantities['A2.trace']).toEqual(before.quantities['A2.trace']);
    expect(whole.cost.hvps).toBeGreaterThan(before.cost.hvps);
    // What grew meanwhile never lacked what was there before.
    for (const event of editor.events.slice(started))
      if (event.kind === 'result') expect(event.stored.result.spectrum.top.length).toBe(before.spectrum.top.length);
    expect(await editor.ask<StoredResult>(methods.result, { uri: model })).toMatchObject({
      result: { studies: whole.studies },
    });
  });

  it('is reported in every format', async () => {
    const { id } = await editor.ask<StoredResult>(methods.result, { uri: model });
    for (const format of ['text', 'json', 'sarif', 'html', 'csv']) {
      const text = await editor.ask<string>(methods.export, { id, format });
      expect(text.length, format).toBeGreaterThan(100);
    }
  });

  it('whose file on disk is damaged is forgotten, and the others stay', async () => {
    await editor.stop();
    const names = readdirSync(`${storage}/results`);
    expect(names.length).toBeGreaterThan(2);
    const [victim = ''] = names.filter((name) => name.endsWith('.index.json'));
    writeFileSync(`${storage}/results/${victim}`, readFileSync(`${storage}/results/${victim}`, 'utf8').slice(0, 100));
    writeFileSync(`${storage}/results/unfinished.json.1.tmp`, '{');
    editor = await begin();
    const list = await editor.ask<{ id: string }[]>(methods.results, {});
    expect(list).toHaveLength(names.filter((name) => name.endsWith('.index.json')).length - 1);
    expect(readdirSync(`${storage}/results`).some((name) => name.includes(victim.split('.')[0] ?? ''))).toBe(false);
    expect(readdirSync(`${storage}/results`).some((name) => name.endsWith('.tmp'))).toBe(false);
  });

  it('can be cleared away', async () => {
    const count = await editor.ask<number>(methods.clearCache, {});
    expect(count).toBeGreaterThan(0);
    expect(readdirSync(`${storage}/results`)).toEqual([]);
    expect(await editor.ask(methods.result, { uri: model })).toBeNull();
    expect((await editor.lensTitles(model)).some((title) => title.includes('λmax'))).toBe(false);
  });
});

describe('when things go wrong', () => {
  const underWay = async (count = editor.events.length): Promise<void> =>
    editor.until(() => editor.events.slice(count).some(({ kind }) => kind === 'progress'));

  it('a cancelled analysis is answered as such, and the next one works', async () => {
    const source = new CancellationTokenSource();
    const count = editor.events.length;
    const answer = editor.connection
      .sendRequest<AnalyzeReply>(methods.analyze, { uri: model, overrides: long }, source.token)
      .catch((error: unknown) => error);
    await underWay(count);
    expect((await editor.lensTitles(model)).some((title) => /^Analyzing… \d+ % \(cancel\)$/.test(title))).toBe(true);
    source.cancel();
    const reply = await answer;
    expect(reply).toMatchObject({ ok: false, failure: { category: 'cancelled' } });
    expect(await editor.ask(methods.cancel, {})).toBe(false);
    expect(stored(await editor.analyze({ uri: model })).result.complete).toBe(true);
  });

  it('an analysis can be cancelled by its number or from a lens', async () => {
    for (const cancel of [
      (id: string) => editor.ask(methods.cancel, { analysisId: id }),
      (id: string) => editor.ask('workspace/executeCommand', { command: serverCommands.cancel, arguments: [id] }),
    ]) {
      const count = editor.events.length;
      const answer = editor.analyze({ uri: model, overrides: long });
      await underWay(count);
      const started = editor.events.slice(count).find((event) => event.kind === 'started');
      expect(await cancel(started?.kind === 'started' ? started.analysisId : '')).toBe(true);
      expect(await answer).toMatchObject({ ok: false, failure: { category: 'cancelled' } });
    }
  });

  it('a process that is killed is told once, and the next analysis has a new one', async () => {
    const count = editor.events.length;
    const answer = editor.analyze({ uri: model, overrides: long });
    await underWay(count);
    expect(killWorkers()).toBeGreaterThan(0);
    expect(await answer).toMatchObject({ ok: false, failure: { category: 'internal' } });
    await editor.until(() => editor.events.slice(count).some(({ kind }) => kind === 'failed'));
    expect(editor.events.slice(count).filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    await editor.until(() => editor.statuses.at(-1)?.state === 'problem');
    expect(stored(await editor.analyze({ uri: model })).result.complete).toBe(true);
    await editor.until(() => editor.statuses.at(-1)?.state === 'ready');
    // Also one that is killed while it rests.
    expect(killWorkers()).toBeGreaterThan(0);
    expect(stored(await editor.analyze({ uri: model, overrides: { seed: 1 } })).result.complete).toBe(true);
  });

  it('a file that is edited meanwhile gets a result that is marked as that of the earlier text', async () => {
    const count = editor.events.length;
    const answer = editor.analyze({ uri: model, overrides: { seed: 7, samples: 64 } });
    await editor.until(() => editor.events.length > count);
    await editor.replace(model, 'hidden=6', 'hidden=7');
    const { stale, result } = stored(await answer);
    const sizes = result.layers.find(({ name }) => name === 'first')?.parameters;
    // Of the text before: stale. Of the text after, if it was read then: fresh.
    expect(stale).toEqual(sizes === 30 ? ['source changed'] : []);
    await editor.setText(model, modelText);
  });

  it('a checkpoint that is deleted or written anew makes its results stale, or fails; never fresh', async () => {
    const checkpoint = workspace.write('best.safetensors', checkpointOf(0.1));
    const kept = stored(await editor.analyze({ uri: model, overrides: { checkpoint } }));
    expect(kept.stale).toEqual([]);
    expect(kept.result.provenance.checkpoint).toContain('best.safetensors');
    const now = async (): Promise<StoredResult['stale']> =>
      (await editor.ask<StoredResult>(methods.result, { id: kept.id })).stale;
    const count = editor.events.length;
    const answer = editor.analyze({ uri: model, overrides: { ...long, checkpoint } });
    await underWay(count);
    rmSync(checkpoint);
    expect(await now()).toEqual(['checkpoint changed']);
    await editor.ask(methods.cancel, {});
    expect(await answer).toMatchObject({ ok: false });
    expect(await editor.analyze({ uri: model, overrides: { checkpoint } })).toMatchObject({
      ok: false,
      failure: { category: 'input' },
    });
    workspace.write('best.safetensors', checkpointOf(0.2));
    expect(await now()).toEqual(['checkpoint changed']);
    expect(stored(await editor.analyze({ uri: model, overrides: { checkpoint } })).stale).toEqual([]);
    rmSync(checkpoint);
  });

  it('two that ask for the same share it; others wait for their turn', async () => {
    const count = editor.events.length;
    const [first, same, other] = await Promise.all([
      editor.analyze({ uri: model, overrides: { seed: 3 } }),
      editor.analyze({ uri: model, overrides: { seed: 3 } }),
      editor.analyze({ uri: model, overrides: { seed: 4 } }),
    ]);
    expect(stored(first).id).toBe(stored(same).id);
    expect(stored(other).id).not.toBe(stored(first).id);
    expect(editor.events.slice(count).filter(({ kind }) => kind === 'started')).toHaveLength(2);
  });

  it('a model that does not exist, a file that does not exist, a checkpoint that does not exist: said with what to do', async () => {
    expect(await editor.analyze({ uri: model, model: 'Other' })).toMatchObject({
      ok: false,
      failure: { category: 'input', hint: 'It has Net.' },
    });
    expect(await editor.analyze({ uri: workspace.uri('absent.py') })).toMatchObject({ ok: false });
    const gone = { checkpoint: workspace.path('gone.pt') };
    const reply = await editor.analyze({ uri: model, overrides: gone });
    expect(reply).toMatchObject({ ok: false, failure: { category: 'input' } });
    expect(stored(await editor.analyze({ uri: model })).stale).toEqual([]);
  });

  it('results for other data or checkpoints than the chosen ones are not shown as fresh', async () => {
    expect(stored(await editor.analyze({ uri: model })).stale).toEqual([]);
    const file = workspace.write('other.npz', new Uint8Array(10));
    await editor.ask(methods.choose, { uri: model, data: file });
    expect((await editor.lensTitles(model)).find((title) => title.includes('λmax'))).toContain('data changed');
    await editor.ask(methods.choose, { uri: model, data: null });
    expect((await editor.lensTitles(model)).find((title) => title.includes('λmax'))).not.toContain('changed');
    rmSync(file);
  });
});

/** Ends the processes that compute below this one, as the kernel does when memory is short. Returns their number. */
function killWorkers(): number {
  const listed = execSync('ps -eo pid,ppid,args', { encoding: 'utf8' });
  const own = listed.split('\n').filter((line) => {
    const [, parent] = line.trim().split(/\s+/);
    return line.includes('dist/worker.js') && Number(parent) === process.pid;
  });
  for (const line of own) process.kill(Number(line.trim().split(/\s+/)[0]), 'SIGKILL');
  return own.length;
}
