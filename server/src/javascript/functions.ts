/** Functions and classes of JavaScript. Arguments may be missing (then undefined) or more than the parameters. */
import type ts from 'typescript';
import type { Expression, FunctionSyntax, Parameter, Statement } from '../python/syntax';
import { expression, memberName } from './expressions';
import { helperName } from './names';
import { block, bindPattern } from './statements';
import {
  assign,
  call,
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

/** `leading`: parameters before those of the code (`this` of a method). */
export function functionOf(
  t: Translation,
  node: FunctionNode,
  label: string,
  leading: readonly string[],
  prologue: readonly Statement[] = [],
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
          ? block(t, body.statements)
          : [{ kind: 'Return', value: expression(t, body), ...t.place(body) }];
    const whole = [...prologue, ...statements, ...own];
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

const pass = (at: Place): Statement => ({ kind: 'Pass', ...at });

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

const parameter = (label: string, kind: Parameter['kind'], fallback: Expression | undefined, at: Place): Parameter => ({
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

// ── classes

/** A class as an expression: the interpreter's grammar has definitions only, so it is what a function that defines it gives. */
export function classExpression(t: Translation, node: ts.ClassExpression): Expression {
  const at = t.place(node);
  const definition = classStatement(t, node);
  const result: Statement = { kind: 'Return', value: name(node.name?.text ?? 'default', at), ...at };
  const made = functionSyntax('<class>', [], [definition, result], at, t.source);
  return call({ kind: 'Lambda', function: made, ...at }, [], at);
}

export function classStatement(t: Translation, node: ts.ClassDeclaration | ts.ClassExpression): Statement {
  const at = t.place(node);
  const bases = (node.heritageClauses ?? [])
    .filter(({ token }) => token === t.ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types.map((type) => expression(t, type.expression)));
  const body = node.members.flatMap((member) => memberStatements(t, member, node));
  return {
    kind: 'ClassDefinition',
    name: node.name?.text ?? 'default',
    nameRange: node.name === undefined ? at : t.place(node.name),
    args: bases.map((value) => ({ kind: 'positional', value, ...at })),
    decorators: [],
    body: body.length === 0 ? [pass(at)] : body,
    ...at,
  };
}

const isStatic = (t: Translation, node: ts.ClassElement): boolean =>
  t.ts.canHaveModifiers(node) &&
  (t.ts.getModifiers(node) ?? []).some(({ kind }) => kind === t.ts.SyntaxKind.StaticKeyword);

function memberStatements(t: Translation, member: ts.ClassElement, owner: ts.ClassLikeDeclaration): Statement[] {
  const at = t.place(member);
  if (t.ts.isConstructorDeclaration(member))
    return member.body === undefined ? [] : [constructorStatement(t, member, owner)];
  if (t.ts.isMethodDeclaration(member) || t.ts.isGetAccessorDeclaration(member)) {
    if (member.body === undefined) return [];
    const still = isStatic(t, member);
    const decorator = t.ts.isGetAccessorDeclaration(member)
      ? still
        ? undefined
        : 'property'
      : still
        ? 'classmethod'
        : undefined;
    // A static getter has no counterpart: it is a plain function of the class.
    return [
      {
        kind: 'FunctionDefinition',
        function: functionOf(t, member, t.textOf(member.name), ['this']),
        decorators: decorator === undefined ? [] : [name(decorator, at)],
        ...at,
      },
    ];
  }
  if (isFunctionField(t, member))
    return [
      {
        kind: 'FunctionDefinition',
        function: {
          ...functionOf(t, member.initializer, t.textOf(member.name), ['this']),
          nameRange: t.place(member.name),
        },
        decorators: [],
        ...at,
      },
    ];
  if (t.ts.isPropertyDeclaration(member) && (isStatic(t, member) || !hasConstructor(t, owner)))
    return [
      assign(
        t.textOf(member.name),
        member.initializer === undefined ? constant(null, at) : expression(t, member.initializer),
        at,
      ),
    ];
  return [];
}

/** `build = () => {…}`: a method in all but its binding. */
const isFunctionField = (
  t: Translation,
  member: ts.ClassElement,
): member is ts.PropertyDeclaration & { readonly initializer: ts.ArrowFunction | ts.FunctionExpression } =>
  t.ts.isPropertyDeclaration(member) &&
  !isStatic(t, member) &&
  member.initializer !== undefined &&
  (t.ts.isArrowFunction(member.initializer) || t.ts.isFunctionExpression(member.initializer));

const hasConstructor = (t: Translation, owner: ts.ClassLikeDeclaration): boolean =>
  owner.members.some((member) => t.ts.isConstructorDeclaration(member) && member.body !== undefined);

/** Fields are set when the constructor begins; parameters with modifiers become fields. */
function constructorStatement(
  t: Translation,
  node: ts.ConstructorDeclaration,
  owner: ts.ClassLikeDeclaration,
): Statement {
  const at = t.place(node);
  const isDerived = (owner.heritageClauses ?? []).some(({ token }) => token === t.ts.SyntaxKind.ExtendsKeyword);
  const set = (label: Expression, value: Expression): Statement => ({
    kind: 'ExpressionStatement',
    value: help('set', [name('this', at), label, value], at),
    ...at,
  });
  const fields = owner.members.flatMap((member) =>
    t.ts.isPropertyDeclaration(member) && !isStatic(t, member) && !isFunctionField(t, member)
      ? [
          set(
            memberName(t, member.name),
            member.initializer === undefined ? constant(null, at) : expression(t, member.initializer),
          ),
        ]
      : [],
  );
  const given = node.parameters.flatMap((each) =>
    (t.ts.getModifiers(each) ?? []).length > 0 && t.ts.isIdentifier(each.name)
      ? [set(constant(each.name.text, at), name(each.name.text, at))]
      : [],
  );
  const prologue = isDerived ? [] : [...fields, ...given];
  const made = functionOf(t, node, '__init__', ['this'], prologue);
  return { kind: 'FunctionDefinition', function: made, decorators: [], ...at };
}
