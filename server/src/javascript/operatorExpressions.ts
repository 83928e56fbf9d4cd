/** Operators, assignments and tests of JavaScript as expressions of the interpreter. */
import type ts from 'typescript';
import type { BinaryOperator, CompareOperator, Expression } from '../python/syntax';
import { expression } from './expressions';
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

export function prefix(t: Translation, node: ts.PrefixUnaryExpression): Expression {
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
export function changed(
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
function assignment(t: Translation, target: ts.Expression, value: Expression, at: Place): Expression {
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

export function binary(t: Translation, node: ts.BinaryExpression): Expression {
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
