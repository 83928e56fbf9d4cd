/** Statements that import and export. */
import type ts from 'typescript';
import type { Statement } from '../python/syntax';
import { classStatement } from './classes';
import { expression, required } from './expressions';
import { functionOf } from './functions';
import { assign, constant, evaluateOnly, help, name, type Place, type Translation } from './translation';

type FunctionNode = ts.ArrowFunction | ts.FunctionExpression;

const isFunction = (t: Translation, node: ts.Expression): node is FunctionNode =>
  t.ts.isArrowFunction(node) || t.ts.isFunctionExpression(node);

/** A definition, as a function that has its name by itself is. */
const definition = (t: Translation, node: FunctionNode, label: string, at: Place): Statement => ({
  kind: 'FunctionDefinition',
  function: functionOf(t, node, label, []),
  decorators: [],
  ...at,
});

/** `export default …` */
export function exportedValue(t: Translation, { expression: value }: ts.ExportAssignment, at: Place): Statement[] {
  return isFunction(t, value) ? [definition(t, value, 'default', at)] : [assign('default', expression(t, value), at)];
}

/**
 * `module.exports = () => {…}`, `exports.build = function () {…}`, `module.exports = class Agent {…}`: functions and classes of
 * the file by the names that others call them by.
 */
export function exportedDefinition(t: Translation, node: ts.BinaryExpression, at: Place): Statement[] | undefined {
  const { left, right } = node;
  if (t.region.outer !== undefined || !t.ts.isPropertyAccessExpression(left)) return undefined;
  if (!isFunction(t, right) && !t.ts.isClassExpression(right)) return undefined;
  const [, member] = /^(?:module\.)?exports(?:\.([\w$]+))?$/.exec(t.textOf(left)) ?? ['', undefined];
  const isWhole = t.textOf(left) === 'module.exports';
  const label = isWhole ? (right.name?.text ?? 'default') : member;
  if (label === undefined || t.region.declared.has(label)) return undefined;
  const object = expression(t, left.expression);
  const put = help('set', [object, constant(left.name.text, at), name(label, at)], at);
  const made = isFunction(t, right) ? definition(t, right, label, at) : { ...classStatement(t, right), name: label };
  return [made, evaluateOnly(put)];
}

export function importStatement(t: Translation, node: ts.ImportDeclaration, at: Place): Statement[] {
  const { importClause, moduleSpecifier } = node;
  if (!t.ts.isStringLiteral(moduleSpecifier) || importClause?.phaseModifier === t.ts.SyntaxKind.TypeKeyword) return [];
  const module = required(t, moduleSpecifier.text, at);
  if (importClause === undefined) return [evaluateOnly(module)];
  const whole = t.temporary();
  const bindings = importClause.namedBindings;
  const named =
    bindings === undefined
      ? []
      : t.ts.isNamespaceImport(bindings)
        ? [assign(bindings.name.text, name(whole, at), at)]
        : bindings.elements.map(({ name: local, propertyName }) =>
            assign(local.text, help('get', [name(whole, at), constant((propertyName ?? local).text, at)], at), at),
          );
  const main =
    importClause.name === undefined
      ? []
      : [assign(importClause.name.text, help('default_of', [name(whole, at)], at), at)];
  return [assign(whole, module, at), ...main, ...named];
}

/** `import tf = require('…')` */
export function importedModule(t: Translation, node: ts.ImportEqualsDeclaration, at: Place): Statement[] {
  const { moduleReference } = node;
  if (!t.ts.isExternalModuleReference(moduleReference) || !t.ts.isStringLiteral(moduleReference.expression)) return [];
  return [assign(node.name.text, required(t, moduleReference.expression.text, at), at)];
}

/** `export {a as b}`, also from another module. What is exported is what the module's names are. */
export function exportStatement(t: Translation, node: ts.ExportDeclaration, at: Place): Statement[] {
  const { exportClause, moduleSpecifier } = node;
  if (exportClause === undefined || !t.ts.isNamedExports(exportClause)) return [];
  const whole = t.temporary();
  const from =
    moduleSpecifier !== undefined && t.ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : undefined;
  const parts = exportClause.elements.flatMap(({ name: outer, propertyName }) => {
    const inner = (propertyName ?? outer).text;
    if (from !== undefined) return [assign(outer.text, help('get', [name(whole, at), constant(inner, at)], at), at)];
    return propertyName === undefined ? [] : [assign(outer.text, name(inner, at), at)];
  });
  return from === undefined ? parts : [assign(whole, required(t, from, at), at), ...parts];
}
