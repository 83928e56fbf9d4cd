/** A webview's bundle in a plain page: the messages that VS Code would carry are sent and recorded here. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { themes } from './themes';
import type { ThemeName } from './themes';

export interface PageOptions {
  /** Folder with the bundles. */
  readonly dist: string;
  /** Name of the bundle, without ending. */
  readonly bundle: string;
  readonly theme: ThemeName;
  readonly width: number;
  readonly height?: number;
}

const ADDRESS = 'http://panel.test/';

/** State is kept in the session, as VS Code keeps it over a reload. */
const HOST = `
  window.posted = [];
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => window.posted.push(message),
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  });
`;

export class PanelPage {
  /** Errors of the script, and what the content security policy refused. */
  readonly errors: string[] = [];

  private constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, options: PageOptions): Promise<PanelPage> {
    const { dist, bundle, width, height = 900 } = options;
    const page = await browser.newPage({ viewport: { width, height }, reducedMotion: 'reduce' });
    const opened = new PanelPage(page);
    await page.addInitScript(HOST);
    await page.route(`${ADDRESS}**`, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1);
      if (name === '') await route.fulfill({ contentType: 'text/html', body: html(options) });
      else if (name === `${bundle}.js` || name === `${bundle}.css`)
        await route.fulfill({
          contentType: name.endsWith('js') ? 'text/javascript' : 'text/css',
          body: readFileSync(join(dist, name)),
        });
      else await route.fulfill({ status: 404 });
    });
    await page.goto(ADDRESS);
    return opened;
  }

  /** What the client would send to the panel. */
  async send(...messages: readonly unknown[]): Promise<void> {
    for (const message of messages)
      await this.page.evaluate(
        `window.postMessage(${JSON.stringify(message)}, '*'); new Promise((done) => setTimeout(done))`,
      );
  }

  /** What the panel sent, oldest first. */
  posted(): Promise<{ readonly kind: string }[]> {
    return this.page.evaluate('window.posted');
  }

  /** The last message of a kind; undefined if there was none. */
  async lastPosted<M extends { readonly kind: string }>(kind: M['kind']): Promise<M | undefined> {
    return (await this.posted()).filter((message) => message.kind === kind).at(-1) as M | undefined;
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** The same policy as in the client. */
function html({ bundle, theme }: PageOptions): string {
  const variables = Object.entries(themes[theme]).map(([name, value]) => `--vscode-${name}: ${value};`);
  const kind = theme.startsWith('high-contrast') ? theme : `vscode-${theme}`;
  const classes = theme.startsWith('high-contrast') ? `vscode-high-contrast vscode-${kind}` : kind;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'nonce-test'; style-src ${ADDRESS} 'nonce-test'; img-src data: blob:">
<meta property="csp-nonce" content="test"><title>panel</title><style nonce="test">:root { ${variables.join(' ')} }</style>
<link rel="stylesheet" href="/${bundle}.css"></head>
<body class="${classes}" data-vscode-theme-kind="vscode-${theme}"><script nonce="test" src="/${bundle}.js"></script></body></html>`;
}
