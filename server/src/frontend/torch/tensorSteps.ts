/** What a short function of one tensor does, as a chain of calls: `lambda x: x.view(-1) * 2` → view(-1), mul(2). */
import type { DataCall, DataValue } from '../../dataset/dataCall';
import type { Expression, FunctionSyntax } from '../../python/syntax';

const arithmetic: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' };

/** Undefined where the function does more than follow its first argument through calls with literal arguments. */
export function tensorSteps({ parameters, body }: FunctionSyntax): readonly DataCall[] | undefined {
  const [first] = parameters;
  const result = resultOf(body);
  return first === undefined || result === undefined ? undefined : stepsOf(result, first.name);
}

/** The expression that a function consists of. */
function resultOf(body: FunctionSyntax['body']): Expression | undefined {
  if (!('length' in body)) return body;
  const [only, ...rest] = body;
  return only?.kind === 'Return' && rest.length === 0 ? only.value : undefined;
}

function stepsOf(expression: Expression, name: string): readonly DataCall[] | undefined {
  if (expression.kind === 'Name') return expression.name === name ? [] : undefined;
  if (expression.kind === 'Binary')
    return arithmeticSteps(expression.operator, expression.left, expression.right, name);
  if (expression.kind !== 'Call' || expression.callee.kind !== 'Attribute') return undefined;
  const { object, name: method } = expression.callee;
  const isLibrary = object.kind === 'Name' && object.name !== name;
  const values = expression.args.filter(({ kind }) => kind === 'positional').map(({ value }) => value);
  const subject = isLibrary ? values.shift() : object;
  const before = subject === undefined ? undefined : stepsOf(subject, name);
  const positional = values.map(literal);
  const named = expression.args.flatMap((arg): [string, DataValue][] =>
    arg.kind === 'keyword' ? [[arg.name, literal(arg.value)]] : [],
  );
  const isLiteral = [...positional, ...named.map(([, value]) => value)].every((value) => value !== undefined);
  if (before === undefined || !isLiteral) return undefined;
  return [...before, { name: `tensor.${method}`, origin: 'library', positional, named: Object.fromEntries(named) }];
}

function arithmeticSteps(
  operator: string,
  left: Expression,
  right: Expression,
  name: string,
): readonly DataCall[] | undefined {
  const method = arithmetic[operator];
  const number = literal(right);
  if (method === undefined) return undefined;
  if (typeof number === 'number') return append(stepsOf(left, name), method, number);
  const first = literal(left);
  // a + x and a · x are x + a and x · a; a − x is −x + a.
  if (typeof first !== 'number' || method === 'div') return undefined;
  const before = stepsOf(right, name);
  return method === 'sub' ? append(append(before, 'mul', -1), 'add', first) : append(before, method, first);
}

const append = (steps: readonly DataCall[] | undefined, method: string, by: number): DataCall[] | undefined =>
  steps && [...steps, { name: `tensor.${method}`, origin: 'library', positional: [by], named: {} }];

/** Numbers, texts and sequences of them as they are written. */
function literal(expression: Expression): DataValue {
  switch (expression.kind) {
    case 'Constant': {
      const { value } = expression;
      if (typeof value === 'bigint') return Number(value);
      return typeof value === 'object' && value !== null ? undefined : value;
    }
    case 'Unary': {
      const operand = literal(expression.operand);
      return expression.operator === '-' && typeof operand === 'number' ? -operand : undefined;
    }
    case 'Binary': {
      const [a, b] = [literal(expression.left), literal(expression.right)];
      if (typeof a !== 'number' || typeof b !== 'number') return undefined;
      const { operator } = expression;
      return operator === '*'
        ? a * b
        : operator === '/'
          ? a / b
          : operator === '+'
            ? a + b
            : operator === '-'
              ? a - b
              : undefined;
    }
    case 'Tuple':
    case 'List': {
      const items = expression.elements.map(literal);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    default:
      return undefined;
  }
}
