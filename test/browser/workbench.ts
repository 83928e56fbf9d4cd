import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';
import type { CodeServer } from './codeServer';
import { placeOfText } from './placeOfText';

export interface WorkbenchOptions {
  readonly browser: Browser;
  readonly server: CodeServer;
  /** The workspace's folder, or its file for several folders. */
  readonly folder?: string;
  readonly workspace?: string;
  /** False: the question for trust is answered with no. */
  readonly trusted?: boolean;
  /** Folder of an extension under development. */
  readonly extension?: string;
  /** A file whose `run` the extension host calls. */
  readonly tests?: string;
  readonly size?: { readonly width: number; readonly height: number };
}

/** Milliseconds that an analysis may take where a browser draws beside it without a graphics card. */
const ANALYSIS_TIME = 100_000;

/** VS Code's editors draw blanks as no-break spaces. */
const plain = (text: string): string => text.replace(/\u00a0/g, ' ');

const remote = (server: CodeServer, path: string): string => `vscode-remote://${server.authority}${path}`;

function address({ server, folder, workspace, extension, tests }: WorkbenchOptions): string {
  const payload = [
    ...(extension === undefined ? [] : [['extensionDevelopmentPath', remote(server, extension)]]),
    ...(tests === undefined ? [] : [['extensionTestsPath', remote(server, tests)]]),
  ];
  const query = new URLSearchParams({
    ...(folder === undefined ? {} : { folder }),
    ...(workspace === undefined ? {} : { workspace }),
    payload: JSON.stringify(payload),
  });
  return `http://${server.authority}/?${query.toString()}`;
}

/** Opens the workbench's page; `prepare` runs before it loads. */
export async function openPage(
  options: WorkbenchOptions,
  prepare: (page: Page, context: BrowserContext) => Promise<void> = () => Promise.resolve(),
): Promise<Page> {
  const context = await options.browser.newContext({ viewport: options.size ?? { width: 1280, height: 800 } });
  const page = await context.newPage();
  await prepare(page, context);
  await page.goto(address(options));
  return page;
}

/** Drives VS Code's workbench in a page as a user does: keys, mouse, what can be seen. Every wait is for a condition. */
export class Workbench {
  private constructor(
    readonly page: Page,
    private readonly artefacts: string,
  ) {}

  static async open(options: WorkbenchOptions, artefacts: string): Promise<Workbench> {
    const page = await openPage(options);
    page.setDefaultTimeout(30_000);
    await page.locator('.monaco-workbench').waitFor();
    if (options.trusted === false) await page.getByRole('button', { name: "No, I don't trust" }).click();
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
    mkdirSync(artefacts, { recursive: true });
    return new Workbench(page, artefacts);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  /** Reloads the window as its command does, after everything that is to be kept is kept; its extension host starts anew. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('domcontentloaded');
    await this.command('Developer: Reload Window');
    await loaded;
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  async screenshot(name: string): Promise<string> {
    const path = join(this.artefacts, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }

  /** What can be seen, in words: for the report of a test that failed where nobody can look. */
  async seen(): Promise<string> {
    const texts = async (name: string, selector: string): Promise<string> =>
      `${name}: ${(await this.page.locator(selector).allInnerTexts()).map(plain).join(' | ') || '-'}`;
    const parts = [
      texts('tabs', '.tabs-container .tab'),
      texts('lenses', '.monaco-editor .codelens-decoration'),
      texts('hover', '.monaco-hover:not(.hidden)'),
      texts('notifications', '.notification-list-item'),
      texts('status', '.statusbar-item'),
      texts('focused', '.monaco-editor.focused .view-line >> nth=0'),
    ];
    return (await Promise.all(parts)).join('\n');
  }

  // ── moving about

  private get quickInput(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  /** The choices a quick pick shows now. */
  get choices(): Locator {
    return this.quickInput.locator('.monaco-list-row');
  }

  private async openQuickInput(key: string): Promise<void> {
    await this.page.keyboard.press(key);
    await this.quickInput.locator('input').first().waitFor();
  }

  /** The palette's rows for a text; leaves the palette open. */
  async paletteRows(text: string): Promise<readonly string[]> {
    await this.openQuickInput('F1');
    await this.page.keyboard.type(text);
    await this.choices.first().waitFor();
    return (await this.choices.allInnerTexts()).map((row) => plain(row).replace(/\s+/g, ' ').trim());
  }

  async escape(): Promise<void> {
    await this.page.keyboard.press('Escape');
  }

  /** Runs a command by its title in the palette, e.g. `Hessian Lens: Analyze Hessian`. */
  async command(title: string): Promise<void> {
    await this.openQuickInput('F1');
    await this.page.keyboard.type(title);
    // Not always the first row: the palette also ranks what was used lately.
    await this.choices
      .and(this.page.locator(`[aria-label^="${title}"]`))
      .first()
      .click();
  }

  /** The same without the mouse: the row that has the focus is the command's. */
  async commandByKeys(title: string): Promise<void> {
    await this.openQuickInput('F1');
    await this.page.keyboard.type(title);
    await this.choices.and(this.page.locator(`.focused[aria-label^="${title}"]`)).waitFor();
    await this.page.keyboard.press('Enter');
  }

  async openFileByKeys(path: string): Promise<void> {
    const [name = path, folder = ''] = path.split('/').reverse();
    await this.openQuickInput('Control+P');
    await this.page.keyboard.type(path);
    await this.choices.and(this.page.locator(`.focused[aria-label*="${name}"][aria-label*="${folder}"]`)).waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator(`.editor-group-container.active .monaco-editor[data-uri$="/${path}"]`).waitFor();
  }

  /** Chooses the row of an open quick pick by its text. */
  async choose(text: string | RegExp): Promise<void> {
    await this.choices.filter({ hasText: text }).first().click();
  }

  /** Opens a file of the workspace by quick open, e.g. `tiny/model.py`, and waits for its editor. */
  async openFile(path: string, line?: number, column = 1): Promise<void> {
    // By Enter: the row under the mouse may be replaced while it is clicked.
    await this.openFileByKeys(path);
    if (line !== undefined) await this.goTo(line, column);
  }

  tab(name: string): Locator {
    return this.page.locator('.tabs-container .tab').filter({ hasText: name });
  }

  async goTo(line: number, column = 1): Promise<void> {
    await this.openQuickInput('Control+G');
    await this.page.keyboard.type(`${line}:${column}`);
    await this.choices.filter({ hasText: `line ${line} and` }).waitFor();
    await this.page.keyboard.press('Enter');
    await this.quickInput.waitFor({ state: 'hidden' });
    await this.page.locator('.monaco-editor.focused').waitFor();
  }

  /** Chooses from the context menu of a file in the explorer; `folder` is opened first where it is closed. */
  async explorerMenu(folder: string, name: string, item: string): Promise<void> {
    const rows = this.page.locator('.explorer-folders-view .monaco-list-row');
    const file = rows.filter({ has: this.page.getByText(name, { exact: true }) }).first();
    if ((await file.count()) === 0) await rows.filter({ has: this.page.getByText(folder, { exact: true }) }).click();
    await file.click({ button: 'right' });
    // A menu that has just opened takes no click, so that the button that opened it chooses nothing.
    const wanted = this.page.locator('.monaco-menu .action-item').filter({ hasText: item }).first();
    await wanted.hover();
    await wanted.and(this.page.locator('.focused')).waitFor();
    await this.page.keyboard.press('Enter');
    await wanted.waitFor({ state: 'detached' });
  }

  async save(): Promise<void> {
    await this.page.keyboard.press('Control+S');
    await this.page.locator('.tabs-container .tab.active:not(.dirty)').first().waitFor();
  }

  /**
   * The learning rate in a file once it is another than `before`: an edit arrives, and this workbench saves by itself.
   * A read between the emptying and the filling of the file finds none; the test's own time limit ends the wait.
   */
  async savedRate(file: string, before: number): Promise<number> {
    for (;;) {
      const rate = /lr=([\d.e+-]+)/.exec(readFileSync(file, 'utf8'))?.[1];
      if (rate !== undefined && Number(rate) !== before) return Number(rate);
      await this.save();
      await this.page.waitForTimeout(100);
    }
  }

  async closeAllEditors(): Promise<void> {
    await this.command('View: Close All Editors');
    await this.page.locator('.tabs-container .tab').first().waitFor({ state: 'detached' });
  }

  // ── what an editor shows

  get editor(): Locator {
    return this.page.locator('.editor-group-container.active .monaco-editor').first();
  }

  /** Drawn lines that hold a text, blanks being no-break spaces there. Hints stand in the text where they are shown. */
  line(text: string): Locator {
    return this.editor.locator('.view-line').filter({ hasText: text.replace(/ /g, '\u00a0') });
  }

  /** One lens; several stand in a row over a line. */
  lens(text: string | RegExp): Locator {
    return this.editor.locator('.codelens-decoration a, .codelens-decoration span').filter({ hasText: text });
  }

  /** The text of a lens once it is there, which for results is when an analysis has its first number. */
  async lensText(text: string | RegExp): Promise<string> {
    const lens = this.lens(text).first();
    await lens.waitFor({ timeout: ANALYSIS_TIME });
    return plain(await lens.innerText());
  }

  /** Clicks a lens until it does something: lenses are drawn anew as readings arrive, and a click in that moment is lost. */
  async clickLens(text: string | RegExp, effect: Locator): Promise<void> {
    for (let isDone = false; !isDone;) {
      await this.lens(text).first().click();
      isDone = await effect
        .first()
        .waitFor({ timeout: 5_000 })
        .then(
          () => true,
          () => false,
        );
    }
  }

  /** The end of a model's analysis, by its notification. */
  async analysisEnd(model: string): Promise<void> {
    await this.notification(`Hessian of ${model}`).waitFor({ state: 'detached', timeout: ANALYSIS_TIME });
  }

  squiggle(severity: 'error' | 'warning' | 'info' | 'hint'): Locator {
    return this.editor.locator(`.squiggly-${severity}`);
  }

  get hoverWidget(): Locator {
    return this.page.locator('.monaco-hover:not(.hidden) .hover-contents, .monaco-editor-hover .hover-contents');
  }

  /** Rests the mouse on the first `token` of the line that holds `lineText`, and gives what the hover says once it holds `expected`. */
  async hover(lineText: string, token: string, expected: string | RegExp): Promise<string> {
    const { x, y } = await this.placeOf(lineText, token);
    // A hover opens where the mouse comes to rest, so it has to come from elsewhere.
    await this.page.mouse.move(x + 40, y + 200);
    await this.page.mouse.move(x, y, { steps: 5 });
    const content = this.hoverWidget.filter({ hasText: expected }).first();
    await content.waitFor();
    return plain(await content.innerText());
  }

  /** The middle of a piece of drawn text, in the page's pixels. */
  private async placeOf(lineText: string, token: string): Promise<{ readonly x: number; readonly y: number }> {
    const line = this.line(lineText).first();
    await line.waitFor();
    return line.evaluate(placeOfText, token);
  }

  /** The hover at the cursor by keyboard. */
  async keyboardHover(expected: string | RegExp): Promise<string> {
    await this.page.keyboard.press('Control+K');
    await this.page.keyboard.press('Control+I');
    const content = this.hoverWidget.filter({ hasText: expected }).first();
    await content.waitFor();
    return plain(await content.innerText());
  }

  /** Opens the quick fixes at the cursor. */
  async quickFixes(): Promise<Locator> {
    await this.page.keyboard.press('Control+.');
    const menu = this.page.locator('.action-widget');
    await menu.waitFor();
    return menu.locator('.monaco-list-row');
  }

  /** Chooses a row of the open quick fixes by keyboard; the mouse would have to wait for the menu's fading. */
  async chooseFix(text: string): Promise<void> {
    const rows = this.page.locator('.action-widget .monaco-list-row.action');
    const wanted = rows.filter({ hasText: text }).first();
    await wanted.waitFor();
    const count = await rows.count();
    for (let pressed = 0; pressed <= count; pressed++) {
      if (/\bfocused\b/.test((await wanted.getAttribute('class')) ?? '')) break;
      await this.page.keyboard.press('ArrowDown');
    }
    await this.page.keyboard.press('Enter');
    await this.page.locator('.action-widget').waitFor({ state: 'hidden' });
  }

  // ── around the editor

  get notifications(): Locator {
    return this.page.locator(
      '.notifications-toasts .notification-list-item, .notifications-center .notification-list-item',
    );
  }

  notification(text: string | RegExp): Locator {
    return this.notifications.filter({ hasText: text });
  }

  statusItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item').filter({ hasText: text });
  }

  /** The document inside the webview or custom editor shown in the active group. */
  webview(index = 0): FrameLocator {
    return this.page.locator('iframe.webview.ready').nth(index).contentFrame().frameLocator('#active-frame');
  }

  /** Switches the colour theme by its label, e.g. `Light Modern`. */
  async theme(label: string): Promise<void> {
    await this.command('Preferences: Color Theme');
    await this.quickInput.locator('input[placeholder^="Select Color Theme"]').waitFor();
    await this.page.keyboard.type(label);
    await this.choices.filter({ hasText: label }).first().waitFor();
    await this.page.keyboard.press('Enter');
    await this.quickInput.waitFor({ state: 'hidden' });
  }
}
