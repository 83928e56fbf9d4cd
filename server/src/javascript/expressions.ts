/** Expressions of JavaScript as expressions of the interpreter. */
import type ts from 'typescript';
import { helperName } from './names';
import { folderOf } from './workspaceFiles';
import type { Argument, Expression } from '../python/syntax';
import { classExpression } from './classes';
import { functionExpression, memberExpression } from './functions';
import { binary, changed, condition, prefix } from './operatorExpressions';
import { call, constant, help, name, positional, type Place, type Translation } from './translation';

/** Literal names. */
const values: Readonly<Record<string, null | number>> = { undefined: null, NaN: NaN, Infinity };

export function expression(t: Translation, node: ts.Expression): Expression {
  const { ts: typescript } = t;
  const at = t.place(node);
  if (typescript.isParenthesizedExpression(node) || typescript.isNonNullExpression(node))
    return expression(t, node.expression);
  if (
    typescript.isAsExpression(node) ||
    typescript.isSatisfiesExpression(node) ||
    typescript.isTypeAssertionExpression(node)
  )
    return expression(t, node.expression);
  if (typescript.isAwaitExpression(node)) return expression(t, node.expression);
  if (typescript.isIdentifier(node)) return identifier(t, node);
  if (typescript.isNumericLiteral(node)) return constant(numberOf(node.text), at);
  if (typescript.isStringLiteral(node) || typescript.isNoSubstitutionTemplateLiteral(node))
    return constant(node.text, at);
  if (typescript.isTemplateExpression(node))
    return help(
      'text',
      [
        constant(node.head.text, at),
        ...node.templateSpans.flatMap((span) => [expression(t, span.expression), constant(span.literal.text, at)]),
      ],
      at,
    );
  if (typescript.isArrayLiteralExpression(node))
    return { kind: 'List', elements: node.elements.map((element) => listElement(t, element)), ...at };
  if (typescript.isObjectLiteralExpression(node)) return objectLiteral(t, node);
  if (typescript.isPropertyAccessExpression(node)) return property(t, node);
  if (typescript.isElementAccessExpression(node))
    return help('item', [expression(t, node.expression), expression(t, node.argumentExpression)], at);
  if (typescript.isCallExpression(node)) return callExpression(t, node);
  if (typescript.isNewExpression(node))
    return call(expression(t, node.expression), argumentsOf(t, node.arguments ?? []), at);
  if (typescript.isConditionalExpression(node))
    return {
      kind: 'Conditional',
      test: condition(t, node.condition),
      body: expression(t, node.whenTrue),
      otherwise: expression(t, node.whenFalse),
      ...at,
    };
  if (typescript.isArrowFunction(node) || typescript.isFunctionExpression(node)) return functionExpression(t, node);
  if (typescript.isClassExpression(node)) return classExpression(t, node);
  if (typescript.isPrefixUnaryExpression(node)) return prefix(t, node);
  if (typescript.isPostfixUnaryExpression(node)) return changed(t, node.operand, node.operator, true, at);
  if (typescript.isTypeOfExpression(node)) return help('type_of', [expression(t, node.expression)], at);
  if (typescript.isVoidExpression(node)) return constant(null, at);
  if (typescript.isBinaryExpression(node)) return binary(t, node);
  if (typescript.isJsxElement(node) || typescript.isJsxFragment(node) || typescript.isJsxSelfClosingElement(node))
    return markup(t, node);
  return keyword(t, node);
}

function identifier(t: Translation, node: ts.Identifier): Expression {
  const at = t.place(node);
  const value = values[node.text];
  if (Object.hasOwn(values, node.text) && value !== undefined) return constant(value, at);
  if (!t.isFree(node.text)) return name(node.text, at);
  // What a page loads beside the program.
  return node.text === 'tf' ? required(t, '@tensorflow/tfjs', at) : help('global_of', [constant(node.text, at)], at);
}

/** Elements of a page are not read; the functions that they are given may be called by somebody. */
function markup(t: Translation, node: ts.Expression): Expression {
  const at = t.place(node);
  const handlers: ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    if (t.ts.isJsxAttribute(child)) {
      const given = child.initializer;
      const handler = given !== undefined && t.ts.isJsxExpression(given) ? given.expression : undefined;
      if (handler !== undefined && (t.ts.isIdentifier(handler) || t.ts.isArrowFunction(handler)))
        handlers.push(handler);
    } else if (isShown(child)) t.ts.forEachChild(child, visit);
  };
  // Elements that a list makes one by one have names of their own.
  const isShown = (child: ts.Node): boolean => !t.ts.isFunctionLike(child) && !t.ts.isCallExpression(child);
  t.ts.forEachChild(node, visit);
  return call(help('unread', [constant('an element of a page', at)], at), argumentsOf(t, handlers), at);
}

const numberOf = (text: string): number | bigint => {
  const value = Number(text);
  return Number.isSafeInteger(value) ? BigInt(value) : value;
};

function keyword(t: Translation, node: ts.Expression): Expression {
  const at = t.place(node);
  switch (node.kind) {
    case t.ts.SyntaxKind.TrueKeyword:
      return constant(true, at);
    case t.ts.SyntaxKind.FalseKeyword:
      return constant(false, at);
    case t.ts.SyntaxKind.NullKeyword:
      return constant(null, at);
    case t.ts.SyntaxKind.ThisKeyword:
      return t.isFree('this')
        ? help('unread', [constant('"this" of a function that is no method', at)], at)
        : name('this', at);
    default:
      return help('unread', [constant(t.textOf(node).slice(0, 60), at)], at);
  }
}

function listElement(t: Translation, node: ts.Expression): Expression {
  if (!t.ts.isSpreadElement(node))
    return t.ts.isOmittedExpression(node) ? constant(null, t.place(node)) : expression(t, node);
  const at = t.place(node);
  return { kind: 'Starred', value: help('iterate', [expression(t, node.expression)], at), ...at };
}

export function argumentsOf(t: Translation, nodes: readonly ts.Expression[]): Argument[] {
  return nodes.map((node): Argument => {
    if (!t.ts.isSpreadElement(node)) return positional(expression(t, node));
    const at = t.place(node);
    return { kind: 'star', value: help('iterate', [expression(t, node.expression)], at), ...at };
  });
}

/** The name of a member: `a`, `'a'`, `1`, or computed. */
export function memberName(t: Translation, node: ts.PropertyName): Expression {
  const at = t.place(node);
  if (t.ts.isComputedPropertyName(node)) return expression(t, node.expression);
  return constant(t.ts.isIdentifier(node) || t.ts.isStringLiteral(node) ? node.text : t.textOf(node), at);
}

function objectLiteral(t: Translation, node: ts.ObjectLiteralExpression): Expression {
  const at = t.place(node);
  const entries = node.properties.flatMap((member): { key: Expression | undefined; value: Expression }[] => {
    if (t.ts.isPropertyAssignment(member)) {
      const { initializer } = member;
      const isMethod = t.ts.isFunctionExpression(initializer) && /\bthis\b/.test(t.textOf(initializer));
      const value = isMethod ? memberExpression(t, initializer) : expression(t, initializer);
      return [{ key: memberName(t, member.name), value }];
    }
    if (t.ts.isShorthandPropertyAssignment(member))
      return [{ key: constant(member.name.text, at), value: expression(t, member.name) }];
    if (t.ts.isSpreadAssignment(member))
      return [{ key: undefined, value: help('fields', [expression(t, member.expression)], at) }];
    if (t.ts.isMethodDeclaration(member) || t.ts.isGetAccessorDeclaration(member))
      return [{ key: memberName(t, member.name), value: memberExpression(t, member) }];
    return [];
  });
  return help('object_of', [{ kind: 'Dict', entries, ...at }], at);
}

function property(t: Translation, node: ts.PropertyAccessExpression): Expression {
  const at = t.place(node);
  if (node.expression.kind === t.ts.SyntaxKind.SuperKeyword)
    return { kind: 'Attribute', object: superCall(at), name: node.name.text, ...at };
  // `import.meta`
  if (t.ts.isMetaProperty(node.expression)) {
    const { file } = t.source;
    const known: Readonly<Record<string, string>> = { url: `file://${file}`, dirname: folderOf(file), filename: file };
    const found = known[node.name.text];
    if (found !== undefined) return constant(found, at);
  }
  const helper = node.questionDotToken === undefined ? 'get' : 'maybe';
  return help(helper, [expression(t, node.expression), constant(node.name.text, t.place(node.name))], at);
}

const superCall = (at: Place): Expression => call(name('super', at), [], at);

function callExpression(t: Translation, node: ts.CallExpression): Expression {
  const at = t.place(node);
  const callee = node.expression;
  if (callee.kind === t.ts.SyntaxKind.SuperKeyword)
    return call(
      { kind: 'Attribute', object: superCall(at), name: '__init__', ...at },
      argumentsOf(t, node.arguments),
      at,
    );
  const [first] = node.arguments;
  const loads =
    callee.kind === t.ts.SyntaxKind.ImportKeyword || (t.ts.isIdentifier(callee) && callee.text === 'require');
  if (loads && first !== undefined && t.ts.isStringLiteral(first)) return required(t, first.text, at);
  const isOptional =
    node.questionDotToken !== undefined ||
    (t.ts.isPropertyAccessExpression(callee) && callee.questionDotToken !== undefined);
  const args = argumentsOf(t, node.arguments);
  return isOptional
    ? call(name(helperName('maybe_call'), at), [positional(expression(t, callee)), ...args], at)
    : call(expression(t, callee), args, at);
}

/** A module by its specifier, seen from this file. */
export const required = (t: Translation, specifier: string, at: Place): Expression =>
  help('call_require', [constant(specifier, at), constant(t.source.file, at)], at);
