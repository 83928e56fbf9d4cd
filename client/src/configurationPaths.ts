/** Settings that name files: relative to the workspace folder for the user, absolute for the server, which knows no such folder. */
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';
import type { ConfigurationMiddleware } from 'vscode-languageclient/node';
import { resolveSettingPaths } from './settingPaths';

/** Middleware of `workspace/configuration`. */
export const absolutePaths: ConfigurationMiddleware = {
  async configuration(params, token, next) {
    const sections: unknown = await next(params, token);
    if (!Array.isArray(sections)) return [];
    return sections.map((section: unknown, i) => {
      const item = params.items[i];
      if (item?.section !== 'hessianLens') return section;
      const folder = folderFor(item.scopeUri);
      return folder === undefined ? section : resolveSettingPaths(section, (path) => absolute(path, folder));
    });
  },
};

function folderFor(scope: string | undefined): string | undefined {
  const { workspaceFolders: folders = [] } = vscode.workspace;
  const own = scope === undefined ? undefined : vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(scope));
  return (own ?? folders[0])?.uri.fsPath;
}

function absolute(path: string, folder: string): string {
  const expanded = path.replace(/\$\{workspaceFolder\}/g, folder);
  return isAbsolute(expanded) ? expanded : join(folder, expanded);
}
