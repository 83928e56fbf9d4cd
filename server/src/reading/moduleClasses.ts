/** Which classes of a file are models, judged by their text: nothing has run yet. */
import { definitions } from '../frontend/torch/syntaxSearch';
import type { ModuleSyntax, Statement, StatementOf } from '../python/syntax';

export type ClassDefinition = StatementOf<'ClassDefinition'>;

const libraryBase =
  /(^|\.)(\w*Module|Sequential|ModuleList|Module\w*|\w*Model|\w*Net\w*|\w*Layer|\w*Block|\w*Mixin\w*)$/;
/** Lightning's holder of data sets, which has modules in its name only, and functions with a derivative of their own. */
const otherBase = /DataModule$|Dataset$|(^|\.)Function$/;

/** Classes of the file that look like modules: by their bases, followed inside the file. In the order of the file. */
export function moduleClasses(syntax: ModuleSyntax): Map<string, ClassDefinition> {
  const found = new Map<string, ClassDefinition>();
  for (const [name, statement] of definitions(syntax)) {
    if (statement.kind !== 'ClassDefinition') continue;
    const bases = statement.args.map(({ value }) => syntax.source.text.slice(value.start, value.end));
    if (bases.some((base) => otherBase.test(base))) continue;
    const looksLike = bases.some((base) => found.has(base) || libraryBase.test(base));
    if (looksLike || (bases.length > 0 && methodOf(statement, 'forward') !== undefined)) found.set(name, statement);
  }
  return found;
}

const methodOf = (statement: ClassDefinition, name: string): StatementOf<'FunctionDefinition'> | undefined =>
  statement.body.find(
    (part): part is StatementOf<'FunctionDefinition'> =>
      part.kind === 'FunctionDefinition' && part.function.name === name,
  );

/** A class that others are to complete: its `forward` is missing or does nothing. It is no model of its own. */
export function isAbstract(statement: ClassDefinition, syntax: ModuleSyntax): boolean {
  const forward = methodOf(statement, 'forward');
  const textOf = ({ start, end }: { start: number; end: number }): string => syntax.source.text.slice(start, end);
  const bases = statement.args.map(({ value }) => textOf(value));
  if (forward === undefined)
    return bases.every((base) => /^(torch\.)?(nn\.)?Module$|^(pl\.|L\.)?LightningModule$/.test(base));
  const { body } = forward.function;
  return (
    Array.isArray(body) &&
    (body as readonly Statement[]).every((part) => isEmpty(part) || /NotImplementedError/.test(textOf(part)))
  );
}

const isEmpty = (part: Statement): boolean =>
  part.kind === 'Pass' || (part.kind === 'ExpressionStatement' && part.value.kind === 'Constant');

/** Classes that other classes of the file use or derive from. `namesIn`: names read in a definition. */
export function usedClasses(
  classes: ReadonlyMap<string, ClassDefinition>,
  namesIn: (statement: Statement) => ReadonlySet<string>,
): Set<string> {
  const used = new Set<string>();
  for (const [name, statement] of classes)
    for (const other of namesIn(statement)) if (other !== name && classes.has(other)) used.add(other);
  return used;
}
