/** Functions of JavaScript. Arguments may be missing (then undefined) or more than the parameters. */
import type ts from 'typescript';
import type { Expression, FunctionSyntax, Parameter, Statement } from '../python/syntax';
import { expression } from './expressions';
import { helperName } from './names';
import { block, bindPattern } from './statements';
import {
  assign,
  constant,
  delayed,
  functionSyntax,
  help,
  name,
  type Place,
  type Region,
  type Translation,
} from './translation';

type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration;

export const functionExpression = (t: Translation, node: FunctionNode): Expression => ({
  kind: 'Lambda',
  function: functionOf(t, node, node.name === undefined ? '<anonymous>' : t.textOf(node.name), []),
  ...t.place(node),
});

/** A function in an object that speaks of `this`: the object that it is called on. */
export function memberExpression(t: Translation, node: FunctionNode): Expression {
  const at = t.place(node);
  const label = node.name === undefined ? '<anonymous>' : t.textOf(node.name);
  const made: Expression = { kind: 'Lambda', function: functionOf(t, node, label, ['this']), ...at };
  return help(t.ts.isGetAccessorDeclaration(node) ? 'getter_of' : 'method_of', [made], at);
}

/** `leading`: parameters before those of the code (`this` of a method). `completed`: what becomes of the statements of its block. */
export function functionOf(
  t: Translation,
  node: FunctionNode,
  label: string,
  leading: readonly string[],
  completed: (own: Statement[]) => Statement[] = (own) => own,
): FunctionSyntax {
  const at = t.place(node);
  const region: Region = { declared: declaredIn(t, node, leading), outer: t.region, assigned: new Set() };
  return t.within(region, () => {
    const { parameters, statements } = parametersOf(t, node, leading, at);
    const body = node.body;
    const own: Statement[] =
      body === undefined
        ? []
        : t.ts.isBlock(body)
          ? completed(block(t, body.statements))
          : [{ kind: 'Return', value: expression(t, body), ...t.place(body) }];
    const whole = [...statements, ...own];
    return {
      ...functionSyntax(
        label,
        parameters,
        [...t.outerNames(at), ...whole, ...(whole.length === 0 ? [pass(at)] : [])],
        at,
        t.source,
      ),
      nameRange: node.name === undefined ? at : t.place(node.name),
    };
  });
}

export const pass = (at: Place): Statement => ({ kind: 'Pass', ...at });

function parametersOf(
  t: Translation,
  node: FunctionNode,
  leading: readonly string[],
  at: Place,
): { parameters: Parameter[]; statements: Statement[] } {
  const parameters: Parameter[] = leading.map((label) => parameter(label, 'positional', undefined, at));
  const statements: Statement[] = [];
  let hasRest = false;
  for (const each of node.parameters) {
    const place = t.place(each);
    if (each.dotDotDotToken !== undefined) {
      hasRest = true;
      const label = t.ts.isIdentifier(each.name) ? each.name.text : t.temporary();
      parameters.push(parameter(label, 'star', undefined, place));
      const list: Expression = {
        kind: 'List',
        elements: [{ kind: 'Starred', value: name(label, place), ...place }],
        ...place,
      };
      statements.push(
        ...(t.ts.isIdentifier(each.name) ? [assign(label, list, place)] : bindPattern(t, each.name, list)),
      );
      continue;
    }
    const label = t.ts.isIdentifier(each.name) ? each.name.text : t.temporary();
    const { initializer } = each;
    const left = each.questionToken !== undefined || initializer !== undefined;
    parameters.push(
      parameter(label, 'positional', left ? constant(null, place) : name(helperName('undefined'), place), place),
    );
    if (initializer !== undefined)
      statements.push(
        assign(
          label,
          help('default', [name(label, place), delayed(expression(t, initializer), t.source)], place),
          place,
        ),
      );
    if (!t.ts.isIdentifier(each.name)) statements.push(...bindPattern(t, each.name, name(label, place)));
  }
  if (!hasRest) parameters.push(parameter('·more', 'star', undefined, at));
  return { parameters, statements };
}

export const parameter = (
  label: string,
  kind: Parameter['kind'],
  fallback: Expression | undefined,
  at: Place,
): Parameter => ({
  name: label,
  kind,
  default: fallback,
  annotation: undefined,
  ...at,
});

/** Names that a function makes: parameters, variables of all its blocks, functions and classes. */
function declaredIn(t: Translation, node: FunctionNode, leading: readonly string[]): Set<string> {
  const found = new Set<string>([...leading, '·more']);
  for (const { name: each } of node.parameters) addNames(t, each, found);
  if (node.body !== undefined) addDeclared(t, node.body, found);
  return found;
}

export function addNames(t: Translation, node: ts.BindingName, found: Set<string>): void {
  if (t.ts.isIdentifier(node)) found.add(node.text);
  else for (const element of node.elements) if (t.ts.isBindingElement(element)) addNames(t, element.name, found);
}

export function addDeclared(t: Translation, node: ts.Node, found: Set<string>): void {
  t.ts.forEachChild(node, (child) => {
    if (t.ts.isVariableDeclaration(child)) addNames(t, child.name, found);
    if ((t.ts.isFunctionDeclaration(child) || t.ts.isClassDeclaration(child)) && child.name !== undefined)
      found.add(child.name.text);
    if (!t.ts.isFunctionLike(child)) addDeclared(t, child, found);
  });
}
