/** Which model of a file that uses Keras is meant: what its top level made, else what its functions and classes make. */
import type { Interpreter } from '../../python/interpreter';
import { TraceStop } from '../../python/errors';
import type { ModuleSyntax, Statement } from '../../python/syntax';
import { PyInstance, Unknown } from '../../python/values';
import type { PyModule, PyValue } from '../../python/values';
import type { ModuleRecords } from '../torch/moduleRecords';
import { membersOf } from '../torch/moduleRegistry';
import { definitions, visit } from '../torch/syntaxSearch';
import { isKerasModel, isKerasPart } from './kerasNames';
import { layerCounts } from './layerCounts';

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

/** Does a definition's text make a model? */
export function makesKerasModel(statement: Statement | undefined): boolean {
  let found = false;
  visit(statement, (tree) => {
    if (tree.kind !== 'Call') return;
    const { callee } = tree;
    const name = callee.kind === 'Attribute' || callee.kind === 'Name' ? callee.name : '';
    found ||= /^(Model|Sequential|Functional)$/.test(name);
  });
  return found;
}

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

/** Variables that the top level sets to what a function of the file makes with Keras, the last first; those before `known` may be its parts. */
function unknownMade(syntax: ModuleSyntax, { attributes }: PyModule, known: string | undefined): UnknownModel[] {
  const made: UnknownModel[] = [];
  for (const statement of syntax.body) {
    if (statement.kind !== 'Assign' || statement.value.kind !== 'Call') continue;
    const [target] = statement.targets;
    const { callee } = statement.value;
    if (target?.kind !== 'Name' || callee.kind !== 'Name') continue;
    if (target.name === known) made.length = 0;
    const value = attributes.get(target.name);
    if (value instanceof Unknown && makesKerasModel(definitions(syntax).get(callee.name)))
      made.unshift({ name: target.name, value });
  }
  return made;
}

/**
 * The variable that the top level compiles or trains, or that a function of the file makes after the one that is `known`, but
 * whose value could not be followed: throws why.
 */
export function refuseUnknownModel(syntax: ModuleSyntax, module: PyModule, known?: string): void {
  const [last] = [
    ...unknownModels(syntax, module, ['compile', 'fit', 'fit_generator']),
    ...unknownMade(syntax, module, known),
  ];
  if (last !== undefined)
    throw new TraceStop(`the model ${last.name} is not known: ${last.value.reason}`, last.value.origin);
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
