/** `match` statements. `match` is an ordinary name elsewhere, so the statement is tried and given up when it does not fit. */
import type { StatementParser } from './parse';
import { parseAtom, parseExpressionList, parseNamedExpression } from './parseExpressions';
import type { Expression, MatchCase, Pattern, Statement } from './syntax';
import { ParseError } from './tokens';
import type { TokenStream } from './tokens';

/** undefined when the line begins with a variable called `match`. */
export function parseMatch(tokens: TokenStream, statements: StatementParser): Statement | undefined {
  const position = tokens.position;
  const opener = tokens.next();
  let subject: Expression;
  try {
    subject = parseExpressionList(tokens);
    const after = [tokens.peekAfter(0), tokens.peekAfter(1), tokens.peekAfter(2), tokens.peekAfter(3)];
    if (
      after[0]?.text !== ':' ||
      after[1]?.kind !== 'newline' ||
      after[2]?.kind !== 'indent' ||
      after[3]?.text !== 'case'
    )
      throw new ParseError('invalid syntax', tokens.peek());
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    tokens.rewind(position);
    return undefined;
  }
  for (let i = 0; i < 3; i++) tokens.next();
  const cases: MatchCase[] = [];
  while (tokens.isWord('case')) cases.push(matchCase(tokens, statements));
  if (tokens.peek().kind === 'dedent') tokens.next();
  else if (tokens.peek().kind !== 'end') tokens.fail('invalid syntax');
  return { kind: 'Match', subject, cases, start: opener.start, end: tokens.lastEnd };
}

function matchCase(tokens: TokenStream, statements: StatementParser): MatchCase {
  const opener = tokens.next();
  const { start } = tokens.peek();
  const first = asPattern(tokens);
  let pattern = first;
  if (tokens.is(',') || first.kind === 'StarPattern') {
    const elements = [first];
    while (tokens.accept(',')) {
      if (tokens.is(':') || tokens.is('if')) break;
      elements.push(asPattern(tokens));
    }
    pattern = { kind: 'SequencePattern', elements, start, end: tokens.lastEnd };
  }
  const guard = tokens.accept('if') ? parseNamedExpression(tokens) : undefined;
  const body = statements.block("'case' statement", opener);
  return { pattern, guard, body, start: opener.start, end: tokens.lastEnd };
}

function asPattern(tokens: TokenStream): Pattern {
  const { start } = tokens.peek();
  if (tokens.accept('*')) {
    const name = tokens.name().text;
    return { kind: 'StarPattern', name: name === '_' ? undefined : name, start, end: tokens.lastEnd };
  }
  const first = closedPattern(tokens);
  let pattern = first;
  if (tokens.is('|')) {
    const alternatives = [first];
    while (tokens.accept('|')) alternatives.push(closedPattern(tokens));
    pattern = { kind: 'OrPattern', alternatives, start, end: tokens.lastEnd };
  }
  if (!tokens.accept('as')) return pattern;
  const name = tokens.name().text;
  return { kind: 'AsPattern', pattern, name, start, end: tokens.lastEnd };
}

function closedPattern(tokens: TokenStream): Pattern {
  const token = tokens.peek();
  const { start } = token;
  if (token.kind === 'name') return namedPattern(tokens);
  if (tokens.is('(') || tokens.is('[')) return sequencePattern(tokens);
  if (tokens.is('{')) return mappingPattern(tokens);
  const value = literal(tokens);
  return { kind: 'ValuePattern', value, start, end: value.end };
}

/** A number (with sign), text, None, True or False. */
function literal(tokens: TokenStream): Expression {
  const token = tokens.peek();
  const isLiteral =
    token.kind === 'number' ||
    token.kind === 'string' ||
    token.text === '-' ||
    token.text === 'None' ||
    token.text === 'True' ||
    token.text === 'False';
  if (!isLiteral) tokens.fail('invalid syntax');
  if (!tokens.is('-')) return parseAtom(tokens);
  const { start } = tokens.next();
  const operand = parseAtom(tokens);
  return { kind: 'Unary', operator: '-', operand, start, end: operand.end };
}

function namedPattern(tokens: TokenStream): Pattern {
  const first = tokens.next();
  const { start } = first;
  let cls: Expression = { kind: 'Name', name: first.text, start, end: first.end };
  while (tokens.accept('.')) {
    const { text: name, end } = tokens.name();
    cls = { kind: 'Attribute', object: cls, name, start, end };
  }
  if (tokens.accept('(')) {
    const positional: Pattern[] = [];
    const keywords: { name: string; pattern: Pattern }[] = [];
    while (!tokens.is(')')) {
      if (tokens.peek().kind === 'name' && tokens.peekAfter(1).text === '=') {
        const name = tokens.next().text;
        tokens.next();
        keywords.push({ name, pattern: asPattern(tokens) });
      } else positional.push(asPattern(tokens));
      if (!tokens.accept(',')) break;
    }
    tokens.expect(')');
    return { kind: 'ClassPattern', cls, positional, keywords, start, end: tokens.lastEnd };
  }
  if (cls.kind === 'Attribute') return { kind: 'ValuePattern', value: cls, start, end: cls.end };
  return { kind: 'CapturePattern', name: first.text === '_' ? undefined : first.text, start, end: first.end };
}

function sequencePattern(tokens: TokenStream): Pattern {
  const opener = tokens.next();
  const close = opener.text === '(' ? ')' : ']';
  const elements: Pattern[] = [];
  let comma = false;
  while (!tokens.is(close)) {
    elements.push(asPattern(tokens));
    if (!tokens.accept(',')) break;
    comma = true;
  }
  tokens.expect(close);
  const [only] = elements;
  // `(p)` is only a grouping.
  if (close === ')' && elements.length === 1 && !comma && only !== undefined && only.kind !== 'StarPattern')
    return only;
  return { kind: 'SequencePattern', elements, start: opener.start, end: tokens.lastEnd };
}

function mappingPattern(tokens: TokenStream): Pattern {
  const { start } = tokens.next();
  const entries: { key: Expression; pattern: Pattern }[] = [];
  let rest: string | undefined;
  while (!tokens.is('}')) {
    if (tokens.accept('**')) rest = tokens.name().text;
    else {
      const key = tokens.peek().kind === 'name' ? dottedValue(tokens) : literal(tokens);
      tokens.expect(':');
      entries.push({ key, pattern: asPattern(tokens) });
    }
    if (!tokens.accept(',')) break;
  }
  tokens.expect('}');
  return { kind: 'MappingPattern', entries, rest, start, end: tokens.lastEnd };
}

function dottedValue(tokens: TokenStream): Expression {
  const pattern = namedPattern(tokens);
  if (pattern.kind !== 'ValuePattern') tokens.fail('invalid syntax', pattern);
  return pattern.value;
}
