/** How training code looks in each language, judged by its text: what finds the script that trains a model. */
import { basename } from 'node:path';
import { isJavaScript } from '../javascript/isJavaScript';

export interface TrainingLanguage {
  readonly isSource: (name: string) => boolean;
  readonly isTest: (name: string) => boolean;
  /** Names under which programs that train are usually kept. */
  readonly isUsualName: (name: string) => boolean;
  /** The name by which other files import a file. */
  readonly moduleOf: (file: string) => string;
  /** Matches an import of a module or of a package that holds it. */
  readonly importOf: (module: string) => RegExp;
  /** Does it make steps of training, with an optimizer from wherever? */
  readonly trains: (text: string) => boolean;
  /** Is it a program that trains, not a library of training loops which another program calls with its model? */
  readonly isTraining: (text: string) => boolean;
  /** Does it do more than prepare (filters of warnings, seeds, paths) when it is run? */
  readonly runsItself: (text: string) => boolean;
  /** A program whose training is elsewhere: what is run and hands on to a trainer. */
  readonly handsOn: (text: string) => boolean;
  /** A file of everything: the model, and the optimizer of its parameters. */
  readonly trainsItself: (text: string) => boolean;
  /** Does it say itself with which loss and optimizer its model is trained? */
  readonly compiles: (text: string) => boolean;
}

const escaped = (name: string): string => name.replace(/\W/g, '\\W');

// ── Python

const trainsInLoop = (text: string): boolean =>
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

const python: TrainingLanguage = {
  isSource: (name) => name.endsWith('.py'),
  isTest: (name) => /^(test_|conftest)|_test\.py$/.test(name),
  isUsualName: (name) => /^(train(ing|er)?|main|run)\.py$/.test(name),
  moduleOf: (file) => basename(file, '.py'),
  importOf: (module) => new RegExp(`^\\s*(from|import)\\s+[\\w.]*\\b${escaped(module)}\\b`, 'm'),
  trains: trainsInLoop,
  isTraining: (text) =>
    trainsInLoop(text) ? makesOptimizer(text) || isProgram(text) : makesOptimizer(text) && isProgram(text),
  runsItself: (text) =>
    /__name__\s*==|^(for|while|with) |^\w*optim\w* = /m.test(text) ||
    /^(?!(warnings|random|np|numpy|torch|sys|os|logging|matplotlib|mpl|plt)\.|print\()(\w+\.)*\w+\(/m.test(text),
  handsOn: (text) =>
    (/__name__\s*==/.test(text) || /\bTrainer\s*\(/.test(text)) && /\.fit\s*\(|\.train\s*\(|\bTrainer\s*\(/.test(text),
  trainsItself: (text) =>
    compilesAndFits(text) ||
    (/\bdef configure_optimizers\b/.test(text) && /\.fit\s*\(/.test(text)) ||
    (trainsInLoop(text) && /\.parameters\(\)/.test(text) && /\.zero_grad\s*\(/.test(text)),
  compiles: (text) => /\.compile\s*\([^()]*\b(loss|optimizer)\s*=/.test(text),
};

// ── JavaScript

/** `compile` alone says all of an optimizer; `minimize` is a loop of the code's own. */
const trainsInJavaScript = (text: string): boolean =>
  /@tensorflow\/tfjs|\btf\./.test(text) && /\.compile\s*\(\s*\{|\.minimize\s*\(|\.computeGradients\s*\(/.test(text);

const javaScript: TrainingLanguage = {
  isSource: isJavaScript,
  isTest: (name) => /[._-](test|spec)\.\w+$/.test(name),
  isUsualName: (name) => /^(train(ing|er)?|main|run|index)\.\w+$/.test(name),
  moduleOf: (file) => basename(file).replace(/\.((m|c)?[jt]sx?|vue|svelte|html?)$/i, ''),
  importOf: (module) =>
    new RegExp(
      `\\b(from|require\\s*\\(|import\\s*\\(?)\\s*['"\`]\\.[^'"\`]*\\b${escaped(module)}(\\.([cm]?[jt]sx?|vue))?['"\`]|` +
        // Threads.
        `\\bWorker\\s*\\(\\s*(new\\s+URL\\s*\\(\\s*)?['"\`]([^'"\`:]*/)?${escaped(module)}\\.[cm]?[jt]s['"\`]|` +
        // What a page loads.
        `\\bsrc\\s*=\\s*["']([^"':]*/)?${escaped(module)}\\.js["']`,
    ),
  trains: trainsInJavaScript,
  isTraining: trainsInJavaScript,
  runsItself: () => true,
  handsOn: () => false,
  trainsItself: (text) => trainsInJavaScript(text) && /\.(sequential|model)\s*\(/.test(text),
  compiles: trainsInJavaScript,
};

export const trainingLanguageOf = (file: string): TrainingLanguage => (isJavaScript(file) ? javaScript : python);
