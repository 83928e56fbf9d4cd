// Builds @tensorflow/tfjs-node against a TensorFlow that is already installed with pip, instead of downloading one.
//
//   npm run setup:tfjs-node -- PATH_OF_TENSORFLOW
//
// PATH_OF_TENSORFLOW is the package's folder, e.g. …/site-packages/tensorflow (it holds libtensorflow_cc.so.2 and include/).
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function fail(message) {
  console.error(message);
  process.exit(2);
}

/** The folder given, or the one the default Python would import. */
function findTensorflow(given) {
  if (given !== undefined) return resolve(given);
  const found = spawnSync(
    'python3',
    ['-c', 'import importlib.util as u; print(u.find_spec("tensorflow").submodule_search_locations[0])'],
    {
      encoding: 'utf8',
    },
  );
  if (found.status === 0) return found.stdout.trim();
  return fail(
    'No TensorFlow found. Install it (pip install tensorflow_cpu) and pass its folder: npm run setup:tfjs-node -- …/site-packages/tensorflow',
  );
}

function link(target, path) {
  rmSync(path, { force: true, recursive: true });
  symlinkSync(target, path);
}

const tensorflow = findTensorflow(process.argv[2]);
const libraries = readdirSync(tensorflow).filter((name) => /^libtensorflow_(cc|framework)\.so\.2$/.test(name));
if (libraries.length < 2)
  fail(
    `${tensorflow} holds no libtensorflow_cc.so.2 and libtensorflow_framework.so.2: is it the folder of the Python package tensorflow 2?`,
  );

const packageFolder = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
if (!existsSync(packageFolder)) fail('@tensorflow/tfjs-node is not installed. Run: npm ci --include=optional');

const deps = join(packageFolder, 'deps');
mkdirSync(join(deps, 'lib'), { recursive: true });
link(join(tensorflow, 'include'), join(deps, 'include'));
for (const library of libraries) link(join(tensorflow, library), join(deps, 'lib', library));
link(join(tensorflow, 'libtensorflow_cc.so.2'), join(deps, 'lib', 'libtensorflow.so'));
link(join(tensorflow, 'libtensorflow_framework.so.2'), join(deps, 'lib', 'libtensorflow_framework.so'));

// Node's own headers lie beside its executable or, with a distribution's package, under /usr.
const prefixes = [dirname(dirname(process.execPath)), '/usr'];
const headers = prefixes.find((prefix) => existsSync(join(prefix, 'include', 'node', 'node_api.h')));
const nodeGyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js', {
  paths: [root, join(dirname(dirname(process.execPath)), 'lib', 'node_modules', 'npm')],
});
const binding = join(packageFolder, 'lib', 'napi-v8');
execFileSync(
  process.execPath,
  [
    nodeGyp,
    'rebuild',
    ...(headers === undefined ? [] : [`--nodedir=${headers}`]),
    '--napi_build_version=8',
    '--module_name=tfjs_binding',
    `--module_path=${binding}`,
  ],
  { cwd: packageFolder, stdio: 'inherit' },
);
execFileSync(
  process.execPath,
  [
    '-e',
    "const tf=require('@tensorflow/tfjs-node');console.log('tfjs-node runs with TensorFlow', tf.version['tfjs-node'])",
  ],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
