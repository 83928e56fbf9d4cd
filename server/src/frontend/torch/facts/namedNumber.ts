/** Numbers that are told by what they are called. */
import type { SourceSpan } from '../../../graph/node';
import type { ModuleSyntax, Statement } from '../../../python/syntax';
import { PyInstance } from '../../../python/values';
import { isModuleInstance } from '../moduleRegistry';
import { walk } from '../syntaxSearch';
import type { Fact } from './facts';
import type { ScriptReader } from './scriptReader';

/** A whole number held by a top-level variable, or an attribute of a top-level configuration, with such a name. */
export function namedNumber(reader: ScriptReader, pattern: RegExp): Fact<number> | null {
  const { module, syntax } = reader.session;
  for (const [name, value] of module.attributes)
    if (pattern.test(name) && typeof value === 'bigint')
      return { value: Number(value), span: assignmentOf(syntax, name) ?? reader.start(), certain: true };
  for (const owner of module.attributes.values()) {
    if (!(owner instanceof PyInstance) || isModuleInstance(owner)) continue;
    for (const [name, value] of owner.attributes)
      if (pattern.test(name) && typeof value === 'bigint')
        return { value: Number(value), span: optionOf(syntax, name) ?? reader.start(), certain: false };
  }
  return null;
}

function assignmentOf(syntax: ModuleSyntax, name: string): SourceSpan | undefined {
  const names = (statement: Statement): boolean =>
    (statement.kind === 'Assign' &&
      statement.targets.some((target) => target.kind === 'Name' && target.name === name)) ||
    (statement.kind === 'AnnotatedAssign' && statement.target.kind === 'Name' && statement.target.name === name);
  for (const tree of walk(syntax.body))
    if ((tree.kind === 'Assign' || tree.kind === 'AnnotatedAssign') && names(tree) && tree.value !== undefined)
      return syntax.source.span(tree.value);
  return undefined;
}

/** The `add_argument('--name', …)` of an option. */
function optionOf(syntax: ModuleSyntax, name: string): SourceSpan | undefined {
  for (const tree of walk(syntax.body)) {
    if (tree.kind !== 'Call' || tree.callee.kind !== 'Attribute' || tree.callee.name !== 'add_argument') continue;
    const flags = tree.args.map(({ value }) => (value.kind === 'Constant' ? value.value : null));
    if (flags.some((flag) => typeof flag === 'string' && flag.replace(/^-+/, '').replaceAll('-', '_') === name))
      return syntax.source.span(tree);
  }
  return undefined;
}
