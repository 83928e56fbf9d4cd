/** Which script of a project trains a model. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { scriptsIn } from './projectRoot';

/** Larger scripts are not searched for training code. */
const LARGEST_SCRIPT = 1 << 20;
/** Scripts of other folders that are looked into. */
const MOST_FAR_SCRIPTS = 300;
const DEEPEST = 5;
const skipped = /^(\..*|node_modules|site-packages|__pycache__|v?env|build|dist|tests?)$/;

/** Loops that train, with an optimizer from wherever. */
const trains = (text: string): boolean =>
  /\boptim\.|optimizers?\b|\bfrom torch\.optim\b/.test(text) &&
  /\.step\s*\(|\.backward\s*\(|\btrain_one_epoch\b/.test(text);

/** Keras trains by two calls. */
const compilesAndFits = (text: string): boolean => /\.compile\s*\(/.test(text) && /\.fit(_generator)?\s*\(/.test(text);

const makesOptimizer = (text: string): boolean =>
  compilesAndFits(text) ||
  /\b(SGD|ASGD|Adam\w*|NAdam|RAdam|RMSprop|Rprop|Adagrad|Adadelta|Adafactor|LBFGS|Lion|LAMB|Muon)\s*\(/.test(text) ||
  /\boptim\.\w+\(|getattr\(\s*(torch\.)?optim\b|\w*optimizers?\s*=\s*\w*optimizers?\w*\(|\bdef configure_optimizers\b/i.test(
    text,
  );

/** It does something when it is run: a part for `__main__`, or calls and loops at its top level. */
const isProgram = (text: string): boolean => /__name__\s*==|^(for|while|with) |^(\w+\.)*\w+\(/m.test(text);

/** Not a library of training loops, which another program calls with its model. */
const isTraining = (text: string): boolean =>
  trains(text) ? makesOptimizer(text) || isProgram(text) : makesOptimizer(text) && isProgram(text);

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
function likelihood(script: string, module: string, packages: readonly string[], trainsIt: typeof trains): number {
  const text = readScript(script);
  const trainsItself = trainsIt(text);
  if (!trainsItself && !handsOn(text)) return 0;
  const uses = importOf(module).test(text) ? 4 : packages.some((name) => importOf(name).test(text)) ? 3 : 0;
  const named = /^(train(ing|er)?|main|run)\.py$/.test(basename(script)) ? 1 : 0;
  return uses === 0 ? named : uses + 2 * Number(trainsItself) + named;
}

/**
 * The script that trains the model of `file`: of those beside it, else in the next folder above (up to `root`), the one
 * that imports it or its package and makes an optimizer, else `train.py`; else the file itself if it trains, else one of
 * another folder that imports it. Undefined if there is none.
 */
export function findTrainingScript(file: string, root: string): string | undefined {
  if (hasOptimizer(readScript(file))) return resolve(file);
  const near = nearScript(file, root, isTraining);
  if (near !== undefined) return near;
  if (isTraining(readScript(file))) return resolve(file);
  return (
    farScript(file, root) ?? nearScript(file, root, trains) ?? (trains(readScript(file)) ? resolve(file) : undefined)
  );
}

function nearScript(file: string, root: string, trainsIt: typeof trains): string | undefined {
  const module = basename(file, '.py');
  const packages: string[] = [];
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const likely = scriptsIn(folder)
      .filter((script) => script !== resolve(file))
      .map((script) => ({ script, score: likelihood(script, module, packages, trainsIt) }))
      .sort((a, b) => b.score - a.score);
    const [best] = likely;
    if (best !== undefined && best.score > 0) return best.script;
    packages.push(basename(folder));
    if (folder === root || dirname(folder) === folder) return undefined;
  }
}

/** In a folder that is neither the model's nor above it; it must import the file, and not one of that name beside itself. */
function farScript(file: string, root: string): string | undefined {
  const module = basename(file, '.py');
  const scored = scriptsBelow(root)
    .filter((script) => importOf(module).test(readScript(script)) && !existsSync(join(dirname(script), `${module}.py`)))
    .map((script) => ({ script, score: likelihood(script, module, [], isTraining) }))
    .sort((a, b) => b.score - a.score);
  const [best] = scored;
  return best !== undefined && best.score > 0 ? best.script : undefined;
}

function scriptsBelow(root: string): string[] {
  const found: string[] = [];
  const pending = [{ folder: root, depth: 0 }];
  for (let next = pending.shift(); next !== undefined && found.length < MOST_FAR_SCRIPTS; next = pending.shift()) {
    const { folder, depth } = next;
    found.push(...scriptsIn(folder).filter((script) => !/^(test_|conftest)|_test\.py$/.test(basename(script))));
    if (depth < DEEPEST)
      pending.push(...foldersIn(folder).map((name) => ({ folder: join(folder, name), depth: depth + 1 })));
  }
  return found.slice(0, MOST_FAR_SCRIPTS);
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !skipped.test(entry.name))
      .map(({ name }) => name)
      .sort()
      .slice(0, MOST_FAR_SCRIPTS);
  } catch {
    return [];
  }
}

/** A file of everything: the model, and the optimizer of its parameters. */
const hasOptimizer = (text: string): boolean =>
  compilesAndFits(text) ||
  (/\bdef configure_optimizers\b/.test(text) && /\.fit\s*\(/.test(text)) ||
  (trains(text) && /\.parameters\(\)/.test(text) && /\.zero_grad\s*\(/.test(text));

function readScript(file: string): string {
  try {
    return statSync(file).size <= LARGEST_SCRIPT ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
