/** Calls whose second derivative PyTorch does not have on a GPU, found in the text alone. */
import type { SourceSpan } from '../../graph/node';
import type { Expression, ModuleSyntax } from '../../python/syntax';
import { visit } from './syntaxSearch';

export interface DerivativeHazard {
  readonly kind: 'recurrent' | 'attention';
  /** As it is called. */
  readonly name: string;
  /** The name in the call. */
  readonly span: SourceSpan;
}

const RECURRENT = new Set(['RNN', 'LSTM', 'GRU']);
const ATTENTION = 'scaled_dot_product_attention';

/** In the order of the text. Recurrent layers count as PyTorch's where they are taken from `nn` or imported from `torch.nn`. */
export function derivativeHazards(syntax: ModuleSyntax): DerivativeHazard[] {
  const imported = namesFromTorch(syntax);
  const found: DerivativeHazard[] = [];
  visit(syntax.body, (tree) => {
    if (tree.kind !== 'Call') return;
    const name = calledName(tree.callee, imported);
    if (name === undefined) return;
    const kind = name === ATTENTION ? 'attention' : RECURRENT.has(name) ? 'recurrent' : undefined;
    if (kind !== undefined) found.push({ kind, name, span: syntax.source.span(tree.callee) });
  });
  return found;
}

/** `nn.LSTM`, `torch.nn.LSTM`, `F.scaled_dot_product_attention`, or a name that torch gave. */
function calledName(callee: Expression, imported: ReadonlyMap<string, string>): string | undefined {
  if (callee.kind === 'Name') return imported.get(callee.name);
  if (callee.kind !== 'Attribute') return undefined;
  const { object, name } = callee;
  const owner = object.kind === 'Name' || object.kind === 'Attribute' ? object.name : '';
  return owner === 'nn' || name === ATTENTION ? name : undefined;
}

/** What `from torch.nn import LSTM as L` makes known: by the name in the file, the name in torch. */
function namesFromTorch({ body }: ModuleSyntax): Map<string, string> {
  const names = new Map<string, string>();
  for (const statement of body)
    if (statement.kind === 'ImportFrom' && statement.names !== '*' && /^torch(\.|$)/.test(statement.module))
      for (const { name, alias } of statement.names) names.set(alias ?? name, name);
  return names;
}
