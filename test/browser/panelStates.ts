import { strict as assert } from 'node:assert';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import type { StoredResult } from '../../server/src/protocol/editor';
import type { AnalysisPanelState, FromAnalysisPanel, ToAnalysisPanel } from '../../server/src/protocol/panels';
import type { AnalyzeRequest } from '../../server/src/protocol/worker';
import { WorkerClient } from '../../server/src/worker/workerClient';
import { PanelPage } from './panelPage';
import type { Stage } from './stage';
import { themes } from './themes';
import type { ThemeName } from './themes';

type Saved = FromAnalysisPanel & { kind: 'save' };

const request = (modelFile: string): AnalyzeRequest => ({
  modelFile,
  inputs: [],
  samples: 32,
  top: 4,
  seed: 0,
  engine: 'reference',
  precision: 'float64',
});

/** The panel without VS Code around it: states, sizes and messages that are hard to bring about in the workbench. */
export function panelStates({ workbench, folder, root }: Stage): void {
  const worker = new WorkerClient(join(root, 'dist', 'worker.js'));
  const partials: StoredResult[] = [];
  let stored: StoredResult;
  let shown: PanelPage | undefined;

  const storedOf = (id: string, result: StoredResult['result']): StoredResult => {
    const modelFile = join(folder, 'tiny', 'model.py');
    return {
      id,
      uri: `file://${modelFile}`,
      model: 'Tiny',
      createdAt: 0,
      request: request(modelFile),
      result,
      stale: [],
    };
  };
  const identity = (tab: AnalysisPanelState['tab'] = 'spectrum'): AnalysisPanelState => ({
    uri: stored.uri,
    model: 'Tiny',
    resultId: stored.id,
    comparedId: null,
    tab,
  });
  const browser = (): Browser => {
    const found = workbench.page.context().browser();
    assert.ok(found);
    return found;
  };
  const open = async (theme: ThemeName = 'dark', width = 800): Promise<PanelPage> => {
    shown = await PanelPage.open(browser(), { dist: join(root, 'dist'), bundle: 'analysisPanel', theme, width });
    return shown;
  };
  const send = (panel: PanelPage, ...messages: readonly ToAnalysisPanel[]): Promise<void> => panel.send(...messages);
  const show = (tab?: AnalysisPanelState['tab'], result: StoredResult | null = stored): ToAnalysisPanel => ({
    kind: 'show',
    state: identity(tab),
    stored: result,
  });

  describe('the panel by itself', () => {
    before(async () => {
      const outcome = await worker.analyze(request(join(folder, 'tiny', 'model.py')), {
        onPartial: (result) => partials.push(storedOf('partial', result)),
      });
      assert.ok(outcome.ok);
      stored = storedOf('whole', outcome.result);
    });
    after(() => worker.dispose());
    afterEach(async () => {
      const { errors = [] } = shown ?? {};
      await shown?.close();
      shown = undefined;
      assert.deepEqual([...errors], [], 'no error, and nothing against the content security policy');
    });

    it('offers an analysis where there is none', async () => {
      const panel = await open();
      await send(panel, show('spectrum', null));
      await panel.page.getByRole('button', { name: 'Analyze Hessian' }).click();
      assert.ok(await panel.lastPosted('analyze'));
    });

    it('shows what a running analysis has, says what is not there yet, and cancels', async () => {
      const panel = await open();
      const [first] = partials;
      assert.ok(first);
      await send(panel, show('spectrum', null), {
        kind: 'running',
        progress: { fraction: 0.4, stage: 'trace', secondsLeft: 9 },
        prediction: null,
      });
      assert.equal(await panel.page.getByRole('progressbar').getAttribute('aria-valuenow'), '40');
      await send(panel, { kind: 'result', stored: first });
      await panel.page.getByText('still computing').waitFor();
      await panel.page.locator('.notes').getByText('No density: still to come').waitFor();
      await panel.page.getByRole('button', { name: 'Cancel' }).click();
      assert.ok(await panel.lastPosted('cancel'));
    });

    it('says what failed, where and what to do, above the last complete result', async () => {
      const panel = await open();
      const file = join(folder, 'tiny', 'model.py');
      await send(panel, show(), {
        kind: 'failed',
        failure: { category: 'input', message: 'shapes differ', file, line: 7, hint: 'Choose another checkpoint.' },
      });
      const alert = panel.page.getByRole('alert');
      assert.match(
        await alert.innerText(),
        /shapes differ[\s\S]*model\.py:7[\s\S]*another checkpoint[\s\S]*last complete/,
      );
      await alert.getByText('model.py:7').click();
      assert.deepEqual(await panel.lastPosted('reveal'), { kind: 'reveal', file, line: 7 });
      await alert.getByRole('button', { name: 'Retry' }).click();
      assert.ok(await panel.lastPosted('analyze'));
    });

    it('marks a result of an earlier version as soon as it is one, and no longer when it is not', async () => {
      const panel = await open();
      const banner = panel.page.getByText('Computed for an earlier version');
      await send(panel, show(), { kind: 'staleness', id: stored.id, stale: ['source changed'] });
      await banner.waitFor();
      await send(panel, { kind: 'staleness', id: stored.id, stale: [] });
      await banner.waitFor({ state: 'detached' });
    });

    it('reads out by the keyboard and walks tables cell by cell', async () => {
      const panel = await open();
      await send(panel, show());
      const { keyboard } = panel.page;
      await panel.page.locator('svg.chart:visible').focus();
      await keyboard.press('PageUp');
      await panel.page
        .locator('.readout:visible')
        .getByText(/λ = .*residual/)
        .waitFor();
      const grid = panel.page.getByRole('grid', { name: 'Known eigenvalues' });
      assert.equal(await grid.locator('[tabindex="0"]').count(), 1, 'a table is one tab stop');
      await grid.locator('[tabindex="0"]').focus();
      for (const key of ['ArrowDown', 'ArrowRight']) await keyboard.press(key);
      assert.equal(
        await panel.page.evaluate(
          'document.activeElement.cellIndex + 10 * document.activeElement.parentElement.rowIndex',
        ),
        11,
      );
    });

    it('exports pictures that stand alone and tables with every row', async () => {
      const panel = await open();
      await send(panel, show());
      const exported = async (format: string): Promise<Saved> => {
        await panel.page.getByRole('button', { name: `Export the spectrum as ${format}` }).click();
        await panel.page.waitForFunction(
          `window.posted.some(({ name }) => name?.endsWith('.${format.toLowerCase()}'))`,
        );
        const saved = await panel.lastPosted<Saved>('save');
        assert.ok(saved);
        return saved;
      };
      const svg = (await exported('SVG')).content;
      assert.match(svg, /^<svg[^>]* xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.doesNotMatch(svg, /var\(--|class=/, 'nothing refers to the page it came from');
      const png = Buffer.from((await exported('PNG')).content, 'base64');
      assert.equal(png.subarray(1, 4).toString('latin1'), 'PNG');
      const { spectrum } = stored.result;
      const nodes = 'nodes' in spectrum.density ? spectrum.density.nodes.length : 0;
      const rows = (await exported('CSV')).content.trimEnd().split('\r\n');
      assert.equal(rows.length, 1 + spectrum.top.length + spectrum.bottom.length + nodes);
      assert.deepEqual(JSON.parse((await exported('JSON')).content), JSON.parse(JSON.stringify(spectrum)));
    });

    it('compares two results and finds nothing between equal ones', async () => {
      const panel = await open();
      await send(panel, show('comparison'), { kind: 'compare', stored: { ...stored, id: 'same' } });
      await panel.page.getByText(/^0 of \d+ quantities differ/).waitFor();
    });

    it('offers studies a group at a time, draws their charts with the numbers beside, and exports them', async () => {
      const panel = await open();
      const { page } = panel;
      await send(panel, show('studies'), { kind: 'study', group: 'samples' });
      await page.getByText('Not computed yet').waitFor();
      await page.getByRole('button', { name: 'Compute: Noise and samples' }).click();
      assert.deepEqual(await panel.lastPosted('study'), { kind: 'study', group: 'samples' });
      const study: StoredResult['result']['studies'][number] = {
        id: 'C3',
        title: 'Samples that dominate',
        group: 'samples',
        quantities: ['C1.variance'],
        charts: [
          {
            kind: 'lines',
            title: 'A curve',
            x: { title: 'batch', scale: 'log' },
            y: { title: 'noise', scale: 'linear' },
            series: [{ name: 'measured', style: 'line', points: [1, 10, 100].map((x) => ({ x, y: 1 / x })) }],
            marks: [{ axis: 'x', value: 32, label: 'the code' }],
          },
          {
            kind: 'bars',
            title: 'Bars',
            categories: ['first', 'second'],
            y: { title: 'share', scale: 'linear' },
            series: [{ name: 'share', values: [0.2, null], low: [0.1, null], high: [0.3, null] }],
          },
          { kind: 'histogram', title: 'Norms', x: { title: 'norm', scale: 'log' }, edges: [1, 2, 4], counts: [3, 5] },
          {
            kind: 'heatmap',
            title: 'Blocks',
            rows: ['first', 'second'],
            columns: ['first', 'second'],
            values: [
              [1, -0.5],
              [-0.5, null],
            ],
            unit: 'share',
            scale: 'diverging',
          },
        ],
        tables: [{ title: 'Samples', columns: [{ title: 'sample' }, { title: 'norm' }], rows: [[17, 3.5]] }],
        remarks: ['One sample dominates.'],
      };
      await send(panel, { kind: 'result', stored: storedOf('more', { ...stored.result, studies: [study] }) });
      await page.getByText('One sample dominates.').waitFor();
      assert.equal(await page.locator('.study-figure svg.chart').count(), 4);
      const curve = page.locator('.study-figure svg.chart').first();
      await curve.focus();
      await page.keyboard.press('Home');
      assert.match(await page.locator('.study-figure .readout').first().innerText(), /batch 1, noise 1/);
      await page.getByText('As a table').first().click();
      assert.equal(await page.getByRole('grid', { name: 'A curve' }).locator('tbody tr').count(), 3);
      await page.getByRole('button', { name: 'Export A curve as CSV' }).click();
      const saved = await panel.lastPosted<Saved>('save');
      assert.match(saved?.content ?? '', /series,batch,noise/);
      await page.getByText('Compute again').waitFor();
    });

    it('keeps its tab over a reload', async () => {
      const panel = await open();
      await send(panel, show('layers'));
      await panel.page.reload();
      const ready = await panel.lastPosted<FromAnalysisPanel & { kind: 'ready' }>('ready');
      assert.equal(ready?.state?.tab, 'layers');
    });

    it('fits any width in every theme', async () => {
      for (const theme of Object.keys(themes) as ThemeName[])
        // Themes differ in colours and borders, which matter most where room is least.
        for (const width of theme === 'dark' ? [400, 800, 1400] : [400]) {
          const panel = await open(theme, width);
          for (const tab of ['spectrum', 'layers', 'stability', 'noise', 'studies', 'quantities'] as const) {
            await send(panel, show(tab));
            const overflow = await panel.page.evaluate('document.documentElement.scrollWidth - innerWidth');
            assert.ok(Number(overflow) <= 0, `${tab} at ${width} in ${theme} is ${String(overflow)} px too wide`);
          }
          assert.deepEqual(panel.errors, []);
          await panel.close();
          shown = undefined;
        }
    });
  });
}
