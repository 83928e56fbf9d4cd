/** Which script of a project trains a model. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { scriptsIn } from './projectRoot';
import { trainingLanguageOf, type TrainingLanguage } from './trainingLanguage';

/** Larger scripts are not searched for training code. */
const LARGEST_SCRIPT = 1 << 20;
/** Scripts of other folders that are looked into. */
const MOST_FAR_SCRIPTS = 300;
const DEEPEST = 5;
const skipped = /^(\..*|node_modules|site-packages|__pycache__|v?env|build|dist|tests?)$/;

/**
 * How likely a script trains the model of a file, 0: not. What counts is whether it imports the file (`module`) or a
 * package that holds it, and its name.
 */
function likelihood(
  script: string,
  module: string,
  packages: readonly string[],
  { importOf, handsOn, isUsualName }: TrainingLanguage,
  trainsIt: (text: string) => boolean,
): number {
  const text = readScript(script);
  const trainsItself = trainsIt(text);
  if (!trainsItself && !handsOn(text)) return 0;
  const uses = importOf(module).test(text) ? 4 : packages.some((name) => importOf(name).test(text)) ? 3 : 0;
  const named = isUsualName(basename(script)) ? 1 : 0;
  return uses === 0 ? named : uses + 2 * Number(trainsItself) + named;
}

/**
 * The script that trains the model of `file`: of those beside it, else in the next folder above (up to `root`), the one
 * that imports it or its package and makes an optimizer, else `train.py`; else the file itself if it trains, else one of
 * another folder that imports it. Undefined if there is none.
 */
export function findTrainingScript(file: string, root: string): string | undefined {
  const script = scriptThatTrains(file, root);
  return script === undefined ? undefined : (programThatRuns(script, root, trainingLanguageOf(script)) ?? script);
}

/**
 * The program that imports a file which only defines how to train (a class `Solver`, `Exp_Main`): that one says with which
 * options. Of several the one called `train`, `main` or `run`, then the nearest to the root. Undefined where the file runs itself.
 */
function programThatRuns(script: string, root: string, language: TrainingLanguage): string | undefined {
  const { moduleOf, importOf, runsItself } = language;
  if (runsItself(readScript(script)) || !language.isSource(script)) return undefined;
  const module = moduleOf(script);
  const users = [...new Set([...scriptsBelow(root, language), ...scriptsIn(dirname(script), language)])].filter(
    (other) => {
      const text = other === script ? '' : readScript(other);
      return importOf(module).test(text) && runsItself(text);
    },
  );
  const depthOf = (path: string): number => path.split(sep).length;
  const named = (path: string): number => Number(/^(train|main|run)/.test(basename(path)));
  return users.sort((a, b) => named(b) - named(a) || depthOf(a) - depthOf(b))[0];
}

function scriptThatTrains(file: string, root: string): string | undefined {
  const language = trainingLanguageOf(file);
  const { trains, isTraining, trainsItself } = language;
  const text = readScript(file);
  if (trainsItself(text)) return resolve(file);
  const near = nearScript(file, root, language, isTraining);
  if (near !== undefined) return near;
  if (isTraining(text)) return resolve(file);
  return (
    farScript(file, root, language) ??
    nearScript(file, root, language, trains) ??
    (trains(text) ? resolve(file) : undefined)
  );
}

function nearScript(
  file: string,
  root: string,
  language: TrainingLanguage,
  trainsIt: (text: string) => boolean,
): string | undefined {
  const module = language.moduleOf(file);
  const packages: string[] = [];
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const likely = scriptsIn(folder, language)
      .filter((script) => script !== resolve(file))
      .map((script) => ({ script, score: likelihood(script, module, packages, language, trainsIt) }))
      .sort((a, b) => b.score - a.score);
    const [best] = likely;
    if (best !== undefined && best.score > 0) return best.script;
    packages.push(basename(folder));
    if (folder === root || dirname(folder) === folder) return undefined;
  }
}

/** In a folder that is neither the model's nor above it; it must import the file, and not one of that name beside itself. */
function farScript(file: string, root: string, language: TrainingLanguage): string | undefined {
  const { moduleOf, importOf, isTraining } = language;
  const module = moduleOf(file);
  const scored = scriptsBelow(root, language)
    .filter((script) => importOf(module).test(readScript(script)) && !existsSync(join(dirname(script), basename(file))))
    .map((script) => ({ script, score: likelihood(script, module, [], language, isTraining) }))
    .sort((a, b) => b.score - a.score);
  const [best] = scored;
  return best !== undefined && best.score > 0 ? best.script : undefined;
}

export function scriptsBelow(root: string, language: TrainingLanguage): string[] {
  const found: string[] = [];
  const pending = [{ folder: root, depth: 0 }];
  for (let next = pending.shift(); next !== undefined && found.length < MOST_FAR_SCRIPTS; next = pending.shift()) {
    const { folder, depth } = next;
    found.push(...scriptsIn(folder, language).filter((script) => !language.isTest(basename(script))));
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

export function readScript(file: string): string {
  try {
    return statSync(file).size <= LARGEST_SCRIPT ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
