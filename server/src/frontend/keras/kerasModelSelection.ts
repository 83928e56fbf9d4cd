/** Which model of a file that uses Keras is meant: what its top level made, else what its functions and classes make. */
import type { SourceSpan } from '../../graph/node';
import type { Interpreter } from '../../python/interpreter';
import { TraceStop } from '../../python/errors';
import type { ExpressionOf, ModuleSyntax, Statement } from '../../python/syntax';
import { PyInstance, Unknown } from '../../python/values';
import type { PyModule, PyValue } from '../../python/values';
import { isJavaScript } from '../../javascript/isJavaScript';
import type { ModuleRecords } from '../torch/moduleRecords';
import type { Session } from '../torch/session';
import { membersOf } from '../torch/moduleRegistry';
import { definitions, visit } from '../torch/syntaxSearch';
import { isKerasModel, isKerasPart } from './kerasNames';
import { sayTheShape } from '../statedShapes';
import { layerCounts } from './layerCounts';
import { makerCalls } from './modelMakers';

/**
 * Layers are numbered from the beginning again, as in a program that makes nothing but the model; unless the top level of
 * its file keeps a layer that waits to be used, whose name they would have.
 */
export function restartNumbering(interpreter: Interpreter, { attributes }: PyModule): void {
  const waits = (value: PyValue): boolean =>
    value instanceof PyInstance && isKerasPart(value) && value.attributes.get('built') === false;
  if ([...attributes.values()].some(waits)) return;
  for (const counts of layerCounts(interpreter)) counts.clear();
}

/** Does the file's own code use Keras? */
export const usesKeras = (interpreter: Interpreter): boolean => interpreter.modules.has('keras._models');

/** Does a file in Python make layers of Keras? TensorFlow.js has them, too. */
const makesLayers = ({ interpreter, file }: Session): boolean =>
  !isJavaScript(file) && interpreter.modules.has('keras._layer');

/** Does a definition's text make a model? */
export function makesKerasModel(statement: Statement | undefined): boolean {
  let found = false;
  visit(statement, (tree) => {
    if (tree.kind !== 'Call') return;
    found ||= isModelClass(calledName(tree) ?? '');
  });
  return found;
}

const isModelClass = (name: string): boolean => /^(Model|Sequential|Functional)$/.test(name);

/** `Model` of `keras.Model(…)`. */
const calledName = ({ callee }: ExpressionOf<'Call'>): string | undefined =>
  callee.kind === 'Attribute' || callee.kind === 'Name' ? callee.name : undefined;

/** Packages that are not read and whose objects have a `fit` of their own: scalers, pipelines. */
const otherFit = /^(?:module ')?(sklearn|imblearn|pyspark|xgboost|lightgbm)\b/;

interface UnknownModel {
  readonly name: string;
  readonly value: Unknown;
}

/** Variables whose methods of these names the top level calls but whose values could not be followed, the last first. */
function unknownModels({ body }: ModuleSyntax, { attributes }: PyModule, methods: readonly string[]): UnknownModel[] {
  const names = new Set<string>();
  for (const statement of body) {
    if (statement.kind === 'FunctionDefinition' || statement.kind === 'ClassDefinition') continue;
    visit(statement, (tree) => {
      if (tree.kind !== 'Call' || tree.callee.kind !== 'Attribute') return;
      const { object, name } = tree.callee;
      if (object.kind === 'Name' && methods.includes(name)) names.add(object.name);
    });
  }
  return [...names].reverse().flatMap((name) => {
    const value = attributes.get(name);
    return value instanceof Unknown && !otherFit.test(value.reason) ? [{ name, value }] : [];
  });
}

/** Variables that the top level sets to a model, or to what a function of the file makes with Keras, the last first; those before `known` may be its parts. */
function unknownMade(syntax: ModuleSyntax, { attributes }: PyModule, known: string | undefined): UnknownModel[] {
  const made: UnknownModel[] = [];
  for (const statement of syntax.body) {
    if (statement.kind !== 'Assign' || statement.value.kind !== 'Call') continue;
    const [target] = statement.targets;
    const callee = calledName(statement.value);
    if (target?.kind !== 'Name' || callee === undefined) continue;
    if (target.name === known) made.length = 0;
    const value = attributes.get(target.name);
    if (value instanceof Unknown && (isModelClass(callee) || makesKerasModel(definitions(syntax).get(callee))))
      made.unshift({ name: target.name, value });
  }
  return made;
}

/**
 * The variable that the top level compiles or trains, or that a function of the file makes after the one that is `known`, but
 * whose value could not be followed: throws why.
 */
export function refuseUnknownModel(session: Session, known?: string): void {
  const { syntax, module, interpreter } = session;
  if (!usesKeras(interpreter) && !makesLayers(session)) return;
  const [last] = [
    ...unknownModels(syntax, module, ['compile', 'fit', 'fit_generator']),
    ...unknownMade(syntax, module, known),
  ];
  if (last === undefined) return;
  const { name, value } = last;
  const { reason, origin } = value;
  const place = placeOfValue(syntax, name) ?? origin;
  const inFile = origin?.file === place?.file ? 'line ' : `${origin?.file}:`;
  const from = origin === undefined || origin.line === place?.line ? '' : ` (${inFile}${origin.line})`;
  throw new TraceStop(`the model ${name} is not known: ${reason}${from}`, place, whatToSay(syntax, reason));
}

/** Where the top level gives a name its last value. */
function placeOfValue({ body, source }: ModuleSyntax, name: string): SourceSpan | undefined {
  const places: SourceSpan[] = [];
  for (const statement of body.filter(({ kind }) => kind !== 'FunctionDefinition' && kind !== 'ClassDefinition'))
    visit(statement, (tree) => {
      if (tree.kind !== 'Assign') return;
      if (tree.targets.some((target) => target.kind === 'Name' && target.name === name))
        places.push(source.span(tree.value));
    });
  return places.at(-1);
}

/** What a user can say instead of what the program does not determine. */
function whatToSay(syntax: ModuleSyntax, reason: string): string | undefined {
  if (/\bthe shape of an input is not known\b/.test(reason)) return sayTheShape(syntax.source.file);
  const [maker] = makerCalls(syntax)
    .filter(({ needed }) => needed.length > 0)
    .slice(-1);
  return maker && `Say its arguments with --model "${maker.example}"`;
}

/** Says of a compiled model that the top level compiles another one, too, which could not be followed. */
export function otherCompiled(syntax: ModuleSyntax, module: PyModule): string | undefined {
  const [other] = unknownModels(syntax, module, ['compile']);
  return other && `the program compiles ${other.name}, too, which is not known: ${other.value.reason}`;
}

/**
 * The model among the variables of the top level: one that was compiled, else one that is no part of another; later ones first.
 */
export function topLevelModel(
  { attributes, file }: PyModule,
  records: ModuleRecords,
): { readonly name: string; readonly line: number; readonly instance: PyInstance } | undefined {
  const chosen = chosenModel([...attributes]);
  const span = chosen && records.constructions.get(chosen.instance)?.span;
  return chosen && { ...chosen, line: span?.file === file ? (span?.line ?? 0) : 0 };
}

/** The same of variables or attributes. */
export function chosenModel(
  variables: readonly (readonly [string, PyValue])[],
): { readonly name: string; readonly instance: PyInstance } | undefined {
  const found = variables.flatMap(([name, value]) => (isKerasModel(value) ? [{ name, instance: value }] : []));
  const parts = new Set<PyInstance>();
  for (const { instance } of found)
    for (const child of membersOf(instance, '_modules')?.values() ?? [])
      if (child instanceof PyInstance) parts.add(child);
  const compiled = found.filter(({ instance }) => instance.attributes.get('compiled') === true);
  const whole = found.filter(({ instance }) => !parts.has(instance));
  return compiled.at(-1) ?? whole.at(-1);
}
