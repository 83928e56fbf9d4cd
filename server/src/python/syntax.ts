/**
 * Syntax tree of Python 3.12. Every node carries its half-open range of offsets; `SourceFile.span` turns it into
 * lines and columns. The tree is plain data; names and fields follow the reference manual's grammar.
 */
import type { Located, SourceFile } from './source';
import type { PyValue } from './values';
import type { ScopeAnalysis } from './scope';

export type UnaryOperator = '-' | '+' | '~' | 'not';
export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**' | '@' | '<<' | '>>' | '&' | '|' | '^';
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in' | 'is' | 'is not';

interface ExpressionFields {
  /** A literal: None, bool, int, float, str, bytes, Ellipsis. */
  Constant: { readonly value: PyValue };
  /** `2j`: read, but evaluating it stops. */
  Imaginary: { readonly value: number };
  Name: { readonly name: string };
  FormattedString: { readonly parts: readonly FormatPart[] };
  Tuple: { readonly elements: readonly Expression[] };
  List: { readonly elements: readonly Expression[] };
  Set: { readonly elements: readonly Expression[] };
  /** `key` is undefined for `**mapping`. */
  Dict: { readonly entries: readonly { readonly key: Expression | undefined; readonly value: Expression }[] };
  Unary: { readonly operator: UnaryOperator; readonly operand: Expression };
  Binary: { readonly operator: BinaryOperator; readonly left: Expression; readonly right: Expression };
  Boolean: { readonly operator: 'and' | 'or'; readonly operands: readonly Expression[] };
  Compare: {
    readonly first: Expression;
    readonly rest: readonly { readonly operator: CompareOperator; readonly operand: Expression }[];
  };
  Conditional: { readonly test: Expression; readonly body: Expression; readonly otherwise: Expression };
  Lambda: { readonly function: FunctionSyntax };
  Call: { readonly callee: Expression; readonly args: readonly Argument[] };
  Attribute: { readonly object: Expression; readonly name: string };
  Subscript: { readonly object: Expression; readonly index: Expression };
  Slice: {
    readonly lower: Expression | undefined;
    readonly upper: Expression | undefined;
    readonly step: Expression | undefined;
  };
  Comprehension: {
    readonly result: 'list' | 'set' | 'dict' | 'generator';
    /** The element, or the key of a dict comprehension. */
    readonly element: Expression;
    /** The value of a dict comprehension. */
    readonly value: Expression | undefined;
    readonly clauses: readonly ComprehensionClause[];
  };
  Starred: { readonly value: Expression };
  Walrus: { readonly name: string; readonly value: Expression };
  Await: { readonly value: Expression };
  Yield: { readonly value: Expression | undefined };
  YieldFrom: { readonly value: Expression };
}

export type ExpressionKind = keyof ExpressionFields;
export type ExpressionOf<K extends ExpressionKind> = { readonly kind: K } & Located & ExpressionFields[K];
export type Expression = { [K in ExpressionKind]: ExpressionOf<K> }[ExpressionKind];

/** Literal text, or a replacement field of an f-string. */
export type FormatPart = string | Replacement;

export interface Replacement extends Located {
  readonly value: Expression;
  readonly conversion: 's' | 'r' | 'a' | undefined;
  readonly format: readonly FormatPart[] | undefined;
  /** `x = ` of the self-documenting form `{x = }`. */
  readonly selfText: string | undefined;
}

export type Argument = Located &
  (
    | { readonly kind: 'positional'; readonly value: Expression }
    | { readonly kind: 'keyword'; readonly name: string; readonly value: Expression }
    | { readonly kind: 'star'; readonly value: Expression }
    | { readonly kind: 'doubleStar'; readonly value: Expression }
  );

export interface ComprehensionClause {
  readonly target: Expression;
  readonly iterable: Expression;
  readonly conditions: readonly Expression[];
  readonly isAsync: boolean;
}

export interface Parameter extends Located {
  readonly name: string;
  readonly kind: 'positionalOnly' | 'positional' | 'star' | 'keywordOnly' | 'doubleStar';
  readonly default: Expression | undefined;
  readonly annotation: Expression | undefined;
}

export interface FunctionSyntax extends Located {
  /** `<lambda>` for a lambda. */
  readonly name: string;
  /** Range of the name, for messages. */
  readonly nameRange: Located;
  readonly parameters: readonly Parameter[];
  /** An expression for a lambda. */
  readonly body: readonly Statement[] | Expression;
  readonly returns: Expression | undefined;
  readonly isAsync: boolean;
  readonly source: SourceFile;
  /** Names bound in the body; filled when first called. */
  analysis: ScopeAnalysis | undefined;
}

export interface ExceptHandler extends Located {
  readonly type: Expression | undefined;
  readonly name: string | undefined;
  readonly body: readonly Statement[];
}

export interface MatchCase extends Located {
  readonly pattern: Pattern;
  readonly guard: Expression | undefined;
  readonly body: readonly Statement[];
}

interface PatternFields {
  /** Compared with `==` (numbers, strings, dotted names) or `is` (None, True, False). */
  ValuePattern: { readonly value: Expression };
  /** `name`, or `_` when `name` is undefined. */
  CapturePattern: { readonly name: string | undefined };
  AsPattern: { readonly pattern: Pattern; readonly name: string };
  OrPattern: { readonly alternatives: readonly Pattern[] };
  SequencePattern: { readonly elements: readonly Pattern[] };
  StarPattern: { readonly name: string | undefined };
  MappingPattern: {
    readonly entries: readonly { readonly key: Expression; readonly pattern: Pattern }[];
    readonly rest: string | undefined;
  };
  ClassPattern: {
    readonly cls: Expression;
    readonly positional: readonly Pattern[];
    readonly keywords: readonly { readonly name: string; readonly pattern: Pattern }[];
  };
}

export type PatternKind = keyof PatternFields;
export type PatternOf<K extends PatternKind> = { readonly kind: K } & Located & PatternFields[K];
export type Pattern = { [K in PatternKind]: PatternOf<K> }[PatternKind];

interface Block {
  readonly body: readonly Statement[];
}

interface StatementFields {
  ExpressionStatement: { readonly value: Expression };
  Assign: { readonly targets: readonly Expression[]; readonly value: Expression };
  AugmentedAssign: { readonly target: Expression; readonly operator: BinaryOperator; readonly value: Expression };
  AnnotatedAssign: {
    readonly target: Expression;
    readonly annotation: Expression;
    readonly value: Expression | undefined;
  };
  Return: { readonly value: Expression | undefined };
  Delete: { readonly targets: readonly Expression[] };
  Pass: object;
  Break: object;
  Continue: object;
  Raise: { readonly exception: Expression | undefined; readonly cause: Expression | undefined };
  Global: { readonly names: readonly string[] };
  Nonlocal: { readonly names: readonly string[] };
  Import: { readonly names: readonly ImportName[] };
  /** `level`: number of leading dots; `names` is '*' for a star import. */
  ImportFrom: { readonly module: string; readonly level: number; readonly names: readonly ImportName[] | '*' };
  Assert: { readonly test: Expression; readonly message: Expression | undefined };
  If: Block & { readonly test: Expression; readonly otherwise: readonly Statement[] };
  While: Block & { readonly test: Expression; readonly otherwise: readonly Statement[] };
  For: Block & {
    readonly target: Expression;
    readonly iterable: Expression;
    readonly otherwise: readonly Statement[];
    readonly isAsync: boolean;
  };
  Try: Block & {
    readonly handlers: readonly ExceptHandler[];
    readonly otherwise: readonly Statement[];
    readonly finally: readonly Statement[];
    readonly isGroup: boolean;
  };
  With: Block & {
    readonly items: readonly { readonly context: Expression; readonly target: Expression | undefined }[];
    readonly isAsync: boolean;
  };
  FunctionDefinition: { readonly function: FunctionSyntax; readonly decorators: readonly Expression[] };
  ClassDefinition: Block & {
    readonly name: string;
    readonly nameRange: Located;
    readonly args: readonly Argument[];
    readonly decorators: readonly Expression[];
  };
  Match: { readonly subject: Expression; readonly cases: readonly MatchCase[] };
  TypeAlias: { readonly name: string; readonly value: Expression };
  /** Text that is not Python; reaching it raises SyntaxError. */
  Invalid: { readonly message: string; readonly errorRange: Located };
}

export interface ImportName extends Located {
  /** Dotted for `import a.b`. */
  readonly name: string;
  readonly alias: string | undefined;
}

export type StatementKind = keyof StatementFields;
export type StatementOf<K extends StatementKind> = { readonly kind: K } & Located & StatementFields[K];
export type Statement = { [K in StatementKind]: StatementOf<K> }[StatementKind];

export interface ModuleSyntax {
  readonly source: SourceFile;
  readonly body: readonly Statement[];
}
