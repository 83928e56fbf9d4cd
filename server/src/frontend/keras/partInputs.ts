/** What an unbuilt subclass is called with, by what it does with it: models that it keeps say their inputs, and `call` takes its argument apart. */
import type { Interpreter } from '../../python/interpreter';
import type { Expression } from '../../python/syntax';
import { PyInstance } from '../../python/values';
import { membersOf } from '../torch/moduleRegistry';
import { visit } from '../torch/syntaxSearch';
import { callFunction, describedLayouts, isCallOption, type KerasInput } from './kerasInputs';
import { isKerasModel } from './kerasNames';

/** Inputs of the models that it keeps, in the order of these, each once. */
export function partLayouts(root: PyInstance, interpreter: Interpreter): KerasInput[][] {
  if (!isKerasModel(root)) return [];
  const parts = [...(membersOf(root, '_modules')?.values() ?? [])];
  const layouts = parts.flatMap((part) =>
    part instanceof PyInstance && isKerasModel(part) ? (describedLayouts(part, interpreter) ?? []) : [],
  );
  const texts = layouts.map(sizesOf);
  return layouts.filter((_, i) => texts.indexOf(texts[i] ?? '') === i);
}

const sizesOf = (layout: readonly KerasInput[]): string =>
  JSON.stringify(layout.map(({ sample, dtype }) => [sample, dtype]));

/** `a, b = inputs` or `inputs[1]` in `call`: how many tensors its only argument is a list of; undefined of a single tensor. */
export function listedInputs(root: PyInstance): number | undefined {
  const call = callFunction(root);
  if (call === undefined) return undefined;
  const [only, ...others] = call.syntax.parameters.slice(1).filter(({ name }) => !isCallOption(name));
  if (only === undefined || others.some(({ kind, default: fallback }) => kind === 'positional' && !fallback))
    return undefined;
  let count = 0;
  const isInputs = (tree: Expression): boolean => tree.kind === 'Name' && tree.name === only.name;
  visit(call.syntax.body, (tree) => {
    if (tree.kind === 'Assign' && isInputs(tree.value))
      for (const target of tree.targets)
        if (target.kind === 'Tuple' || target.kind === 'List') count = Math.max(count, target.elements.length);
    if (tree.kind !== 'Subscript' || !isInputs(tree.object)) return;
    const { index } = tree;
    if (index.kind === 'Constant' && typeof index.value === 'bigint') count = Math.max(count, Number(index.value) + 1);
  });
  return count > 1 ? count : undefined;
}
