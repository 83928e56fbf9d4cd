/** The HTML that a webview starts with: one bundled script, one bundled style sheet, nothing else may load. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** `bundle`: name in dist/, without ending. Only dist/ is readable to the page. */
export const panelOptions = (extensionUri: vscode.Uri): vscode.WebviewOptions => ({
  enableScripts: true,
  localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist')],
});

/**
 * Images may come from `data:` and `blob:` alone, which is how the page turns its own drawings into PNG. `cspSource` beside the nonce lets
 * the style sheet load; the controls look for it in the meta element.
 */
export function panelPage(webview: vscode.Webview, extensionUri: vscode.Uri, bundle: string, title: string): string {
  const nonce = randomBytes(24).toString('base64url');
  const address = (ending: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', `${bundle}.${ending}`)).toString();
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource} 'nonce-${nonce}'`,
    `font-src ${webview.cspSource}`,
    'img-src data: blob:',
  ].join('; ');
  return `<!doctype html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)}</title>
<link rel="stylesheet" href="${address('css')}" nonce="${nonce}">
</head>
<body><script nonce="${nonce}" src="${address('js')}"></script></body>
</html>`;
}
