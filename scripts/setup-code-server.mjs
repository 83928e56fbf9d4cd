// Installs a real VS Code (server and web workbench) for the tests that run inside it, from the npm registry alone.
//
//   npm run setup:code-server            installs once into the user's cache folder; later runs find it there
//
// HESSIAN_LENS_CODE_SERVER=FOLDER uses another copy (the folder that holds out/server-main.js).
// Needs chromium, ripgrep, a C++ compiler, make and Python; libkrb5-dev lets kerberos be built, which the tests do without.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The last release for Node 20; it holds VS Code 1.100.3. */
const version = '4.100.3';

/** Native packages of VS Code's server. Without kerberos only proxies that ask for it are out of reach. */
const natives = ['@vscode/spdlog', 'node-pty', 'native-watchdog'];
const optionalNatives = ['kerberos'];

export class SetupError extends Error {}

/** The first of these programs on the PATH, or undefined. */
export function findProgram(...names) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
}

/** Chromium's path; CHROMIUM overrides the search. */
export function findChromium() {
  const given = process.env.CHROMIUM;
  const found = given ?? findProgram('chromium', 'chromium-browser', 'google-chrome');
  if (found === undefined || !existsSync(found))
    throw new SetupError(
      `${given === undefined ? 'No chromium on the PATH' : `CHROMIUM=${given} does not exist`}. Install it: apt-get install chromium`,
    );
  return found;
}

function findRipgrep() {
  const found = findProgram('rg');
  if (found === undefined) throw new SetupError('No ripgrep (rg) on the PATH. Install it: apt-get install ripgrep');
  return found;
}

function requireCompiler() {
  const missing = ['make', 'g++', 'python3'].filter((name) => findProgram(name) === undefined);
  if (missing.length > 0)
    throw new SetupError(
      `VS Code's native packages cannot be built without ${missing.join(', ')}. Install them: apt-get install build-essential python3`,
    );
}

/** Node's own headers, beside its executable or under /usr, so that node-gyp downloads none. */
function headersEnvironment() {
  const prefixes = [dirname(dirname(process.execPath)), '/usr'];
  const found = prefixes.find((prefix) => existsSync(join(prefix, 'include', 'node', 'node_api.h')));
  return found === undefined ? {} : { npm_config_nodedir: found };
}

function npm(folder, ...args) {
  // npm's own settings for this project, which it hands to its scripts, must not reach another package.
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(config|package)_/i.test(name)),
  );
  const run = spawnSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    env: { ...environment, ...headersEnvironment() },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (run.error !== undefined) throw new SetupError(`npm could not be started: ${run.error.message}`);
  return { ok: run.status === 0, output: `${run.stdout}${run.stderr}` };
}

function npmOrFail(folder, ...args) {
  const { ok, output } = npm(folder, ...args);
  if (!ok)
    throw new SetupError(`npm ${args.join(' ')} failed in ${folder}:\n${output.split('\n').slice(-40).join('\n')}`);
}

/** Whether a native package left a binary; npm's exit status says too little, node-pty's own script always fails. */
const isBuilt = (vscode, name) => existsSync(join(vscode, 'node_modules', name, 'build', 'Release'));

function buildNatives(vscode, names, report) {
  report(`building ${names.join(', ')}`);
  const { output } = npm(vscode, 'rebuild', ...names);
  const missing = names.filter((name) => !isBuilt(vscode, name));
  return { missing, output };
}

function install(target, report) {
  requireCompiler();
  const ripgrep = findRipgrep();
  mkdirSync(dirname(target), { recursive: true });
  // In a folder of its own first: an interrupted installation is never taken for a whole one.
  const folder = mkdtempSync(`${target}-`);
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true }));
    report(`installing code-server ${version}`);
    npmOrFail(folder, 'install', '--ignore-scripts', `code-server@${version}`);
    const vscode = join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
    report('installing the packages of its VS Code');
    npmOrFail(vscode, 'install', '--omit=dev', '--ignore-scripts');
    const { missing, output } = buildNatives(vscode, natives, report);
    if (missing.length > 0)
      throw new SetupError(`${missing.join(', ')} could not be built:\n${output.split('\n').slice(-40).join('\n')}`);
    if (buildNatives(vscode, optionalNatives, report).missing.length > 0)
      report('kerberos was not built (apt-get install libkrb5-dev would let it); the tests do not need it');
    symlinkSync('node_modules', join(vscode, 'node_modules.asar'));
    linkRipgrep(vscode, ripgrep);
    renameSync(folder, target);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function linkRipgrep(vscode, ripgrep) {
  const path = join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin', 'rg');
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  symlinkSync(ripgrep, path);
}

function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  // Native packages belong to one version of Node's binary interface.
  return join(base, 'hessian-lens', `code-server-${version}-abi${process.versions.modules}`);
}

/** Installs VS Code where it is missing. Returns the folder that holds out/server-main.js. */
export function setUpCodeServer(report = () => undefined) {
  const given = process.env.HESSIAN_LENS_CODE_SERVER;
  const target = cacheFolder();
  const vscode = given ?? join(target, 'node_modules', 'code-server', 'lib', 'vscode');
  if (existsSync(join(vscode, 'out', 'server-main.js'))) return vscode;
  if (given !== undefined) throw new SetupError(`HESSIAN_LENS_CODE_SERVER=${given} holds no out/server-main.js.`);
  rmSync(target, { recursive: true, force: true });
  install(target, report);
  return vscode;
}

/** VS Code's version in that folder. */
export const vscodeVersion = (vscode) => JSON.parse(readFileSync(join(vscode, 'package.json'), 'utf8')).version;

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const vscode = setUpCodeServer((line) => console.log(line));
    console.log(`VS Code ${vscodeVersion(vscode)} with ${findChromium()} is ready in ${vscode}`);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}
