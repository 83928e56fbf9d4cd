/**
 * From text to syntax tree. Strict parsing reports the first error as Python would; tolerant parsing turns a statement
 * that is not Python into an `Invalid` statement, so that the rest of the file can still be read.
 */
import { PythonSyntaxError } from './errors';
import {
  parseArguments,
  parseExpression,
  parseExpressionList,
  parseNamedExpression,
  parseParameters,
  parseTargetList,
} from './parseExpressions';
import { parseMatch } from './parsePatterns';
import type { Located } from './source';
import { SourceFile } from './source';
import type {
  BinaryOperator,
  ExceptHandler,
  Expression,
  FunctionSyntax,
  ImportName,
  ModuleSyntax,
  Statement,
} from './syntax';
import { ParseError, TokenStream } from './tokens';

export interface ParseOptions {
  /** Throw the first syntax error instead of keeping it as an `Invalid` statement. */
  readonly strict?: boolean;
}

/** Throws `PythonSyntaxError` only when `strict`. */
export function parseModule(text: string, file: string, { strict = false }: ParseOptions = {}): ModuleSyntax {
  const source = new SourceFile(file, text);
  const parser = new StatementParser(new TokenStream(source), strict);
  return { source, body: parser.module() };
}

/** A single expression, as given to `--model` or `eval`. Throws `PythonSyntaxError`. */
export function parseExpressionText(text: string, file: string): { source: SourceFile; expression: Expression } {
  const source = new SourceFile(file, text);
  const tokens = new TokenStream(source, text.length - text.trimStart().length, true);
  return withSyntaxErrors(source, () => {
    const expression = parseExpressionList(tokens);
    if (tokens.peek().kind !== 'end') tokens.fail('invalid syntax');
    return { source, expression };
  });
}

function withSyntaxErrors<T>(source: SourceFile, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw syntaxError(source, error);
  }
}

function syntaxError(source: SourceFile, error: unknown): unknown {
  if (error instanceof ParseError) return new PythonSyntaxError(error.message, source.span(error.range));
  // Only the bounded recursion of the parser can exhaust the stack here.
  if (error instanceof RangeError)
    return new PythonSyntaxError('the program is nested too deeply', source.span({ start: 0, end: 1 }));
  return error;
}

const AUGMENTED = new Set(['+=', '-=', '*=', '/=', '//=', '%=', '**=', '@=', '<<=', '>>=', '&=', '|=', '^=']);

export class StatementParser {
  constructor(
    private readonly tokens: TokenStream,
    private readonly strict: boolean,
  ) {}

  module(): Statement[] {
    const statements: Statement[] = [];
    for (;;) {
      if (this.atEnd()) return statements;
      this.statement(statements);
    }
  }

  private atEnd(): boolean {
    try {
      return this.tokens.peek().kind === 'end';
    } catch (error) {
      // Text that has no tokens is met again, and reported, by the statement that begins with it.
      if (error instanceof ParseError) return false;
      throw error;
    }
  }

  /** Reads one logical line or compound statement into `into`. */
  private statement(into: Statement[]): void {
    const { tokens } = this;
    const position = tokens.position;
    const count = into.length;
    const nesting = tokens.nesting;
    try {
      this.statementOrThrow(into);
    } catch (error) {
      if (this.strict || !(error instanceof ParseError || error instanceof RangeError))
        throw syntaxError(tokens.source, error);
      into.length = count;
      tokens.nesting = nesting;
      tokens.rewind(position);
      const start = this.startOf(error);
      const end = tokens.resume(position, start);
      const range = error instanceof ParseError ? error.range : { start, end };
      into.push({ kind: 'Invalid', message: error.message, errorRange: range, start, end });
    }
  }

  private startOf(error: ParseError | RangeError): number {
    try {
      return this.tokens.peek().start;
    } catch {
      return error instanceof ParseError ? error.range.start : 0;
    }
  }

  private statementOrThrow(into: Statement[]): void {
    const { tokens } = this;
    const token = tokens.peek();
    if (token.kind === 'indent') tokens.fail('unexpected indent');
    if (token.kind === 'newline') {
      tokens.next();
      return;
    }
    if (token.kind === 'dedent') tokens.fail('unindent does not match any outer indentation level');
    const compound = this.compound();
    if (compound !== undefined) {
      into.push(compound);
      return;
    }
    do {
      if (tokens.peek().kind === 'newline') break;
      into.push(this.simple());
    } while (tokens.accept(';'));
    if (tokens.peek().kind !== 'newline' && tokens.peek().kind !== 'end') {
      const last = into.at(-1);
      if (
        last?.kind === 'ExpressionStatement' &&
        last.value.kind === 'Name' &&
        (last.value.name === 'print' || last.value.name === 'exec')
      )
        tokens.fail(`Missing parentheses in call to '${last.value.name}'. Did you mean ${last.value.name}(...)?`, last);
      tokens.fail('invalid syntax');
    }
    tokens.next();
  }

  /** The indented block (or the rest of the line) after `:`. */
  block(what: string, opener: Located): Statement[] {
    const { tokens } = this;
    tokens.expect(':');
    const statements: Statement[] = [];
    if (tokens.peek().kind !== 'newline') {
      this.simpleLine(statements);
      return statements;
    }
    tokens.next();
    if (tokens.peek().kind !== 'indent')
      tokens.fail(`expected an indented block after ${what} on line ${tokens.source.position(opener.start).line}`);
    tokens.next();
    for (;;) {
      if (this.kindAhead() === 'dedent') {
        tokens.next();
        return statements;
      }
      if (this.kindAhead() === 'end') return statements;
      this.statement(statements);
    }
  }

  private kindAhead(): string {
    try {
      return this.tokens.peek().kind;
    } catch (error) {
      if (error instanceof ParseError) return 'error';
      throw error;
    }
  }

  private simpleLine(into: Statement[]): void {
    const { tokens } = this;
    do {
      if (tokens.peek().kind === 'newline') break;
      into.push(this.simple());
    } while (tokens.accept(';'));
    if (tokens.peek().kind !== 'newline') tokens.fail('invalid syntax');
    tokens.next();
  }

  private compound(): Statement | undefined {
    const { tokens } = this;
    const token = tokens.peek();
    if (token.kind === 'name') {
      if (token.text !== 'match') return undefined;
      return parseMatch(tokens, this);
    }
    if (token.kind === 'operator') return token.text === '@' ? this.decorated() : undefined;
    if (token.kind !== 'keyword') return undefined;
    switch (token.text) {
      case 'if':
        return this.ifStatement();
      case 'while': {
        const opener = tokens.next();
        const test = parseNamedExpression(tokens);
        const body = this.block("'while' statement", opener);
        const otherwise = this.elseBlock();
        return { kind: 'While', test, body, otherwise, ...this.since(opener) };
      }
      case 'for':
        return this.forStatement(tokens.next(), false);
      case 'try':
        return this.tryStatement();
      case 'with':
        return this.withStatement(tokens.next(), false);
      case 'def':
        return this.functionDefinition(token, [], false);
      case 'class':
        return this.classDefinition(token, []);
      case 'async': {
        const opener = tokens.next();
        if (tokens.is('def')) return this.functionDefinition(opener, [], true);
        if (tokens.is('for')) {
          tokens.next();
          return this.forStatement(opener, true);
        }
        if (tokens.is('with')) {
          tokens.next();
          return this.withStatement(opener, true);
        }
        return tokens.fail('invalid syntax');
      }
      default:
        return undefined;
    }
  }

  private since({ start }: Located): Located {
    return { start, end: this.tokens.lastEnd };
  }

  private ifStatement(): Statement {
    const { tokens } = this;
    const opener = tokens.next();
    const test = parseNamedExpression(tokens);
    const body = this.block(`'${opener.text}' statement`, opener);
    const otherwise = tokens.is('elif') ? [this.ifStatement()] : this.elseBlock();
    return { kind: 'If', test, body, otherwise, ...this.since(opener) };
  }

  private elseBlock(): Statement[] {
    const { tokens } = this;
    if (!tokens.is('else')) return [];
    return this.block("'else' statement", tokens.next());
  }

  private forStatement(opener: Located, isAsync: boolean): Statement {
    const { tokens } = this;
    const target = parseTargetList(tokens);
    requireTarget(target, tokens);
    if (!tokens.accept('in')) tokens.fail('invalid syntax');
    const iterable = parseExpressionList(tokens);
    const body = this.block("'for' statement", opener);
    const otherwise = this.elseBlock();
    return { kind: 'For', target, iterable, body, otherwise, isAsync, ...this.since(opener) };
  }

  private tryStatement(): Statement {
    const { tokens } = this;
    const opener = tokens.next();
    const body = this.block("'try' statement", opener);
    const handlers: ExceptHandler[] = [];
    let isGroup = false;
    while (tokens.is('except')) {
      const { start } = tokens.next();
      isGroup = tokens.accept('*') || isGroup;
      const type = tokens.is(':') ? undefined : parseExpressionList(tokens);
      const name = tokens.accept('as') ? tokens.name().text : undefined;
      const handled = this.block("'except' statement", { start, end: start });
      handlers.push({ type, name, body: handled, ...this.since({ start, end: start }) });
    }
    const otherwise = this.elseBlock();
    const final = tokens.is('finally') ? this.block("'finally' statement", tokens.next()) : [];
    if (handlers.length === 0 && final.length === 0) tokens.fail("expected 'except' or 'finally' block");
    return { kind: 'Try', body, handlers, otherwise, finally: final, isGroup, ...this.since(opener) };
  }

  private withStatement(opener: Located, isAsync: boolean): Statement {
    const { tokens } = this;
    const items = this.parenthesisedItems() ?? this.withItems(() => !tokens.is(':'));
    const body = this.block("'with' statement", opener);
    return { kind: 'With', items, body, isAsync, ...this.since(opener) };
  }

  private withItems(more: () => boolean): { context: Expression; target: Expression | undefined }[] {
    const { tokens } = this;
    const items: { context: Expression; target: Expression | undefined }[] = [];
    do {
      if (!more()) break;
      const context = parseExpression(tokens);
      const target = tokens.accept('as') ? this.target() : undefined;
      items.push({ context, target });
    } while (tokens.accept(','));
    return items;
  }

  private target(): Expression {
    // One target: a list would swallow the comma before the next item.
    const { tokens } = this;
    const target = parseExpression(tokens);
    requireTarget(target, tokens);
    return target;
  }

  /** `(a as b, c):`; undefined when the parenthesis belongs to an expression. */
  private parenthesisedItems(): { context: Expression; target: Expression | undefined }[] | undefined {
    const { tokens } = this;
    if (!tokens.is('(')) return undefined;
    const position = tokens.position;
    try {
      tokens.next();
      const items = this.withItems(() => !tokens.is(')'));
      if (items.length > 0 && tokens.accept(')') && tokens.is(':')) return items;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
    tokens.rewind(position);
    return undefined;
  }

  private decorated(): Statement {
    const { tokens } = this;
    const opener = tokens.peek();
    const decorators: Expression[] = [];
    while (tokens.accept('@')) {
      decorators.push(parseNamedExpression(tokens));
      if (tokens.peek().kind !== 'newline') tokens.fail('invalid syntax');
      tokens.next();
    }
    if (tokens.is('class')) return this.classDefinition(opener, decorators);
    if (tokens.accept('async')) return this.functionDefinition(opener, decorators, true);
    if (!tokens.is('def')) tokens.fail('invalid syntax');
    return this.functionDefinition(opener, decorators, false);
  }

  private functionDefinition(opener: Located, decorators: Expression[], isAsync: boolean): Statement {
    const { tokens } = this;
    const keyword = tokens.expect('def');
    const { text: name, start, end } = tokens.name();
    this.typeParameters();
    if (!tokens.is('(')) tokens.fail("expected '('");
    tokens.next();
    const parameters = parseParameters(tokens, ')', true);
    tokens.expect(')');
    const returns = tokens.accept('->') ? parseExpressionList(tokens) : undefined;
    const body = this.block('function definition', keyword);
    const syntax: FunctionSyntax = {
      name,
      nameRange: { start, end },
      parameters,
      body,
      returns,
      isAsync,
      source: tokens.source,
      ...this.since(keyword),
      analysis: undefined,
    };
    return { kind: 'FunctionDefinition', function: syntax, decorators, ...this.since(opener) };
  }

  private classDefinition(opener: Located, decorators: Expression[]): Statement {
    const { tokens } = this;
    const keyword = tokens.expect('class');
    const { text: name, start, end } = tokens.name();
    this.typeParameters();
    const args = tokens.is('(') ? parseArguments(tokens) : [];
    const body = this.block('class definition', keyword);
    return { kind: 'ClassDefinition', name, nameRange: { start, end }, args, decorators, body, ...this.since(opener) };
  }

  /** `[T: int, *Ts, **P]`: types mean nothing here. */
  private typeParameters(): void {
    const { tokens } = this;
    if (!tokens.accept('[')) return;
    while (!tokens.is(']')) {
      if (!tokens.accept('*')) tokens.accept('**');
      tokens.name();
      if (tokens.accept(':')) parseExpression(tokens);
      if (tokens.accept('=')) parseExpression(tokens);
      if (!tokens.accept(',')) break;
    }
    tokens.expect(']');
  }

  private simple(): Statement {
    const { tokens } = this;
    const token = tokens.peek();
    if (token.kind === 'keyword') {
      const statement = this.keywordStatement(token.text);
      if (statement !== undefined) return statement;
    }
    if (token.kind === 'name' && token.text === 'type' && tokens.peekAfter(1).kind === 'name') return this.typeAlias();
    return this.expressionStatement();
  }

  private typeAlias(): Statement {
    const { tokens } = this;
    const opener = tokens.next();
    const { text: name } = tokens.name();
    this.typeParameters();
    tokens.expect('=');
    const value = parseExpression(tokens);
    return { kind: 'TypeAlias', name, value, ...this.since(opener) };
  }

  private keywordStatement(keyword: string): Statement | undefined {
    const { tokens } = this;
    const opener = tokens.peek();
    const ends = (): boolean => {
      const { kind } = tokens.peek();
      return kind === 'newline' || kind === 'end' || tokens.is(';');
    };
    switch (keyword) {
      case 'pass':
      case 'break':
      case 'continue':
        tokens.next();
        return {
          kind: keyword === 'pass' ? 'Pass' : keyword === 'break' ? 'Break' : 'Continue',
          ...this.since(opener),
        };
      case 'return': {
        tokens.next();
        const value = ends() ? undefined : parseExpressionList(tokens);
        return { kind: 'Return', value, ...this.since(opener) };
      }
      case 'del': {
        tokens.next();
        const target = parseTargetList(tokens);
        const targets = target.kind === 'Tuple' ? target.elements : [target];
        return { kind: 'Delete', targets, ...this.since(opener) };
      }
      case 'raise': {
        tokens.next();
        const exception = ends() ? undefined : parseExpression(tokens);
        const cause = tokens.accept('from') ? parseExpression(tokens) : undefined;
        return { kind: 'Raise', exception, cause, ...this.since(opener) };
      }
      case 'global':
      case 'nonlocal': {
        tokens.next();
        const names = [tokens.name().text];
        while (tokens.accept(',')) names.push(tokens.name().text);
        return { kind: keyword === 'global' ? 'Global' : 'Nonlocal', names, ...this.since(opener) };
      }
      case 'assert': {
        tokens.next();
        const test = parseExpression(tokens);
        const message = tokens.accept(',') ? parseExpression(tokens) : undefined;
        return { kind: 'Assert', test, message, ...this.since(opener) };
      }
      case 'import': {
        tokens.next();
        const names = [this.importName(true)];
        while (tokens.accept(',')) names.push(this.importName(true));
        return { kind: 'Import', names, ...this.since(opener) };
      }
      case 'from':
        return this.importFrom();
      default:
        return undefined;
    }
  }

  private dottedName(): string {
    const { tokens } = this;
    let name = tokens.name().text;
    while (tokens.accept('.')) name += `.${tokens.name().text}`;
    return name;
  }

  private importName(dotted: boolean): ImportName {
    const { tokens } = this;
    const opener = tokens.peek();
    const name = dotted ? this.dottedName() : tokens.name().text;
    const alias = tokens.accept('as') ? tokens.name().text : undefined;
    return { name, alias, ...this.since(opener) };
  }

  private importFrom(): Statement {
    const { tokens } = this;
    const opener = tokens.next();
    let level = 0;
    for (; tokens.is('.') || tokens.is('...');) level += tokens.next().text.length;
    const module = tokens.is('import') ? '' : this.dottedName();
    if (level === 0 && module === '') tokens.fail('invalid syntax');
    if (!tokens.accept('import')) tokens.fail("expected 'import'");
    if (tokens.accept('*')) return { kind: 'ImportFrom', module, level, names: '*', ...this.since(opener) };
    const parenthesised = tokens.accept('(');
    const names = [this.importName(false)];
    while (tokens.accept(',')) {
      if (parenthesised && tokens.is(')')) break;
      names.push(this.importName(false));
    }
    if (parenthesised) tokens.expect(')');
    return { kind: 'ImportFrom', module, level, names, ...this.since(opener) };
  }

  private expressionStatement(): Statement {
    const { tokens } = this;
    const first = parseStarList(tokens);
    const token = tokens.peek();
    if (token.kind === 'operator') {
      if (token.text === '=') return this.assignment(first);
      if (token.text === ':') return this.annotatedAssignment(first);
      if (AUGMENTED.has(token.text)) {
        requireTarget(first, tokens, `'${token.text}' is an illegal expression for augmented assignment`);
        tokens.next();
        const value = parseExpressionList(tokens);
        // The set above holds exactly the operators with `=` appended.
        const operator = token.text.slice(0, -1) as BinaryOperator;
        return { kind: 'AugmentedAssign', target: first, operator, value, start: first.start, end: value.end };
      }
    }
    if (first.kind === 'Starred') tokens.fail("can't use starred expression here", first);
    return { kind: 'ExpressionStatement', value: first, start: first.start, end: first.end };
  }

  private assignment(first: Expression): Statement {
    const { tokens } = this;
    const chain = [first];
    while (tokens.accept('=')) chain.push(parseStarList(tokens));
    const value = chain.pop() ?? first;
    for (const target of chain) requireTarget(target, tokens, undefined, " here. Maybe you meant '==' instead of '='?");
    return { kind: 'Assign', targets: chain, value, start: first.start, end: value.end };
  }

  private annotatedAssignment(target: Expression): Statement {
    const { tokens } = this;
    if (target.kind !== 'Name' && target.kind !== 'Attribute' && target.kind !== 'Subscript')
      tokens.fail(target.kind === 'Tuple' ? 'only single target (not tuple) can be annotated' : 'invalid syntax');
    tokens.next();
    const annotation = parseExpression(tokens);
    const value = tokens.accept('=') ? parseExpressionList(tokens) : undefined;
    return { kind: 'AnnotatedAssign', target, annotation, value, ...this.since(target) };
  }
}

/** Like an expression list, but a lone starred target is allowed until it is known what follows. */
function parseStarList(tokens: TokenStream): Expression {
  if (!tokens.is('*')) return parseExpressionList(tokens);
  const target = parseTargetList(tokens);
  return target;
}

const NAMES_OF_EXPRESSIONS: Readonly<Partial<Record<Expression['kind'], string>>> = {
  Call: 'function call',
  Constant: 'literal',
  Binary: 'expression',
  Unary: 'expression',
  Boolean: 'expression',
  Compare: 'comparison',
  Conditional: 'conditional expression',
  Lambda: 'lambda',
  Dict: 'dict literal',
  Set: 'set display',
  FormattedString: 'f-string expression',
  Comprehension: 'comprehension',
  Await: 'await expression',
  Yield: 'yield expression',
  YieldFrom: 'yield expression',
  Walrus: 'named expression',
};

function requireTarget(target: Expression, tokens: TokenStream, message?: string, advice = ''): void {
  switch (target.kind) {
    case 'Name':
    case 'Attribute':
    case 'Subscript':
      return;
    case 'Tuple':
    case 'List':
      if (message !== undefined) break;
      for (const element of target.elements) requireTarget(element, tokens);
      return;
    case 'Starred':
      if (message !== undefined) break;
      requireTarget(target.value, tokens);
      return;
    default:
  }
  const isKeyword = target.kind === 'Constant' && (target.value === null || typeof target.value === 'boolean');
  const what =
    target.kind === 'Constant' && (target.value === null || typeof target.value === 'boolean')
      ? { null: 'None', true: 'True', false: 'False' }[String(target.value)]
      : NAMES_OF_EXPRESSIONS[target.kind];
  tokens.fail(message ?? `cannot assign to ${what ?? 'expression'}${isKeyword ? '' : advice}`, target);
}
