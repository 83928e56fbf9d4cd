/** Names and where they live. Scoping is decided by a function's text, as in Python: a name assigned anywhere in it is local. */
import type { ComprehensionClause, Expression, FunctionSyntax, Pattern, Statement } from './syntax';
import type { PyClass, PyValue } from './values';

export interface ScopeAnalysis {
  readonly locals: ReadonlySet<string>;
  readonly globals: ReadonlySet<string>;
  readonly nonlocals: ReadonlySet<string>;
  readonly isGenerator: boolean;
}

/** A local name that has no value yet. */
export const UNBOUND: unique symbol = Symbol('unbound local');

export class Scope {
  /** The class a class body has become, for zero-argument super() in its functions. */
  definedClass: PyClass | undefined = undefined;
  isComprehension = false;
  /** Dotted name of the class or function, for messages; empty in a module. */
  qualifiedName = '';

  constructor(
    readonly kind: 'module' | 'function' | 'class',
    readonly variables: Map<string, PyValue>,
    readonly parent: Scope | undefined,
    readonly analysis: ScopeAnalysis | undefined,
  ) {}

  get moduleScope(): Scope {
    // Not recursive: closures can be nested deeply.
    let scope = this.parent;
    while (scope?.parent !== undefined) scope = scope.parent;
    return scope ?? this;
  }

  /** The value of a name as Python resolves it, without the built-ins; UNBOUND for a local without a value yet. */
  lookup(name: string): PyValue | undefined | typeof UNBOUND {
    const own = this.variables.get(name);
    if (own !== undefined) return own;
    const { analysis } = this;
    if (analysis !== undefined) {
      if (analysis.locals.has(name)) return this.kind === 'function' ? UNBOUND : this.lookupOutside(name);
      if (analysis.globals.has(name)) return this.moduleScope.variables.get(name);
    }
    return this.lookupOutside(name);
  }

  private lookupOutside(name: string): PyValue | undefined {
    for (let scope = this.parent; scope !== undefined; scope = scope.parent) {
      if (scope.kind === 'class') continue;
      const value = scope.variables.get(name);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** The scope that an assignment to `name` here changes. */
  target(name: string): Scope {
    const { analysis } = this;
    if (analysis === undefined || analysis.locals.has(name)) return this;
    if (analysis.globals.has(name)) return this.moduleScope;
    if (analysis.nonlocals.has(name)) {
      for (let scope = this.parent; scope !== undefined; scope = scope.parent)
        if (scope.kind === 'function' && (scope.variables.has(name) || scope.analysis?.locals.has(name) === true))
          return scope;
    }
    return this;
  }
}

const NONE: ReadonlySet<string> = new Set();

/** Names bound in a function's own body (not in nested functions and classes). */
export function analyseFunction(syntax: FunctionSyntax): ScopeAnalysis {
  if (syntax.analysis !== undefined) return syntax.analysis;
  const collector = new Collector();
  for (const { name } of syntax.parameters) collector.bind(name);
  if ('kind' in syntax.body) collector.expression(syntax.body);
  else collector.block(syntax.body);
  return (syntax.analysis = collector.result());
}

/** Names bound in a class body or an `exec`uted block. */
export function analyseBlock(body: readonly Statement[]): ScopeAnalysis {
  const collector = new Collector();
  collector.block(body);
  return collector.result();
}

const comprehensionAnalyses = new WeakMap<readonly ComprehensionClause[], ScopeAnalysis>();

/** A comprehension's own names: its loop targets. */
export function analyseComprehension(clauses: readonly ComprehensionClause[]): ScopeAnalysis {
  const known = comprehensionAnalyses.get(clauses);
  if (known !== undefined) return known;
  const collector = new Collector();
  for (const { target } of clauses) collector.target(target);
  const analysis = collector.result();
  comprehensionAnalyses.set(clauses, analysis);
  return analysis;
}

class Collector {
  private readonly locals = new Set<string>();
  private readonly globals = new Set<string>();
  private readonly nonlocals = new Set<string>();
  private isGenerator = false;

  result(): ScopeAnalysis {
    for (const name of [...this.globals, ...this.nonlocals]) this.locals.delete(name);
    return {
      locals: this.locals,
      globals: this.globals.size === 0 ? NONE : this.globals,
      nonlocals: this.nonlocals.size === 0 ? NONE : this.nonlocals,
      isGenerator: this.isGenerator,
    };
  }

  bind(name: string): void {
    this.locals.add(name);
  }

  block(statements: readonly Statement[]): void {
    for (const statement of statements) this.statement(statement);
  }

  private expressions(expressions: readonly (Expression | undefined)[]): void {
    for (const expression of expressions) if (expression !== undefined) this.expression(expression);
  }

  private statement(statement: Statement): void {
    switch (statement.kind) {
      case 'ExpressionStatement': {
        this.expression(statement.value);
        return;
      }
      case 'Assign':
        for (const target of statement.targets) this.target(target);
        {
          this.expression(statement.value);
          return;
        }
      case 'AugmentedAssign':
        this.target(statement.target);
        {
          this.expression(statement.value);
          return;
        }
      case 'AnnotatedAssign':
        this.target(statement.target);
        {
          this.expressions([statement.value]);
          return;
        }
      case 'Return': {
        this.expressions([statement.value]);
        return;
      }
      case 'Delete':
        for (const target of statement.targets) this.target(target);
        return;
      case 'Raise': {
        this.expressions([statement.exception, statement.cause]);
        return;
      }
      case 'Global':
        for (const name of statement.names) this.globals.add(name);
        return;
      case 'Nonlocal':
        for (const name of statement.names) this.nonlocals.add(name);
        return;
      case 'Import':
        for (const { name, alias } of statement.names) this.bind(alias ?? name.split('.', 1)[0] ?? name);
        return;
      case 'ImportFrom':
        if (statement.names !== '*') for (const { name, alias } of statement.names) this.bind(alias ?? name);
        return;
      case 'Assert': {
        this.expressions([statement.test, statement.message]);
        return;
      }
      case 'If':
      case 'While':
        this.expression(statement.test);
        this.block(statement.body);
        {
          this.block(statement.otherwise);
          return;
        }
      case 'For':
        this.target(statement.target);
        this.expression(statement.iterable);
        this.block(statement.body);
        {
          this.block(statement.otherwise);
          return;
        }
      case 'Try':
        this.block(statement.body);
        for (const handler of statement.handlers) {
          if (handler.name !== undefined) this.bind(handler.name);
          this.expressions([handler.type]);
          this.block(handler.body);
        }
        this.block(statement.otherwise);
        {
          this.block(statement.finally);
          return;
        }
      case 'With':
        for (const { context, target } of statement.items) {
          this.expression(context);
          if (target !== undefined) this.target(target);
        }
        {
          this.block(statement.body);
          return;
        }
      case 'FunctionDefinition':
        this.expressions(statement.decorators);
        this.expressions(statement.function.parameters.map((parameter) => parameter.default));
        {
          this.bind(statement.function.name);
          return;
        }
      case 'ClassDefinition':
        this.expressions([...statement.decorators, ...statement.args.map(({ value }) => value)]);
        {
          this.bind(statement.name);
          return;
        }
      case 'Match':
        this.expression(statement.subject);
        for (const { pattern, guard, body } of statement.cases) {
          this.pattern(pattern);
          this.expressions([guard]);
          this.block(body);
        }
        return;
      case 'TypeAlias': {
        this.bind(statement.name);
        return;
      }
      case 'Pass':
      case 'Break':
      case 'Continue':
      case 'Invalid':
        return;
    }
  }

  target(target: Expression): void {
    switch (target.kind) {
      case 'Name': {
        this.bind(target.name);
        return;
      }
      case 'Tuple':
      case 'List':
        for (const element of target.elements) this.target(element);
        return;
      case 'Starred': {
        this.target(target.value);
        return;
      }
      default: {
        this.expression(target);
        return;
      }
    }
  }

  private pattern(pattern: Pattern): void {
    switch (pattern.kind) {
      case 'CapturePattern':
      case 'StarPattern':
        if (pattern.name !== undefined) this.bind(pattern.name);
        return;
      case 'AsPattern':
        this.bind(pattern.name);
        {
          this.pattern(pattern.pattern);
          return;
        }
      case 'OrPattern':
        for (const alternative of pattern.alternatives) this.pattern(alternative);
        return;
      case 'SequencePattern':
        for (const element of pattern.elements) this.pattern(element);
        return;
      case 'MappingPattern':
        for (const entry of pattern.entries) this.pattern(entry.pattern);
        if (pattern.rest !== undefined) this.bind(pattern.rest);
        return;
      case 'ClassPattern':
        for (const positional of pattern.positional) this.pattern(positional);
        for (const keyword of pattern.keywords) this.pattern(keyword.pattern);
        return;
      case 'ValuePattern':
        return;
    }
  }

  expression(expression: Expression): void {
    switch (expression.kind) {
      case 'Walrus':
        this.bind(expression.name);
        {
          this.expression(expression.value);
          return;
        }
      case 'Yield':
        this.isGenerator = true;
        {
          this.expressions([expression.value]);
          return;
        }
      case 'YieldFrom':
        this.isGenerator = true;
        {
          this.expression(expression.value);
          return;
        }
      case 'Comprehension':
        // Targets are the comprehension's own, but a walrus inside binds here.
        this.expressions([expression.element, expression.value]);
        for (const clause of expression.clauses) this.expressions([clause.iterable, ...clause.conditions]);
        return;
      default:
        for (const child of childExpressions(expression)) this.expression(child);
    }
  }
}

/** Direct sub-expressions in evaluation order, without the bodies of lambdas. */
export function childExpressions(expression: Expression): readonly Expression[] {
  const present = (list: readonly (Expression | undefined)[]): Expression[] =>
    list.filter((child): child is Expression => child !== undefined);
  switch (expression.kind) {
    case 'Constant':
    case 'Imaginary':
    case 'Name':
      return [];
    case 'FormattedString':
      return expression.parts.flatMap((part) => (typeof part === 'string' ? [] : replacementExpressions(part)));
    case 'Tuple':
    case 'List':
    case 'Set':
      return expression.elements;
    case 'Dict':
      return expression.entries.flatMap(({ key, value }) => present([key, value]));
    case 'Unary':
      return [expression.operand];
    case 'Binary':
      return [expression.left, expression.right];
    case 'Boolean':
      return expression.operands;
    case 'Compare':
      return [expression.first, ...expression.rest.map(({ operand }) => operand)];
    case 'Conditional':
      return [expression.test, expression.body, expression.otherwise];
    case 'Lambda':
      return present(expression.function.parameters.map((parameter) => parameter.default));
    case 'Call':
      return [expression.callee, ...expression.args.map(({ value }) => value)];
    case 'Attribute':
      return [expression.object];
    case 'Subscript':
      return [expression.object, expression.index];
    case 'Slice':
      return present([expression.lower, expression.upper, expression.step]);
    case 'Comprehension':
      return present([
        ...expression.clauses.flatMap(({ iterable, conditions }) => [iterable, ...conditions]),
        expression.element,
        expression.value,
      ]);
    case 'Starred':
    case 'Await':
    case 'YieldFrom':
    case 'Walrus':
      return [expression.value];
    case 'Yield':
      return present([expression.value]);
  }
}

function replacementExpressions(part: { value: Expression; format: readonly unknown[] | undefined }): Expression[] {
  const nested = (part.format ?? []).filter(
    (piece): piece is { value: Expression; format: undefined } => typeof piece !== 'string',
  );
  return [part.value, ...nested.flatMap(replacementExpressions)];
}
