/** Gradient descent on all samples: a loop over the batches that only adds up gradients, and one step after it. */
import type { SourceSpan } from '../../../graph/node';
import { PythonException, TraceStop } from '../../../python/errors';
import type { Expression, ModuleSyntax, Statement } from '../../../python/syntax';
import type { PyValue } from '../../../python/values';
import { visit, walk } from '../syntaxSearch';
import { isUnknownExtent } from '../../../dataset/unknownExtent';
import type { ScriptReader } from './scriptReader';

/** What is iterated over in such a loop; undefined where the script has none. */
export function wholePass(reader: ScriptReader): SourceSpan | undefined {
  for (const { tree } of reader.ownModules()) {
    const loop = accumulatingLoop(tree);
    if (loop?.kind === 'For') return tree.source.span(loop.iterable);
  }
  return undefined;
}

function accumulatingLoop(tree: ModuleSyntax): Statement | undefined {
  let found: Statement | undefined;
  const search = (block: readonly Statement[]): void => {
    block.forEach((statement, i) => {
      if (statement.kind !== 'For' || !calls(statement.body, 'backward') || calls(statement.body, 'step')) return;
      if (calls(block.slice(i + 1), 'step') && !calls(statement.body, 'zero_grad')) found ??= statement;
    });
  };
  search(tree.body);
  visit(tree.body, (part) => {
    if (part.kind === 'FunctionDefinition' && isBlock(part.function.body)) search(part.function.body);
    else if (blocks.has(part.kind) && 'body' in part && isBlock(part.body)) search(part.body);
  });
  return found;
}

const blocks: ReadonlySet<string> = new Set(['For', 'While', 'If', 'With', 'Try']);

const isBlock = (body: Expression | readonly Statement[]): body is readonly Statement[] => Array.isArray(body);

/** Whether a method of that name is called in the statements. */
function calls(block: readonly Statement[], method: string): boolean {
  for (const part of walk(block))
    if (part.kind === 'Call' && part.callee.kind === 'Attribute' && part.callee.name === method) return true;
  return false;
}

/** `len(dataset)`; undefined where the data decide. */
export function sampleCount({ session: { interpreter } }: ScriptReader, dataset: PyValue): number | undefined {
  try {
    const length = interpreter.callMethod(dataset, '__len__');
    return typeof length === 'bigint' && !isUnknownExtent(Number(length)) ? Number(length) : undefined;
  } catch (error) {
    if (error instanceof PythonException || error instanceof TraceStop) return undefined;
    throw error;
  }
}
