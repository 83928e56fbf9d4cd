/**
 * Names that classes of a file use and that only `if __name__ == '__main__':` assigns: sizes in a script that is meant to be
 * run. Whoever imports the file would not have them; who asks for its model means the program.
 */
import { PythonException, TraceStop } from '../../python/errors';
import type { Interpreter } from '../../python/interpreter';
import type { Expression, ModuleSyntax, Statement } from '../../python/syntax';
import { type PyModule, Unknown } from '../../python/values';
import { namesUsed, visit } from './syntaxSearch';

interface Assignment {
  readonly name: string;
  readonly value: Expression;
}

/** Adds them to the module, as far as they can be followed. */
export function completeFromMainBlock(
  interpreter: Interpreter,
  module: PyModule,
  { body, source }: ModuleSyntax,
): void {
  const assigned = body.flatMap((statement) => (isMainBlock(statement) ? assignmentsIn(statement.body) : []));
  if (assigned.length === 0) return;
  const wanted = new Set<string>();
  for (const statement of body)
    if (statement.kind === 'ClassDefinition')
      for (const name of namesUsed(statement)) if (!module.attributes.has(name)) wanted.add(name);
  const needed: Assignment[] = [];
  for (const each of [...assigned].reverse()) {
    if (!wanted.has(each.name)) continue;
    needed.unshift(each);
    visit(each.value, (part) => {
      if (part.kind === 'Name') wanted.add(part.name);
    });
  }
  for (const { name, value: expression } of needed) {
    const value = valueOf(() => interpreter.evaluateSyntax({ source, expression }, module));
    if (value !== undefined && !(value instanceof Unknown)) module.attributes.set(name, value);
  }
}

function valueOf<T>(evaluate: () => T): T | undefined {
  try {
    return evaluate();
  } catch (error) {
    if (error instanceof PythonException || error instanceof TraceStop) return undefined;
    throw error;
  }
}

type If = Extract<Statement, { kind: 'If' }>;

const isMainBlock = (statement: Statement): statement is If =>
  statement.kind === 'If' &&
  statement.test.kind === 'Compare' &&
  statement.test.first.kind === 'Name' &&
  statement.test.first.name === '__name__';

/** Of one name each, at the top level of the block. */
const assignmentsIn = (block: readonly Statement[]): Assignment[] =>
  block.flatMap((statement) => {
    const [target, ...others] = statement.kind === 'Assign' ? statement.targets : [];
    return statement.kind === 'Assign' && target?.kind === 'Name' && others.length === 0
      ? [{ name: target.name, value: statement.value }]
      : [];
  });
