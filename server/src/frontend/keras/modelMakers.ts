/** Which functions of a file make models of Keras or TensorFlow.js, judged by their text: nothing has run yet. */
import { definitions, walk } from '../torch/syntaxSearch';
import { mayBeLeftOut, parameterText } from '../../javascript/parameters';
import { isJavaScript, usesTensorFlowJs } from '../../javascript/isJavaScript';
import type { Expression, FunctionSyntax, ModuleSyntax, Statement, StatementOf } from '../../python/syntax';

export type FunctionDefinition = StatementOf<'FunctionDefinition'>;

const makesInPython = /\b(Sequential|Model)\s*\(/;
/** Calls that make models. */
export const makesInJavaScript =
  /\bsequential\s*\(|\.model\s*\(\s*\{|\bmodel\s*\(\s*\{\s*inputs|\bnew\s+(\w+\.)?Sequential\s*\(/;
/** Does the text of a function of Python make a model? */
export const makesModel = ({ source, start, end }: FunctionSyntax): boolean =>
  makesInPython.test(source.text.slice(start, end));

const usesKeras = /\bkeras\b|\btensorflow\b/;

/**
 * Functions at the top level that make a model and return something; in JavaScript also those that keep it, and methods, by
 * `Class.method` (a constructor by its class). In the order of the file.
 */
export function modelMakers(syntax: ModuleSyntax): Map<string, FunctionDefinition> {
  const { text, file } = syntax.source;
  if (isJavaScript(file))
    return usesTensorFlowJs(text) ? makersInJavaScript(syntax) : new Map<string, FunctionDefinition>();
  if (!usesKeras.test(text)) return new Map<string, FunctionDefinition>();
  return new Map(
    functionsOf(definitions(syntax)).filter(
      ([, statement]) => makesInPython.test(textOf(syntax, statement)) && returnsValue(statement),
    ),
  );
}

function makersInJavaScript(syntax: ModuleSyntax): Map<string, FunctionDefinition> {
  const defined = definitions(syntax);
  const methods = [...defined.values()].flatMap((statement) =>
    statement.kind === 'ClassDefinition' ? makingMethods(syntax, statement) : [],
  );
  const functions = functionsOf(defined).filter(([, each]) => makesInJavaScript.test(textOf(syntax, each)));
  return new Map([...functions, ...methods].sort(([, a], [, b]) => a.start - b.start));
}

/** Methods that make a model, or that add layers to an empty one which the constructor has made. */
function makingMethods(syntax: ModuleSyntax, owner: StatementOf<'ClassDefinition'>): [string, FunctionDefinition][] {
  const all = methodsOf(owner).map(([name, statement]) => ({ name, statement, text: textOf(syntax, statement) }));
  const makers = all.filter(({ text }) => makesInJavaScript.test(text));
  const kept = makers.find(({ name, text }) => name === owner.name && !/\.add\s*\(|\blayers\b/.test(text));
  const [, field] = /\bthis\.(\w+)\s*=\s*(?:\w+\.)?sequential\s*\(/.exec(kept?.text ?? '') ?? [];
  const adds = new RegExp(`\\bthis\\.${field ?? '(?!)'}\\.add\\s*\\(`);
  const adding = all.filter(({ text }) => adds.test(text));
  const found = adding.length === 0 ? makers : [...makers.filter((each) => each !== kept), ...adding];
  return found.map(({ name, statement }) => [name, statement]);
}

const textOf = ({ source }: ModuleSyntax, { start, end }: Statement): string => source.text.slice(start, end);

const functionsOf = (defined: ReadonlyMap<string, Statement>): [string, FunctionDefinition][] =>
  [...defined].flatMap(([name, statement]): [string, FunctionDefinition][] =>
    statement.kind === 'FunctionDefinition' ? [[name, statement]] : [],
  );

const methodsOf = ({ name, body }: StatementOf<'ClassDefinition'>): [string, FunctionDefinition][] =>
  body.flatMap((part): [string, FunctionDefinition][] => {
    if (part.kind !== 'FunctionDefinition') return [];
    const method = part.function.name;
    return [[method === '__init__' ? name : `${name}.${method}`, part]];
  });

/** The definition of a name, or of a method by `Class.method`. */
export function definitionOf(syntax: ModuleSyntax, path: string): Statement | undefined {
  const [name = '', method] = path.split('.');
  const statement = definitions(syntax).get(name);
  if (method === undefined || statement?.kind !== 'ClassDefinition') return statement;
  return methodsOf(statement).find(([each]) => each === path)?.[1];
}

function returnsValue({ function: { body } }: FunctionDefinition): boolean {
  for (const tree of walk(body)) if (tree.kind === 'Return' && tree.value !== undefined) return true;
  return false;
}

/**
 * What must be known to run a function of JavaScript, a class (its constructor) or a method (with its constructor), as the
 * code writes it: a call that leaves it out goes on with `undefined`, which says nothing.
 */
export function neededArguments(syntax: ModuleSyntax, path: string): string[] {
  const [name = '', method] = path.split('.');
  const owner = definitions(syntax).get(name);
  const found = method === undefined ? owner : definitionOf(syntax, path);
  const parts = owner?.kind === 'ClassDefinition' ? [constructorOf(owner), found] : [found];
  return parts.flatMap((part) => (part?.kind === 'FunctionDefinition' ? neededParameters(part) : []));
}

const constructorOf = ({ body }: StatementOf<'ClassDefinition'>): Statement | undefined =>
  body.find((part) => part.kind === 'FunctionDefinition' && part.function.name === '__init__');

const neededParameters = ({ function: called }: FunctionDefinition): string[] =>
  called.parameters
    .filter((each) => each.kind === 'positional' && each.name !== 'this' && !mayBeLeftOut(each, called))
    .map((each) => parameterText(each, called));

/** Parameters without defaults. */
export const requiredParameters = ({ function: { parameters } }: FunctionDefinition): string[] =>
  parameters.flatMap(({ kind, name, default: fallback }) =>
    fallback === undefined && kind !== 'star' && kind !== 'doubleStar' ? [name] : [],
  );

/** A call that makes a model, and the arguments that it needs. */
export interface MakerCall {
  readonly name: string;
  readonly needed: readonly string[];
  /** With a place for each argument. */
  readonly example: string;
  /** Of the definition. */
  readonly text: string;
}

/** Calls of functions, classes and methods of a file in Python that make models; methods where the constructor makes none. */
export function makerCalls(syntax: ModuleSyntax): MakerCall[] {
  if (!usesKeras.test(syntax.source.text)) return [];
  const functions = [...modelMakers(syntax)].map(([name, maker]): MakerCall => {
    const needed = requiredParameters(maker);
    return { name, needed, example: callWith(name, needed), text: textOf(syntax, maker) };
  });
  const classes = [...definitions(syntax).values()].flatMap((statement) =>
    statement.kind === 'ClassDefinition'
      ? callsOfClass(statement).map((call) => ({ ...call, text: textOf(syntax, statement) }))
      : [],
  );
  return [...functions, ...classes];
}

function callsOfClass(statement: StatementOf<'ClassDefinition'>): Omit<MakerCall, 'text'>[] {
  const makers = methodsOf(statement).filter(([, { function: called }]) => makesModel(called));
  const constructor = constructorOf(statement);
  const ofObject =
    constructor?.kind === 'FunctionDefinition' ? requiredParameters(constructor).slice(1) : ([] as string[]);
  const object = callWith(statement.name, ofObject);
  const isModel = statement.args.some(({ value }) => isNamedModel(value));
  if (isModel || makers.some(([name]) => name === statement.name))
    return [{ name: statement.name, needed: ofObject, example: object }];
  return makers.map(([name, maker]) => {
    const isStatic = maker.decorators.some((each) => each.kind === 'Name' && each.name === 'staticmethod');
    const own = requiredParameters(maker).slice(isStatic ? 0 : 1);
    const method = name.slice(statement.name.length + 1);
    const needed = isStatic ? own : [...ofObject, ...own];
    return { name, needed, example: `${isStatic ? statement.name : object}.${callWith(method, own)}` };
  });
}

/** `Model`, `keras.Model`: the base class of a model. */
const isNamedModel = (value: Expression): boolean =>
  (value.kind === 'Name' || value.kind === 'Attribute') && /^(Model|Sequential)$/.test(value.name);

const callWith = (name: string, needed: readonly string[]): string =>
  `${name}(${needed.map((each) => `${each}=…`).join(', ')})`;
