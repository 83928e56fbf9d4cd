/** Expressions of JavaScript as expressions of the interpreter. */
import type ts from 'typescript';
import { helperName } from './names';
import type { Argument, BinaryOperator, CompareOperator, Expression } from '../python/syntax';
import { classExpression, functionExpression, memberExpression } from './functions';
import { call, constant, delayed, help, name, positional, type Place, type Translation } from './translation';

const arithmetic: Readonly<Record<string, BinaryOperator>> = {
  '-': '-',
  '*': '*',
  '**': '**',
  '<<': '<<',
  '>>': '>>',
  '&': '&',
  '|': '|',
  '^': '^',
};
const comparisons: Readonly<Record<string, CompareOperator>> = { '<': '<', '<=': '<=', '>': '>', '>=': '>=', in: 'in' };

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
    } else if (!t.ts.isJsxExpression(child)) t.ts.forEachChild(child, visit);
  };
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

function prefix(t: Translation, node: ts.PrefixUnaryExpression): Expression {
  const at = t.place(node);
  const { SyntaxKind } = t.ts;
  switch (node.operator) {
    case SyntaxKind.ExclamationToken:
      return { kind: 'Unary', operator: 'not', operand: condition(t, node.operand), ...at };
    case SyntaxKind.MinusToken:
      return { kind: 'Unary', operator: '-', operand: expression(t, node.operand), ...at };
    case SyntaxKind.TildeToken:
      return { kind: 'Unary', operator: '~', operand: expression(t, node.operand), ...at };
    case SyntaxKind.PlusToken:
      return call(name('Number', at), [positional(expression(t, node.operand))], at);
    default:
      return changed(t, node.operand, node.operator, false, at);
  }
}

/** `++x`, `x--`: the new value, or with `before` the old one. */
function changed(
  t: Translation,
  target: ts.Expression,
  operator: ts.SyntaxKind,
  before: boolean,
  at: Place,
): Expression {
  const step: BinaryOperator = operator === t.ts.SyntaxKind.PlusPlusToken ? '+' : '-';
  const one = constant(1n, at);
  const next: Expression = { kind: 'Binary', operator: step, left: expression(t, target), right: one, ...at };
  const assigned = assignment(t, target, next, at);
  if (!before) return assigned;
  return { kind: 'Binary', operator: step === '+' ? '-' : '+', left: assigned, right: one, ...at };
}

/** An assignment as an expression with its value. */
export function assignment(t: Translation, target: ts.Expression, value: Expression, at: Place): Expression {
  if (t.ts.isParenthesizedExpression(target)) return assignment(t, target.expression, value, at);
  if (t.ts.isIdentifier(target)) {
    t.assigns(target.text);
    return { kind: 'Walrus', name: target.text, value, ...at };
  }
  if (t.ts.isPropertyAccessExpression(target))
    return help('set', [expression(t, target.expression), constant(target.name.text, at), value], at);
  if (t.ts.isElementAccessExpression(target))
    return help('set_item', [expression(t, target.expression), expression(t, target.argumentExpression), value], at);
  return help('unread', [constant(t.textOf(target).slice(0, 60), at)], at);
}

/** `a += b` and the like: the operator without `=`. */
const compound = (operator: string): string | undefined =>
  /^(\+|-|\*|\/|%|\*\*|<<|>>|&|\||\^|&&|\|\||\?\?)=$/.exec(operator)?.[1];

function binary(t: Translation, node: ts.BinaryExpression): Expression {
  const at = t.place(node);
  const operator = node.operatorToken.getText(t.tree);
  if (operator === '=') return assignment(t, node.left, expression(t, node.right), at);
  const joined = compound(operator);
  if (joined !== undefined) return assignment(t, node.left, operation(t, joined, node, at), at);
  return operation(t, operator, node, at);
}

function operation(t: Translation, operator: string, node: ts.BinaryExpression, at: Place): Expression {
  const left = expression(t, node.left);
  const later = (): Expression => delayed(expression(t, node.right), t.source);
  switch (operator) {
    case '&&':
      return help('both', [left, later()], at);
    case '||':
      return help('either', [left, later()], at);
    case '??':
      return help('given', [left, later()], at);
    case ',':
      return {
        kind: 'Subscript',
        object: { kind: 'Tuple', elements: [left, expression(t, node.right)], ...at },
        index: constant(1n, at),
        ...at,
      };
    case 'instanceof':
      return call(name('isinstance', at), [left, expression(t, node.right)].map(positional), at);
    default:
  }
  const right = expression(t, node.right);
  if (operator === '+') return help('add', [left, right], at);
  if (operator === '/') return help('divide', [left, right], at);
  if (operator === '%') return help('modulo', [left, right], at);
  if (operator === '===' || operator === '==') return help('same', [left, right], at);
  if (operator === '!==' || operator === '!=')
    return { kind: 'Unary', operator: 'not', operand: help('same', [left, right], at), ...at };
  const compared = comparisons[operator];
  if (compared !== undefined)
    return { kind: 'Compare', first: left, rest: [{ operator: compared, operand: right }], ...at };
  const plain = arithmetic[operator];
  if (plain !== undefined) return { kind: 'Binary', operator: plain, left, right, ...at };
  return help('unread', [constant(`the operator ${operator}`, at)], at);
}

/** An expression as the test of a branch: by JavaScript's idea of truth. */
export function condition(t: Translation, node: ts.Expression): Expression {
  const at = t.place(node);
  if (t.ts.isParenthesizedExpression(node)) return condition(t, node.expression);
  if (t.ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.getText(t.tree);
    if (operator === '&&' || operator === '||')
      return {
        kind: 'Boolean',
        operator: operator === '&&' ? 'and' : 'or',
        operands: [condition(t, node.left), condition(t, node.right)],
        ...at,
      };
    if (/^([<>]=?|[!=]==?|in|instanceof)$/.test(operator)) return expression(t, node);
  }
  if (t.ts.isPrefixUnaryExpression(node) && node.operator === t.ts.SyntaxKind.ExclamationToken)
    return expression(t, node);
  return help('truthy', [expression(t, node)], at);
}
