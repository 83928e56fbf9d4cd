/** Classes of JavaScript. */
import type ts from 'typescript';
import type { Expression, Statement } from '../python/syntax';
import { expression, memberName } from './expressions';
import { functionOf, parameter, pass } from './functions';
import { knownClass } from './knownClasses';
import { assign, call, constant, functionSyntax, help, name, type Place, type Translation } from './translation';

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
  const own = node.members.flatMap((member) => memberStatements(t, member, node));
  const body = setsFieldsAlone(t, node) ? [fieldsStatement(t, node), ...own] : own;
  return {
    kind: 'ClassDefinition',
    name: node.name?.text ?? 'default',
    nameRange: node.name === undefined ? at : t.place(node.name),
    args: bases.map((value) => ({ kind: 'positional', value, ...at })),
    decorators: knownClass(t, node, at),
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
  // Without a constructor of its own, a derived class has its fields as the class's: what its base is given is not known.
  const isOfClass = isStatic(t, member) || (!hasConstructor(t, owner) && isDerived(t, owner));
  if (t.ts.isPropertyDeclaration(member) && isOfClass)
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

const isDerived = (t: Translation, owner: ts.ClassLikeDeclaration): boolean =>
  (owner.heritageClauses ?? []).some(({ token }) => token === t.ts.SyntaxKind.ExtendsKeyword);

/** Fields are set when the constructor begins, in a derived class after `super(…)`; parameters with modifiers become fields. */
function constructorStatement(
  t: Translation,
  node: ts.ConstructorDeclaration,
  owner: ts.ClassLikeDeclaration,
): Statement {
  const at = t.place(node);
  const given = node.parameters.flatMap((each) =>
    (t.ts.getModifiers(each) ?? []).length > 0 && t.ts.isIdentifier(each.name)
      ? [setField(constant(each.name.text, at), name(each.name.text, at), at)]
      : [],
  );
  const base = isDerived(t, owner) ? node.body?.statements.find((each) => isSuperCall(t, each)) : undefined;
  const after = base === undefined ? undefined : t.place(base).start;
  const made = functionOf(t, node, '__init__', ['this'], (own) => {
    const first = own.findIndex(({ start }) => start === after) + 1;
    return [...own.slice(0, first), ...fields(t, owner, at), ...given, ...own.slice(first)];
  });
  return { kind: 'FunctionDefinition', function: made, decorators: [], ...at };
}

const fields = (t: Translation, owner: ts.ClassLikeDeclaration, at: Place): Statement[] =>
  owner.members.flatMap((member) => {
    if (!t.ts.isPropertyDeclaration(member) || isStatic(t, member) || isFunctionField(t, member)) return [];
    const value = member.initializer === undefined ? constant(null, at) : expression(t, member.initializer);
    return [setField(memberName(t, member.name), value, at)];
  });

const setField = (label: Expression, value: Expression, at: Place): Statement => ({
  kind: 'ExpressionStatement',
  value: help('set_field', [name('this', at), label, value], at),
  ...at,
});

/** Are there fields, but neither a constructor nor a base? Every instance has its own. */
const setsFieldsAlone = (t: Translation, owner: ts.ClassLikeDeclaration): boolean =>
  !hasConstructor(t, owner) &&
  !isDerived(t, owner) &&
  owner.members.some((each) => t.ts.isPropertyDeclaration(each) && !isStatic(t, each) && !isFunctionField(t, each));

function fieldsStatement(t: Translation, owner: ts.ClassLikeDeclaration): Statement {
  const at = t.place(owner);
  const parameters = [parameter('this', 'positional', undefined, at), parameter('·more', 'star', undefined, at)];
  const region = {
    declared: new Set(parameters.map((each) => each.name)),
    outer: t.region,
    assigned: new Set<string>(),
  };
  const body = t.within(region, () => fields(t, owner, at));
  const made = functionSyntax('__init__', parameters, body, at, t.source);
  return { kind: 'FunctionDefinition', function: made, decorators: [], ...at };
}

const isSuperCall = (t: Translation, node: ts.Statement): boolean =>
  t.ts.isExpressionStatement(node) &&
  t.ts.isCallExpression(node.expression) &&
  node.expression.expression.kind === t.ts.SyntaxKind.SuperKeyword;
