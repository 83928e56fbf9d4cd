/** Expressions, by recursive descent over the reference manual's grammar with precedence climbing for operators. */
import type { Located } from './source';
import type {
  Argument,
  BinaryOperator,
  CompareOperator,
  ComprehensionClause,
  Expression,
  FormatPart,
  FunctionSyntax,
  Parameter,
} from './syntax';
import { numberValue, unescape, unescapeBytes } from './literals';
import type { Token, TokenStream } from './tokens';
import { Ellipsis, PyBytes } from './values';

/** Deeper nesting is refused, as CPython does for parentheses. */
const MAXIMUM_NESTING = 200;

const BINARY_PRECEDENCE: Readonly<Record<string, number>> = {
  '|': 1,
  '^': 2,
  '&': 3,
  '<<': 4,
  '>>': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '//': 6,
  '%': 6,
  '@': 6,
};

const COMPARISONS = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', 'is', 'not']);

/** `a, *b, c` or a single expression; a yield expression too. */
export function parseExpressionList(tokens: TokenStream): Expression {
  if (tokens.is('yield')) return yieldExpression(tokens);
  const { start } = tokens.peek();
  const first = starOrNamed(tokens);
  if (!tokens.is(',')) {
    if (first.kind === 'Starred') tokens.fail("can't use starred expression here", first);
    return first;
  }
  const elements = [first];
  while (tokens.accept(',')) {
    if (!startsExpression(tokens.peek())) break;
    elements.push(starOrNamed(tokens));
  }
  return { kind: 'Tuple', elements, start, end: tokens.lastEnd };
}

const CLOSERS = new Set([')', ']', '}', ':', '=', '->', '!', ';', ',', '.']);
const EXPRESSION_KEYWORDS = new Set(['None', 'True', 'False', 'not', 'lambda', 'await', 'yield']);

function startsExpression(token: Token): boolean {
  switch (token.kind) {
    case 'name':
    case 'number':
    case 'string':
      return true;
    case 'keyword':
      return EXPRESSION_KEYWORDS.has(token.text);
    case 'operator':
      return !CLOSERS.has(token.text) && !token.text.endsWith('=');
    default:
      return false;
  }
}

/** What follows an element of a bracket is neither a comma nor its end. */
function failAfter(tokens: TokenStream, last: Located | undefined): never {
  const next = tokens.peek();
  if (!startsExpression(next)) return tokens.fail('invalid syntax');
  return tokens.fail('invalid syntax. Perhaps you forgot a comma?', {
    start: last?.start ?? next.start,
    end: next.end,
  });
}

function starOrNamed(tokens: TokenStream): Expression {
  const { start } = tokens.peek();
  if (!tokens.accept('*')) return parseNamedExpression(tokens);
  const value = binary(tokens, 1);
  return { kind: 'Starred', value, start, end: value.end };
}

/** Assignment targets of `for`, comprehensions and `del`: no comparison may swallow the `in`. */
export function parseTargetList(tokens: TokenStream): Expression {
  const { start } = tokens.peek();
  const one = (): Expression => {
    const { start: from } = tokens.peek();
    if (!tokens.accept('*')) return binary(tokens, 1);
    const value = binary(tokens, 1);
    return { kind: 'Starred', value, start: from, end: value.end };
  };
  const first = one();
  if (!tokens.is(',')) return first;
  const elements = [first];
  while (tokens.accept(',')) {
    if (!startsExpression(tokens.peek())) break;
    elements.push(one());
  }
  return { kind: 'Tuple', elements, start, end: tokens.lastEnd };
}

function yieldExpression(tokens: TokenStream): Expression {
  const { start } = tokens.next();
  if (tokens.accept('from')) {
    const value = parseExpression(tokens);
    return { kind: 'YieldFrom', value, start, end: value.end };
  }
  const value = startsExpression(tokens.peek()) ? parseExpressionList(tokens) : undefined;
  return { kind: 'Yield', value, start, end: tokens.lastEnd };
}

/** An expression or `name := expression`. */
export function parseNamedExpression(tokens: TokenStream): Expression {
  const first = tokens.peek();
  if (first.kind === 'name') {
    const second = tokens.peekAfter(1);
    // In `f"{x:=5}"` the colon begins the format.
    if (second.kind === 'operator' && second.text === ':=' && !tokens.isFieldLevel) {
      tokens.next();
      tokens.next();
      const value = parseExpression(tokens);
      return { kind: 'Walrus', name: first.text, value, start: first.start, end: value.end };
    }
  }
  return parseExpression(tokens);
}

export function parseExpression(tokens: TokenStream): Expression {
  if (++tokens.nesting > MAXIMUM_NESTING) tokens.fail('too many nested parentheses');
  try {
    if (tokens.is('lambda')) return lambda(tokens);
    const body = disjunction(tokens);
    if (!tokens.is('if')) return body;
    tokens.next();
    const test = disjunction(tokens);
    if (!tokens.is('else')) tokens.fail("expected 'else' after 'if' expression", { start: body.start, end: test.end });
    tokens.next();
    const otherwise = parseExpression(tokens);
    return { kind: 'Conditional', test, body, otherwise, start: body.start, end: otherwise.end };
  } finally {
    tokens.nesting--;
  }
}

function disjunction(tokens: TokenStream): Expression {
  return boolean(tokens, 'or', (inner) => boolean(inner, 'and', inversion));
}

function boolean(
  tokens: TokenStream,
  operator: 'and' | 'or',
  operand: (tokens: TokenStream) => Expression,
): Expression {
  const first = operand(tokens);
  if (!tokens.is(operator)) return first;
  const operands = [first];
  while (tokens.accept(operator)) operands.push(operand(tokens));
  return { kind: 'Boolean', operator, operands, start: first.start, end: tokens.lastEnd };
}

function inversion(tokens: TokenStream): Expression {
  if (!tokens.is('not')) return comparison(tokens);
  const { start } = tokens.next();
  if (++tokens.nesting > MAXIMUM_NESTING) tokens.fail('too many nested parentheses');
  const operand = inversion(tokens);
  tokens.nesting--;
  return { kind: 'Unary', operator: 'not', operand, start, end: operand.end };
}

function comparison(tokens: TokenStream): Expression {
  const first = binary(tokens, 1);
  const rest: { operator: CompareOperator; operand: Expression }[] = [];
  for (;;) {
    const operator = comparisonOperator(tokens);
    if (operator === undefined) break;
    rest.push({ operator, operand: binary(tokens, 1) });
  }
  return rest.length === 0 ? first : { kind: 'Compare', first, rest, start: first.start, end: tokens.lastEnd };
}

function comparisonOperator(tokens: TokenStream): CompareOperator | undefined {
  const token = tokens.peek();
  if ((token.kind !== 'operator' && token.kind !== 'keyword') || !COMPARISONS.has(token.text)) return undefined;
  if (token.text === 'not') {
    if (tokens.peekAfter(1).text !== 'in') return undefined;
    tokens.next();
    tokens.next();
    return 'not in';
  }
  // The f-string field `{x!r}` never reaches here: `!` alone is no comparison.
  tokens.next();
  if (token.text === 'is' && tokens.accept('not')) return 'is not';
  return token.text as CompareOperator;
}

/** Left-associative operators of at least the given precedence. */
function binary(tokens: TokenStream, minimum: number): Expression {
  let left = unary(tokens);
  for (;;) {
    const token = tokens.peek();
    const precedence = token.kind === 'operator' ? BINARY_PRECEDENCE[token.text] : undefined;
    if (precedence === undefined || precedence < minimum) return left;
    tokens.next();
    const right = binary(tokens, precedence + 1);
    left = {
      kind: 'Binary',
      operator: token.text as BinaryOperator,
      left,
      right,
      start: left.start,
      end: right.end,
    };
  }
}

function unary(tokens: TokenStream): Expression {
  const token = tokens.peek();
  if (token.kind === 'operator' && (token.text === '-' || token.text === '+' || token.text === '~')) {
    tokens.next();
    if (++tokens.nesting > MAXIMUM_NESTING) tokens.fail('too many nested parentheses');
    const operand = unary(tokens);
    tokens.nesting--;
    return { kind: 'Unary', operator: token.text, operand, start: token.start, end: operand.end };
  }
  return power(tokens);
}

function power(tokens: TokenStream): Expression {
  const { start } = tokens.peek();
  let base: Expression;
  if (tokens.accept('await')) {
    const value = primary(tokens);
    base = { kind: 'Await', value, start, end: value.end };
  } else base = primary(tokens);
  if (!tokens.accept('**')) return base;
  const right = unary(tokens);
  return { kind: 'Binary', operator: '**', left: base, right, start, end: right.end };
}

function primary(tokens: TokenStream): Expression {
  let value = parseAtom(tokens);
  for (;;) {
    const token = tokens.peek();
    if (token.kind !== 'operator') return value;
    if (token.text === '.') {
      tokens.next();
      const { text: name, end } = tokens.name();
      value = { kind: 'Attribute', object: value, name, start: value.start, end };
    } else if (token.text === '(') {
      const args = parseArguments(tokens);
      value = { kind: 'Call', callee: value, args, start: value.start, end: tokens.lastEnd };
    } else if (token.text === '[') {
      tokens.next();
      const index = subscript(tokens);
      const { end } = tokens.expect(']');
      value = { kind: 'Subscript', object: value, index, start: value.start, end };
    } else return value;
  }
}

function subscript(tokens: TokenStream): Expression {
  const { start } = tokens.peek();
  const first = sliceOrIndex(tokens);
  if (!tokens.is(','))
    return first.kind === 'Starred' ? { kind: 'Tuple', elements: [first], start, end: first.end } : first;
  const elements = [first];
  while (tokens.accept(',')) {
    if (tokens.is(']')) break;
    elements.push(sliceOrIndex(tokens));
  }
  return { kind: 'Tuple', elements, start, end: tokens.lastEnd };
}

function sliceOrIndex(tokens: TokenStream): Expression {
  const { start } = tokens.peek();
  const bound = (): Expression | undefined =>
    tokens.is(':') || tokens.is(',') || tokens.is(']') ? undefined : parseExpression(tokens);
  const lower = tokens.is(':') ? undefined : starOrNamed(tokens);
  if (!tokens.is(':')) return lower ?? tokens.fail('invalid syntax');
  tokens.next();
  const upper = bound();
  const step = tokens.accept(':') ? bound() : undefined;
  return { kind: 'Slice', lower, upper, step, start, end: Math.max(tokens.lastEnd, start + 1) };
}

/** `(a, *b, name=c, **d)` of a call or a class definition. */
export function parseArguments(tokens: TokenStream): Argument[] {
  tokens.expect('(');
  const args: Argument[] = [];
  while (!tokens.is(')')) {
    args.push(argument(tokens));
    if (!tokens.accept(',')) break;
  }
  if (!tokens.is(')')) failAfter(tokens, args.at(-1));
  tokens.next();
  return args;
}

function argument(tokens: TokenStream): Argument {
  const { start, kind, text } = tokens.peek();
  const located = (value: Expression): Located => ({ start, end: value.end });
  if (tokens.accept('*')) {
    const value = parseExpression(tokens);
    return { kind: 'star', value, ...located(value) };
  }
  if (tokens.accept('**')) {
    const value = parseExpression(tokens);
    return { kind: 'doubleStar', value, ...located(value) };
  }
  if (kind === 'name' && tokens.peekAfter(1).kind === 'operator' && tokens.peekAfter(1).text === '=') {
    tokens.next();
    tokens.next();
    const value = parseExpression(tokens);
    return { kind: 'keyword', name: text, value, ...located(value) };
  }
  const value = parseNamedExpression(tokens);
  if (!startsComprehension(tokens)) return { kind: 'positional', value, ...located(value) };
  const clauses = comprehensionClauses(tokens);
  const end = tokens.lastEnd;
  const generator: Expression = {
    kind: 'Comprehension',
    result: 'generator',
    element: value,
    value: undefined,
    clauses,
    start,
    end,
  };
  return { kind: 'positional', value: generator, start, end };
}

const startsComprehension = (tokens: TokenStream): boolean =>
  tokens.is('for') || (tokens.is('async') && tokens.peekAfter(1).text === 'for');

function comprehensionClauses(tokens: TokenStream): ComprehensionClause[] {
  const clauses: ComprehensionClause[] = [];
  while (startsComprehension(tokens)) {
    const isAsync = tokens.accept('async');
    tokens.expect('for');
    const target = parseTargetList(tokens);
    if (!tokens.accept('in')) tokens.fail("'in' expected after for-loop variables");
    const iterable = disjunction(tokens);
    const conditions: Expression[] = [];
    while (tokens.accept('if')) conditions.push(comprehensionCondition(tokens));
    clauses.push({ target, iterable, conditions, isAsync });
  }
  return clauses;
}

/** A condition ends before `if` and `for`, so it is a disjunction, a lambda or a walrus. */
function comprehensionCondition(tokens: TokenStream): Expression {
  const first = tokens.peek();
  const second = tokens.peekAfter(1);
  if (first.kind === 'name' && second.kind === 'operator' && second.text === ':=') return parseNamedExpression(tokens);
  return tokens.is('lambda') ? lambda(tokens) : disjunction(tokens);
}

function lambda(tokens: TokenStream): Expression {
  const { start, end: nameEnd } = tokens.next();
  const parameters = parseParameters(tokens, ':', false);
  tokens.expect(':');
  const body = parseExpression(tokens);
  const syntax: FunctionSyntax = {
    name: '<lambda>',
    nameRange: { start, end: nameEnd },
    parameters,
    body,
    returns: undefined,
    isAsync: false,
    source: tokens.source,
    start,
    end: body.end,
    analysis: undefined,
  };
  return { kind: 'Lambda', function: syntax, start, end: body.end };
}

/** Parameters up to `close`, which stays unread. */
export function parseParameters(tokens: TokenStream, close: string, annotated: boolean): Parameter[] {
  const parameters: Parameter[] = [];
  let keywordOnly = false;
  let defaulted = false;
  while (!tokens.is(close)) {
    const { start } = tokens.peek();
    if (tokens.accept('/')) {
      for (const [i, parameter] of parameters.entries()) parameters[i] = { ...parameter, kind: 'positionalOnly' };
    } else if (tokens.accept('**')) {
      parameters.push(parameter(tokens, start, 'doubleStar', annotated));
    } else if (tokens.accept('*')) {
      keywordOnly = true;
      if (!tokens.is(',')) parameters.push(parameter(tokens, start, 'star', annotated));
    } else {
      const made = parameter(tokens, start, keywordOnly ? 'keywordOnly' : 'positional', annotated);
      if (parameters.some(({ name }) => name === made.name))
        tokens.fail(`duplicate argument '${made.name}' in function definition`, made);
      if (!keywordOnly) {
        if (made.default === undefined && defaulted)
          tokens.fail('parameter without a default follows parameter with a default', made);
        defaulted ||= made.default !== undefined;
      }
      parameters.push(made);
    }
    if (!tokens.accept(',')) break;
  }
  return parameters;
}

function parameter(tokens: TokenStream, start: number, kind: Parameter['kind'], annotated: boolean): Parameter {
  const { text: name } = tokens.name();
  let annotation: Expression | undefined;
  if (annotated && tokens.accept(':')) annotation = tokens.is('*') ? starOrNamed(tokens) : parseExpression(tokens);
  const value = tokens.accept('=') ? parseExpression(tokens) : undefined;
  return { name, kind, default: value, annotation, start, end: tokens.lastEnd };
}

/** A name, literal, display or parenthesised expression. */
export function parseAtom(tokens: TokenStream): Expression {
  const token = tokens.peek();
  const { start, end, text } = token;
  switch (token.kind) {
    case 'name':
      tokens.next();
      return { kind: 'Name', name: text, start, end };
    case 'number':
      tokens.next();
      return /j$/i.test(text)
        ? { kind: 'Imaginary', value: Number(text.slice(0, -1).replaceAll('_', '')), start, end }
        : { kind: 'Constant', value: numberValue(text), start, end };
    case 'string':
      return strings(tokens);
    case 'keyword':
      if (text === 'None' || text === 'True' || text === 'False') {
        tokens.next();
        return { kind: 'Constant', value: text === 'None' ? null : text === 'True', start, end };
      }
      return tokens.fail('invalid syntax');
    case 'operator':
      if (text === '(') return parenthesised(tokens);
      if (text === '[') return list(tokens);
      if (text === '{') return braces(tokens);
      if (text === '...') {
        tokens.next();
        return { kind: 'Constant', value: Ellipsis, start, end };
      }
      return tokens.fail('invalid syntax');
    default:
      return tokens.fail('invalid syntax');
  }
}

/** Adjacent literals are one. */
function strings(tokens: TokenStream): Expression {
  const { start } = tokens.peek();
  const pieces: Token[] = [];
  while (tokens.peek().kind === 'string') pieces.push(tokens.next());
  const end = tokens.lastEnd;
  const bytes = pieces.filter(({ text }) => /^[rR]?[bB]/.test(text));
  if (bytes.length > 0) {
    if (bytes.length < pieces.length) tokens.fail('cannot mix bytes and nonbytes literals', { start, end });
    const data = bytes.map((piece) => unescapeBytes(body(piece), /^[bB]?[rR]/.test(piece.text), piece));
    return { kind: 'Constant', value: new PyBytes(Uint8Array.from(data.flatMap((part) => [...part]))), start, end };
  }
  const parts = pieces.flatMap((piece): readonly FormatPart[] => {
    if (piece.parts !== undefined) return piece.parts;
    return [/^[rR]/.test(piece.text) ? body(piece) : unescape(body(piece), piece)];
  });
  return parts.every((part) => typeof part === 'string') && !pieces.some((piece) => piece.parts !== undefined)
    ? { kind: 'Constant', value: parts.join(''), start, end }
    : { kind: 'FormattedString', parts, start, end };
}

/** A string token's text between its quotes, with universal newlines. */
function body({ text }: Token): string {
  const prefix = text.search(/['"]/);
  const quote = text[prefix] ?? '"';
  const width = text.startsWith(quote.repeat(3), prefix) && text.length >= prefix + 6 ? 3 : 1;
  return text.slice(prefix + width, -width).replaceAll('\r\n', '\n');
}

function parenthesised(tokens: TokenStream): Expression {
  const { start } = tokens.next();
  if (tokens.is(')')) return { kind: 'Tuple', elements: [], start, end: tokens.next().end };
  if (tokens.is('yield')) {
    const value = yieldExpression(tokens);
    tokens.expect(')');
    return value;
  }
  const first = starOrNamed(tokens);
  if (startsComprehension(tokens)) {
    const clauses = comprehensionClauses(tokens);
    const { end } = tokens.expect(')');
    return { kind: 'Comprehension', result: 'generator', element: first, value: undefined, clauses, start, end };
  }
  if (tokens.is(',')) {
    const elements = elementsAfter(tokens, first, ')');
    return { kind: 'Tuple', elements, start, end: tokens.expect(')').end };
  }
  if (first.kind === 'Starred') tokens.fail('cannot use starred expression here', first);
  if (!tokens.is(')')) failAfter(tokens, first);
  const { end } = tokens.next();
  // The range includes the parentheses, so that an error underlines what the reader sees as one thing.
  return { ...first, start, end };
}

function elementsAfter(tokens: TokenStream, first: Expression, close: string): Expression[] {
  const elements = [first];
  while (tokens.accept(',')) {
    if (tokens.is(close)) break;
    elements.push(starOrNamed(tokens));
  }
  if (!tokens.is(close)) failAfter(tokens, elements.at(-1));
  return elements;
}

function list(tokens: TokenStream): Expression {
  const { start } = tokens.next();
  if (tokens.is(']')) return { kind: 'List', elements: [], start, end: tokens.next().end };
  const first = starOrNamed(tokens);
  if (startsComprehension(tokens)) {
    const clauses = comprehensionClauses(tokens);
    const { end } = tokens.expect(']');
    return { kind: 'Comprehension', result: 'list', element: first, value: undefined, clauses, start, end };
  }
  const elements = elementsAfter(tokens, first, ']');
  return { kind: 'List', elements, start, end: tokens.expect(']').end };
}

function braces(tokens: TokenStream): Expression {
  const { start } = tokens.next();
  if (tokens.is('}')) return { kind: 'Dict', entries: [], start, end: tokens.next().end };
  if (!tokens.is('**')) {
    const first = starOrNamed(tokens);
    if (!tokens.is(':')) {
      if (startsComprehension(tokens)) {
        const clauses = comprehensionClauses(tokens);
        const { end } = tokens.expect('}');
        return { kind: 'Comprehension', result: 'set', element: first, value: undefined, clauses, start, end };
      }
      const elements = elementsAfter(tokens, first, '}');
      return { kind: 'Set', elements, start, end: tokens.expect('}').end };
    }
    tokens.next();
    const value = parseExpression(tokens);
    if (startsComprehension(tokens)) {
      const clauses = comprehensionClauses(tokens);
      const { end } = tokens.expect('}');
      return { kind: 'Comprehension', result: 'dict', element: first, value, clauses, start, end };
    }
    return dictionary(tokens, start, [{ key: first, value }]);
  }
  return dictionary(tokens, start, [dictionaryEntry(tokens)]);
}

function dictionaryEntry(tokens: TokenStream): { key: Expression | undefined; value: Expression } {
  if (tokens.accept('**')) return { key: undefined, value: binary(tokens, 1) };
  const key = parseExpression(tokens);
  if (!tokens.accept(':')) tokens.fail("':' expected after dictionary key");
  return { key, value: parseExpression(tokens) };
}

function dictionary(
  tokens: TokenStream,
  start: number,
  entries: { key: Expression | undefined; value: Expression }[],
): Expression {
  while (tokens.accept(',')) {
    if (tokens.is('}')) break;
    entries.push(dictionaryEntry(tokens));
  }
  if (!tokens.is('}')) failAfter(tokens, entries.at(-1)?.value);
  return { kind: 'Dict', entries, start, end: tokens.next().end };
}
