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

/** Texts that an editor has and the disk has not yet, by absolute path. */
export type Unsaved = ReadonlyMap<string, string>;

/** The scripts of a project: as an editor has them, else as they are on the disk. */
interface Scripts {
  readonly language: TrainingLanguage;
  readonly read: (file: string) => string;
  readonly inFolder: (folder: string) => string[];
}

function scriptsOf(language: TrainingLanguage, unsaved: Unsaved): Scripts {
  const open = [...unsaved.keys()].filter((file) => language.isSource(basename(file)));
  return {
    language,
    read: (file) => unsaved.get(file) ?? readScript(file),
    inFolder: (folder) => {
      const own = open.filter((file) => dirname(file) === folder);
      return [...new Set([...scriptsIn(folder, language), ...own])].sort();
    },
  };
}

/** Of scripts whose name alone speaks for them. */
const BY_NAME = 1;

/**
 * How likely a script trains the model of a file, 0: not, `BY_NAME`: it does not name the file. What counts is whether it
 * imports the file (`module`) or a package that holds it, and its name.
 */
function likelihood(
  script: string,
  module: string,
  packages: readonly string[],
  { read, language: { importOf, handsOn, isUsualName } }: Scripts,
  trainsIt: (text: string) => boolean,
): number {
  const text = read(script);
  const trainsItself = trainsIt(text);
  if (!trainsItself && !handsOn(text)) return 0;
  const uses = importOf(module).test(text) ? 4 : packages.some((name) => importOf(name).test(text)) ? 3 : 0;
  const named = isUsualName(basename(script)) ? BY_NAME : 0;
  return uses === 0 ? named : uses + 2 * Number(trainsItself) + named;
}

/**
 * The script that trains the model of `file`: of those beside it, else in the next folder above (up to `root`), the one
 * that imports it or its package and makes an optimizer; else the file itself if it trains, else a `train.py` that does not
 * import it, else a script of another folder that does. Undefined if there is none.
 */
export function findTrainingScript(file: string, root: string, unsaved: Unsaved = new Map()): string | undefined {
  const script = scriptThatTrains(file, root, scriptsOf(trainingLanguageOf(file), unsaved));
  if (script === undefined) return undefined;
  return programThatRuns(script, root, scriptsOf(trainingLanguageOf(script), unsaved)) ?? script;
}

/** What the search looks at in texts that an editor has: while it is the same, so is what is found. */
export function searchedText(unsaved: Unsaved): string {
  const parts = [...unsaved].map(([file, text]) => {
    const { trains, isTraining, trainsItself, compiles, handsOn, runsItself } = trainingLanguageOf(file);
    const answers = [trains, isTraining, trainsItself, compiles, handsOn, runsItself].map((holds) =>
      Number(holds(text)),
    );
    return [file, answers.join(''), ...(text.match(importLines) ?? [])];
  });
  return JSON.stringify(parts);
}

/** Lines that name other files. */
const importLines = /^.*\b(?:import|require)\b.*$/gm;

/**
 * The program that imports a file which only defines how to train (a class `Solver`, `Exp_Main`): that one says with which
 * options. Of several the one called `train`, `main` or `run`, then the nearest to the root. Undefined where the file runs itself.
 */
function programThatRuns(script: string, root: string, scripts: Scripts): string | undefined {
  const { language, read, inFolder } = scripts;
  const { moduleOf, importOf, runsItself } = language;
  if (runsItself(read(script)) || !language.isSource(script)) return undefined;
  const module = moduleOf(script);
  const users = [...new Set([...scriptsBelow(root, language, inFolder), ...inFolder(dirname(script))])].filter(
    (other) => {
      const text = other === script ? '' : read(other);
      return importOf(module).test(text) && runsItself(text);
    },
  );
  const depthOf = (path: string): number => path.split(sep).length;
  const named = (path: string): number => Number(/^(train|main|run)/.test(basename(path)));
  return users.sort((a, b) => named(b) - named(a) || depthOf(a) - depthOf(b))[0];
}

function scriptThatTrains(file: string, root: string, scripts: Scripts): string | undefined {
  const { trains, isTraining, trainsItself, compiles } = scripts.language;
  const text = scripts.read(file);
  if (trainsItself(text)) return resolve(file);
  const importing = nearScript(file, root, scripts, isTraining, BY_NAME + 1);
  if (importing !== undefined) return importing;
  if (isTraining(text) || compiles(text)) return resolve(file);
  return (
    nearScript(file, root, scripts, isTraining) ??
    farScript(file, root, scripts) ??
    nearScript(file, root, scripts, trains) ??
    (trains(text) ? resolve(file) : undefined)
  );
}

function nearScript(
  file: string,
  root: string,
  scripts: Scripts,
  trainsIt: (text: string) => boolean,
  least = BY_NAME,
): string | undefined {
  const module = scripts.language.moduleOf(file);
  const packages: string[] = [];
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const likely = scripts
      .inFolder(folder)
      .filter((script) => script !== resolve(file))
      .map((script) => ({ script, score: likelihood(script, module, packages, scripts, trainsIt) }))
      .sort((a, b) => b.score - a.score);
    const [best] = likely;
    if (best !== undefined && best.score >= least) return best.script;
    packages.push(basename(folder));
    if (folder === root || dirname(folder) === folder) return undefined;
  }
}

/** In a folder that is neither the model's nor above it; it must import the file, and not one of that name beside itself. */
function farScript(file: string, root: string, scripts: Scripts): string | undefined {
  const { language, read, inFolder } = scripts;
  const { moduleOf, importOf, isTraining } = language;
  const module = moduleOf(file);
  const scored = scriptsBelow(root, language, inFolder)
    .filter((script) => importOf(module).test(read(script)) && !existsSync(join(dirname(script), basename(file))))
    .map((script) => ({ script, score: likelihood(script, module, [], scripts, isTraining) }))
    .sort((a, b) => b.score - a.score);
  const [best] = scored;
  return best !== undefined && best.score > 0 ? best.script : undefined;
}

export function scriptsBelow(
  root: string,
  language: TrainingLanguage,
  inFolder = (folder: string): string[] => scriptsIn(folder, language),
): string[] {
  const found: string[] = [];
  const pending = [{ folder: root, depth: 0 }];
  for (let next = pending.shift(); next !== undefined && found.length < MOST_FAR_SCRIPTS; next = pending.shift()) {
    const { folder, depth } = next;
    found.push(...inFolder(folder).filter((script) => !language.isTest(basename(script))));
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
