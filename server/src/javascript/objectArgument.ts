/** Where an entry of an object that a call is given stands: `{batchSize: 16}` of `model.fit(xs, ys, {batchSize: 16})`. */
import type { Expression, ExpressionOf } from '../python/syntax';
import { helperName } from './names';

/** `batch_size` → batchSize */
const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The value of the entry that has the name of a Python keyword, in JavaScript's spelling. */
export function objectArgument(call: ExpressionOf<'Call'>, keyword: string): Expression | undefined {
  const wanted = camelCase(keyword);
  for (const { value } of call.args)
    for (const { key, value: held } of entriesOf(value))
      if (key?.kind === 'Constant' && key.value === wanted) return held;
  return undefined;
}

/** Entries of an object literal as the translation writes it. */
function entriesOf(expression: Expression): ExpressionOf<'Dict'>['entries'] {
  if (expression.kind !== 'Call' || expression.callee.kind !== 'Name') return [];
  const [first] = expression.args;
  if (expression.callee.name !== helperName('object_of')) return [];
  return first?.value.kind === 'Dict' ? first.value.entries : [];
}
