/** Questions about Python text that need its tree but no evaluation. */
import type { SourceSpan } from '../../graph/node';
import type { Argument, Expression, ExpressionOf, ModuleSyntax, Statement } from '../../python/syntax';

type Tree = Statement | Expression;

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && 'kind' in value && 'start' in value && 'end' in value;

/** Every statement and expression at or below `root`, in the order of the text. */
export function* walk(root: unknown): Generator<Tree> {
  if (Array.isArray(root)) for (const item of root) yield* walk(item);
  else if (typeof root === 'object' && root !== null) {
    if (isTree(root)) yield root;
    for (const [field, value] of Object.entries(root))
      // `source` is the whole file, `value` of a literal is data.
      if (field !== 'source' && typeof value === 'object') yield* walk(value);
  }
}

/** The call whose text begins at `span`'s line and column and ends where it ends. */
export function callAt(module: ModuleSyntax, span: SourceSpan): ExpressionOf<'Call'> | undefined {
  for (const tree of walk(module.body)) {
    if (tree.kind !== 'Call') continue;
    const own = module.source.span(tree);
    if (
      own.line === span.line &&
      own.column === span.column &&
      own.endLine === span.endLine &&
      own.endColumn === span.endColumn
    )
      return tree;
  }
  return undefined;
}

/** The value given for a keyword, or for the positional argument at `position`, in a call. */
export function argumentOf(
  call: ExpressionOf<'Call'>,
  keyword: string,
  position: number | undefined,
): Argument | undefined {
  const named = call.args.find((arg) => arg.kind === 'keyword' && arg.name === keyword);
  if (named !== undefined || position === undefined) return named;
  const positional = call.args[position];
  const starred = call.args.slice(0, position).some((arg) => arg.kind === 'star');
  return positional?.kind === 'positional' && !starred ? positional : undefined;
}

/** Top-level definitions (also inside top-level if/try/with) by name, the last of a name. */
export function definitions(module: ModuleSyntax): Map<string, Statement> {
  const found = new Map<string, Statement>();
  const visit = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'ClassDefinition') found.set(statement.name, statement);
      else if (statement.kind === 'FunctionDefinition') found.set(statement.function.name, statement);
      else if (statement.kind === 'If') {
        visit(statement.body);
        visit(statement.otherwise);
      } else if (statement.kind === 'Try' || statement.kind === 'With') visit(statement.body);
    }
  };
  visit(module.body);
  return found;
}

/** Names read anywhere inside a definition. */
export function namesUsed(definition: Statement): Set<string> {
  const names = new Set<string>();
  visit(definition, (tree) => {
    if (tree.kind === 'Name') names.add(tree.name);
  });
  return names;
}

/** As `walk`, without a generator: for what runs over whole files at every keystroke. */
export function visit(root: unknown, see: (tree: Tree) => void): void {
  if (Array.isArray(root)) for (const item of root) visit(item, see);
  else if (typeof root === 'object' && root !== null) {
    if (isTree(root)) see(root);
    for (const field in root) {
      if (field === 'source') continue;
      const value: unknown = (root as Record<string, unknown>)[field];
      if (typeof value === 'object') visit(value, see);
    }
  }
}
