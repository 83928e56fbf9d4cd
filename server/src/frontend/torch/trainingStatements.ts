/** Statements of a script that train: what a model is does not depend on them, and they may take long to follow. */
import type { ModuleSyntax, Statement } from '../../python/syntax';
import { definitions, visit } from './syntaxSearch';

/** Does it call a method `backward`, or one of the functions named? */
function trainsIn(tree: unknown, functions: ReadonlySet<string>): boolean {
  let found = false;
  visit(tree, (part) => {
    if (part.kind !== 'Call') return;
    const { callee } = part;
    if (callee.kind === 'Attribute') found ||= callee.name === 'backward';
    else if (callee.kind === 'Name') found ||= functions.has(callee.name);
  });
  return found;
}

/** Tells for statements at the top level of `syntax` whether they are loops or calls that train. */
export function trainingStatements(syntax: ModuleSyntax): (statement: Statement) => boolean {
  let functions: Set<string> | undefined;
  const trainers = (): Set<string> => {
    functions = new Set<string>();
    for (const [name, definition] of definitions(syntax))
      if (definition.kind === 'FunctionDefinition' && trainsIn(definition, functions)) functions.add(name);
    return functions;
  };
  return (statement) =>
    (statement.kind === 'For' || statement.kind === 'While' || statement.kind === 'ExpressionStatement') &&
    trainsIn(statement, functions ?? trainers());
}
