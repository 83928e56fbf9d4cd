// Makes the extension's package for one platform, holding only what runs there.
//
//   npm run package [-- --target linux-x64] [-- --out FILE.vsix]
//
// The files are laid out in a folder of their own first; what is in it is what is in the package. Needs no network.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundles } from './build.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Loaded at run time beside the bundles; the native build of TensorFlow.js is the user's own to add. */
const runtimePackages = [
  'onnxruntime-node',
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-cpu',
  'typescript',
];

/** Beside the bundles; all but the first few are there only once the extension contributes them. */
const requiredFiles = ['README.md', 'CHANGELOG.md', 'LICENSE', 'docs/findings', 'examples/digits', 'syntaxes'];
const optionalFiles = ['docs/media', 'docs/schema', 'media', 'schema', 'l10n', 'package.nls.json'];

class PackageError extends Error {}

/** `linux-x64` of this machine. */
const thisTarget = () => `${process.platform}-${process.arch}`;

function checkedTarget(target) {
  if (!/^(linux|darwin|win32)-(x64|arm64)$/.test(target))
    throw new PackageError(
      `Unknown target ${target}. Known: linux-x64, linux-arm64, darwin-x64, darwin-arm64, win32-x64, win32-arm64.`,
    );
  return target.split('-');
}

/** Bundles the programs and gives the packages that went into them. */
async function bundlePrograms(stage) {
  const inputs = [];
  for (const options of bundles({
    outdir: join(stage, 'dist'),
    minify: true,
    sourcemap: false,
    metafile: true,
    legalComments: 'none',
  }))
    inputs.push(...Object.keys((await build(options)).metafile.inputs));
  return inputs;
}

/** The folder and name of the package that holds a file, e.g. node_modules/a/node_modules/@b/c/d.js → …/@b/c. */
function packageOf(path) {
  const match = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path);
  return match === null ? undefined : { folder: match[1], name: match[2] };
}

/** Every file that the packages loaded at run time load themselves, relative to the repository. */
async function runtimeFiles() {
  const { metafile } = await build({
    stdin: {
      contents: runtimePackages.map((name) => `require(${JSON.stringify(name)});`).join('\n'),
      resolveDir: root,
    },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    logLevel: 'error',
    // TensorFlow.js asks for it only where there is no global fetch; Node 20 has one.
    external: ['node-fetch'],
    // A binary reached by a name made at run time; copied by platform below.
    loader: { '.node': 'empty' },
    // As require finds them, not as a bundler would.
    mainFields: ['main'],
  });
  return Object.keys(metafile.inputs).filter((path) => path.includes('node_modules/') && !path.endsWith('.node'));
}

/** The bundles' own node_modules: beside them, so that `require` looks there first. */
const stagedPath = (stage, path) => join(stage, 'dist', path);

function copyFile(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true });
}

/** What a package says about itself, less scripts, dependencies and module type: all files here are those that `require` gets. */
function stagePackageJson(stage, folder) {
  const { name, version, license, main, exports } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  writeFileSync(
    stagedPath(stage, join(folder, 'package.json')),
    JSON.stringify({ name, version, license, main, exports }, null, 2),
  );
}

function stageNativeEngine(stage, [platform, arch]) {
  const napi = 'node_modules/onnxruntime-node/bin/napi-v6';
  const folder = join(napi, platform, arch);
  if (!existsSync(join(root, folder))) {
    console.log(`onnxruntime has no build for ${platform}-${arch}: this package computes with TensorFlow.js alone`);
    return;
  }
  const files = readdirSync(join(root, folder));
  const binding = readFileSync(join(root, folder, 'onnxruntime_binding.node'), 'latin1');
  for (const file of files) {
    // macOS: the same library lies there under two names, and the binding asks for one of them.
    if (file.endsWith('.dylib') && !binding.includes(file)) continue;
    copyFile(join(root, folder, file), stagedPath(stage, join(folder, file)));
  }
}

function stageWasm(stage) {
  const folder = 'node_modules/@tensorflow/tfjs-backend-wasm/dist';
  for (const file of readdirSync(join(root, folder)).filter((name) => name.endsWith('.wasm')))
    copyFile(join(root, folder, file), stagedPath(stage, join(folder, file)));
}

function licenseText(folder) {
  const found = readdirSync(join(root, folder)).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
  const { license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const texts = found.map((name) => readFileSync(join(root, folder, name), 'utf8').trim());
  return texts.length > 0 ? texts.join('\n\n') : `Licence: ${license}`;
}

/** One file with the licences of everything in the package that others wrote. */
function stageNotices(stage, folders) {
  const sections = folders.map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n${'='.repeat(`${name} ${version}`.length)}\n\n${licenseText(folder)}\n`;
  });
  writeFileSync(join(stage, 'ThirdPartyNotices.txt'), sections.join('\n\n'));
}

function stageManifest(stage) {
  const { scripts, devDependencies, dependencies, optionalDependencies, private: _private, ...kept } = manifest;
  void [scripts, devDependencies, dependencies, optionalDependencies, _private];
  writeFileSync(join(stage, 'package.json'), JSON.stringify(kept, null, 2));
}

async function fillStage(stage, target) {
  const inputs = await bundlePrograms(stage);
  const files = await runtimeFiles();
  for (const path of files) copyFile(join(root, path), stagedPath(stage, path));
  const folders = new Map(
    files.flatMap((path) => (packageOf(path) === undefined ? [] : [[packageOf(path).folder, true]])),
  );
  for (const folder of folders.keys()) stagePackageJson(stage, folder);
  stageNativeEngine(stage, checkedTarget(target));
  stageWasm(stage);

  for (const path of inputs) {
    const found = packageOf(path);
    if (found !== undefined) folders.set(found.folder, true);
  }
  stageNotices(stage, [...folders.keys()].sort());
  for (const path of requiredFiles) copyFile(join(root, path), join(stage, path));
  for (const path of optionalFiles.filter((name) => existsSync(join(root, name))))
    copyFile(join(root, path), join(stage, path));
  if (manifest.icon !== undefined) copyFile(join(root, manifest.icon), join(stage, manifest.icon));
  stageManifest(stage);
}

function runVsce(stage, target, out) {
  const require = createRequire(import.meta.url);
  const vsce = join(dirname(require.resolve('@vscode/vsce/package.json')), 'vsce');
  const run = spawnSync(
    process.execPath,
    [vsce, 'package', '--target', target, '--out', out]
      // Dependencies are in the stage already; there is no public repository whose address links could be made from.
      .concat(['--no-dependencies', '--no-rewrite-relative-links', '--allow-missing-repository'])
      .concat(['--skip-license']),
    { cwd: stage, encoding: 'utf8' },
  );
  if (run.status !== 0) throw new PackageError(`vsce failed:\n${run.stdout}${run.stderr}`);
}

const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function report(stage, out) {
  const files = filesUnder(stage).map((path) => ({ path: relative(stage, path), bytes: statSync(path).size }));
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = files.sort((a, b) => b.bytes - a.bytes).slice(0, 12);
  for (const { path, bytes } of largest) console.log(`${mebibytes(bytes).padStart(10)}  ${path}`);
  console.log(
    `${basename(out)}: ${mebibytes(statSync(out).size)} (${files.length} files, ${mebibytes(total)} unpacked)`,
  );
}

async function main() {
  const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
  const target = values.target ?? thisTarget();
  checkedTarget(target);
  const out = resolve(values.out ?? join(root, `${manifest.name}-${target}-${manifest.version}.vsix`));
  const stage = mkdtempSync(join(tmpdir(), 'hessian-lens-package-'));
  try {
    await fillStage(stage, target);
    runVsce(stage, target, out);
    report(stage, out);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof PackageError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
