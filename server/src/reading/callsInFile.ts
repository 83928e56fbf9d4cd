/** Calls of a definition that its own file shows, so that it can be made as the file makes it. */
import { definitions, visit } from '../frontend/torch/syntaxSearch';
import type { ExpressionOf, ModuleSyntax } from '../python/syntax';

/** Calls that are tried for a definition which cannot be made by its defaults. */
const MOST_CALLS = 3;

/** Texts of calls of `name` that use nothing but literals and names of the top level. */
export function callsOf(syntax: ModuleSyntax, name: string): string[] {
  const texts = new Set<string>();
  const known = topLevelNames(syntax);
  for (const statement of syntax.body) {
    if (statement.kind === 'ClassDefinition') continue;
    visit(statement, (tree) => {
      if (tree.kind !== 'Call' || tree.callee.kind !== 'Name' || tree.callee.name !== name) return;
      if (tree.args.length > 0 && usesOnly(tree, known)) texts.add(syntax.source.text.slice(tree.start, tree.end));
    });
  }
  return [...texts].slice(0, MOST_CALLS);
}

function usesOnly(call: ExpressionOf<'Call'>, known: ReadonlySet<string>): boolean {
  let fine = true;
  visit(call, (tree) => {
    // What the translation of JavaScript calls is not written in the text.
    if (tree.kind === 'Name' && !known.has(tree.name) && !tree.name.startsWith('·')) fine = false;
  });
  return fine;
}

function topLevelNames(syntax: ModuleSyntax): Set<string> {
  const names = new Set<string>(['range', 'list', 'tuple', 'dict', 'int', 'float', 'len']);
  for (const name of definitions(syntax).keys()) names.add(name);
  for (const statement of syntax.body)
    if (statement.kind === 'Assign') {
      for (const target of statement.targets) if (target.kind === 'Name') names.add(target.name);
    } else if (statement.kind === 'Import' || (statement.kind === 'ImportFrom' && statement.names !== '*'))
      for (const { name, alias } of statement.names === '*' ? [] : statement.names)
        names.add(alias ?? (statement.kind === 'Import' ? (name.split('.')[0] ?? name) : name));
  return names;
}
