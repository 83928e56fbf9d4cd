import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** VS Code's server as the tests use it: own data, own extensions, gone after `stop`. */
export interface CodeServer {
  /** host:port, the authority of its `vscode-remote` URIs. */
  readonly authority: string;
  readonly dataFolder: string;
  readonly processId: number;
  /** What it printed so far. */
  log(): string;
  stop(): Promise<void>;
}

export interface CodeServerOptions {
  /** Holds out/server-main.js. */
  readonly vscode: string;
  /** User settings by key, over the quiet ones of the tests. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Packaged extensions to install. */
  readonly vsix?: readonly string[];
  /** For the server and so for the extension host. */
  readonly environment?: Readonly<Record<string, string>>;
  /** False asks for trust in the folder, as a user is asked. */
  readonly trusted?: boolean;
}

/** No marketplace: nothing is asked of the network. */
const noGallery = JSON.stringify({ serviceUrl: '' });

/** Nothing that pops up, moves or loads from elsewhere. */
const quietSettings: Readonly<Record<string, unknown>> = {
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.commandCenter.enabled': false,
  // The web workbench saves by itself otherwise.
  'files.autoSave': 'off',
  'files.simpleDialog.enable': true,
  'git.enabled': false,
  'editor.minimap.enabled': false,
  'editor.accessibilitySupport': 'off',
  'window.commandCenter': false,
};

function writeSettings(dataFolder: string, settings: Readonly<Record<string, unknown>>): void {
  const content = JSON.stringify({ ...quietSettings, ...settings }, null, 2);
  // The web workbench keeps user settings in the browser unless the server has a user folder; machine settings hold in both.
  for (const level of ['User', 'Machine']) {
    mkdirSync(join(dataFolder, 'data', level), { recursive: true });
    writeFileSync(join(dataFolder, 'data', level, 'settings.json'), content);
  }
}

function installExtensions(vscode: string, folders: readonly string[], vsix: readonly string[]): void {
  for (const file of vsix) {
    const run = spawnSync(
      process.execPath,
      [join(vscode, 'out', 'server-main.js'), ...folders, '--accept-server-license-terms', '--install-extension', file],
      { encoding: 'utf8' },
    );
    if (run.status !== 0) throw new Error(`VS Code did not install ${file}:\n${run.stdout}${run.stderr}`);
  }
}

/** Ends the server and the extension hosts it started. */
async function endGroup(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}

/** Starts VS Code's server on a free port and waits until it listens. */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'hessian-lens-vscode-'));
  const extensions = join(dataFolder, 'extensions');
  mkdirSync(extensions, { recursive: true });
  writeSettings(dataFolder, options.settings ?? {});
  const folders = ['--server-data-dir', dataFolder, '--extensions-dir', extensions];
  installExtensions(options.vscode, folders, options.vsix ?? []);

  const child = spawn(
    process.execPath,
    [
      join(options.vscode, 'out', 'server-main.js'),
      ...['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--accept-server-license-terms'],
      ...folders,
      '--disable-telemetry',
      ...(options.trusted === false ? [] : ['--disable-workspace-trust']),
    ],
    {
      env: {
        ...process.env,
        EXTENSIONS_GALLERY: noGallery,
        // Its sockets go with its data.
        XDG_RUNTIME_DIR: dataFolder,
        ...options.environment,
      },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  const onExit = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
  };
  process.once('exit', onExit);
  const port = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log += chunk.toString('utf8');
      const bound = /bound to 127\.0\.0\.1:(\d+)/.exec(log);
      if (bound?.[1] !== undefined) resolve(bound[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`VS Code's server ended with ${String(code)}:\n${log}`)));
  });
  return {
    authority: `127.0.0.1:${port}`,
    dataFolder,
    processId: child.pid ?? 0,
    log: () => log,
    stop: async () => {
      await endGroup(child);
      process.removeListener('exit', onExit);
      rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
