/** The folders that are open, and what the editor's settings say in each. */
import { dirname, isAbsolute, join, sep } from 'node:path';
import type { Connection, WorkspaceFolder } from 'vscode-languageserver/node';
import { findProjectRoot } from '../project/projectRoot';
import type { ModelSettings } from '../project/settings';
import type { EditorSettings } from '../protocol/editor';
import type { Unit } from './documents';
import { pathOf } from './paths';
import { log } from './tell';
import { defaultSettings, settingsFrom } from './settings';

interface Folder {
  readonly uri: string;
  readonly path: string;
}

const SECTION = 'hessianLens';

const isWithin = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

export class Workspace {
  private folders: readonly Folder[] = [];
  private general: EditorSettings = defaultSettings;
  private readonly ofFolder = new Map<string, EditorSettings>();

  get settings(): EditorSettings {
    return this.general;
  }

  get paths(): string[] {
    return this.folders.map(({ path }) => path);
  }

  /** Folders that are not on this machine have no place here. */
  change(added: readonly WorkspaceFolder[], removed: readonly WorkspaceFolder[] = []): void {
    const gone = new Set(removed.map(({ uri }) => uri));
    const kept = this.folders.filter(({ uri }) => !gone.has(uri));
    this.folders = [
      ...kept,
      ...added.flatMap(({ uri }) => {
        const path = pathOf(uri);
        return path === undefined ? [] : [{ uri, path }];
      }),
    ];
  }

  /** Imports of a unit never leave this folder. */
  rootOf({ path, onDisk }: Unit): string {
    return this.folderOf(path)?.path ?? (onDisk ? findProjectRoot(path) : dirname(path));
  }

  /** Paths count from the unit's folder. */
  modelSettings(unit: Unit): ModelSettings {
    const folder = this.folderOf(unit.path) ?? this.folders[0];
    const { checkpoint, weights, data, loss, trainScript, latencies, sitePackages } =
      this.ofFolder.get(folder?.uri ?? '') ?? this.general;
    const base = folder?.path ?? dirname(unit.path);
    const absolute = (path: string): string => {
      const expanded = path.replaceAll('${workspaceFolder}', base);
      return expanded === '' || isAbsolute(expanded) ? expanded : join(base, expanded);
    };
    const said = {
      checkpoint: absolute(checkpoint),
      weights,
      data: absolute(data),
      loss,
      trainScript: absolute(trainScript),
      latencies: absolute(latencies),
      sitePackages: sitePackages.map(absolute),
    };
    return Object.fromEntries(Object.entries(said).filter(([, value]) => value.length > 0));
  }

  /** Asks the editor for its settings. Resolves with whether they are others than before. */
  async pull(connection: Connection): Promise<boolean> {
    const { folders } = this;
    try {
      const items = [{ section: SECTION }, ...folders.map(({ uri }) => ({ section: SECTION, scopeUri: uri }))];
      const [general, ...each] = (await connection.workspace.getConfiguration(items)) as unknown[];
      return this.take(general, new Map(folders.map(({ uri }, i) => [uri, each[i]])));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log(connection, 'warn', `the editor gave no settings: ${reason}`);
      return false;
    }
  }

  /** Settings that an editor sends unasked. */
  push(given: unknown): boolean {
    const section =
      typeof given === 'object' && given !== null && SECTION in given
        ? (given as Record<string, unknown>)[SECTION]
        : given;
    return this.take(section, new Map());
  }

  private take(general: unknown, ofFolder: ReadonlyMap<string, unknown>): boolean {
    const before = JSON.stringify([this.general, ...this.ofFolder]);
    this.general = settingsFrom(general);
    this.ofFolder.clear();
    for (const [uri, given] of ofFolder) this.ofFolder.set(uri, settingsFrom(given));
    return JSON.stringify([this.general, ...this.ofFolder]) !== before;
  }

  /** The innermost one. */
  private folderOf(path: string): Folder | undefined {
    return this.folders
      .filter((folder) => isWithin(path, folder.path))
      .sort((a, b) => b.path.length - a.path.length)[0];
  }
}
