import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const MARKERS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'];
/** Larger scripts are not searched for training code. */
const LARGEST_SCRIPT = 1 << 20;
const MOST_SCRIPTS = 60;

/**
 * The nearest folder at or above the file that looks like a project's root; if none does, the folder from which the file's
 * packages and the scripts above it are imported. Never inside a package.
 */
export function findProjectRoot(file: string): string {
  const own = outsidePackages(dirname(resolve(file)));
  for (let folder = own; ; folder = dirname(folder)) {
    if (MARKERS.some((marker) => existsSync(join(folder, marker)))) return folder;
    if (dirname(folder) === folder) return belowScripts(own);
  }
}

function outsidePackages(folder: string): string {
  let outer = folder;
  while (existsSync(join(outer, '__init__.py')) && dirname(outer) !== outer) outer = dirname(outer);
  return outer;
}

/** Up to the last folder that still holds Python files: `project` for `project/models/net.py` beside `project/train.py`. */
function belowScripts(folder: string): string {
  let outer = folder;
  while (dirname(outer) !== outer && scriptsIn(dirname(outer)).length > 0) outer = dirname(outer);
  return outer;
}

/** Text of a program that trains: it makes an optimizer and steps, or hands a model to something that does. */
const trains = (text: string): boolean =>
  /\boptim\.|optimizers?\b|\bfrom torch\.optim\b/.test(text) &&
  /\.step\s*\(|\.backward\s*\(|\btrain_one_epoch\b/.test(text);

/** A program whose training is elsewhere: what is run, `main.py` or `run.py`, and hands on to a trainer. */
const handsOn = (text: string): boolean =>
  /__name__\s*==/.test(text) || /\bTrainer\s*\(/.test(text)
    ? /\.fit\s*\(|\.train\s*\(|\bTrainer\s*\(/.test(text)
    : false;

const importOf = (module: string): RegExp =>
  new RegExp(`^\\s*(from|import)\\s+[\\w.]*\\b${module.replace(/\W/g, '\\W')}\\b`, 'm');

/**
 * How likely a script trains the model of a file, 0: not. What counts is whether it imports the file (`module`) or a
 * package that holds it, and its name.
 */
function likelihood(script: string, module: string, packages: readonly string[]): number {
  const text = readScript(script);
  const trainsItself = trains(text);
  if (!trainsItself && !handsOn(text)) return 0;
  const uses = importOf(module).test(text) ? 4 : packages.some((name) => importOf(name).test(text)) ? 3 : 0;
  const named = /^(train(ing|er)?|main|run)\.py$/.test(basename(script)) ? 1 : 0;
  return uses === 0 ? named : uses + 2 * Number(trainsItself) + named;
}

/**
 * The script that trains the model of `file`: of those beside it, else in the next folder above (up to `root`), the one
 * that imports it or its package and makes an optimizer, else `train.py`; else the file itself if it trains. Undefined if
 * there is none.
 */
export function findTrainingScript(file: string, root: string): string | undefined {
  const module = basename(file, '.py');
  const packages: string[] = [];
  if (hasOptimizer(readScript(file))) return resolve(file);
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const likely = scriptsIn(folder)
      .filter((script) => script !== resolve(file))
      .map((script) => ({ script, score: likelihood(script, module, packages) }))
      .sort((a, b) => b.score - a.score);
    const [best] = likely;
    if (best !== undefined && best.score > 0) return best.script;
    packages.push(basename(folder));
    if (folder === root || dirname(folder) === folder) break;
  }
  return trains(readScript(file)) ? resolve(file) : undefined;
}

/** A file of everything: the model, and the optimizer of its parameters. */
const hasOptimizer = (text: string): boolean =>
  (/\bdef configure_optimizers\b/.test(text) && /\.fit\s*\(/.test(text)) ||
  (trains(text) && /\.parameters\(\)/.test(text) && /\.zero_grad\s*\(/.test(text));

function scriptsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.py'))
      .sort()
      .slice(0, MOST_SCRIPTS)
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readScript(file: string): string {
  try {
    return statSync(file).size <= LARGEST_SCRIPT ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
