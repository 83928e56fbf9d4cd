/** A loss that is the code's own: what `backward()` is called on, followed back to the call or the formula that gives it. */
import type { Expression, ModuleSyntax, Statement } from '../../../python/syntax';
import { PyFunction } from '../../../python/values';
import type { PyModule } from '../../../python/values';
import type { ModuleName } from '../../model';
import { walk } from '../syntaxSearch';
import type { LossFact } from './facts';
import type { ScriptReader } from './scriptReader';

/** Assignments followed from what is minimised. */
const MOST_FOLLOWED = 40;
const averages = /\b(mean|sum|average)\b/;

/** A function of (output, target), or a mean of squared or absolute differences. Uncertain: other terms may be added. */
export function minimisedLoss(reader: ScriptReader): LossFact | null {
  for (const { module, tree } of reader.ownModules())
    for (const { value, body } of minimised(tree))
      for (const expression of followed(value, body)) {
        const found = ownFunction(expression, tree, module, reader) ?? formula(expression, tree);
        if (found !== undefined) return found;
      }
  return null;
}

interface Minimised {
  readonly value: Expression;
  /** Statements of the function that trains. */
  readonly body: unknown;
}

/** What `backward` is called on, and what Lightning's `training_step` returns. */
function* minimised(tree: ModuleSyntax): Generator<Minimised> {
  const functions = [...walk(tree.body)].filter((each) => each.kind === 'FunctionDefinition');
  for (const each of walk(tree.body)) {
    if (each.kind !== 'Call' || each.callee.kind !== 'Attribute' || each.callee.name !== 'backward') continue;
    const around = functions.filter(({ start, end }) => start <= each.start && each.end <= end).at(-1);
    yield { value: each.callee.object, body: around?.function.body ?? tree.body };
  }
  for (const { function: step } of functions.filter((each) => each.function.name === 'training_step'))
    for (const each of walk(step.body))
      if (each.kind === 'Return' && each.value !== undefined) yield { value: each.value, body: step.body };
}

/** The expression and those assigned to the names in it, nearest first. */
function followed(value: Expression, body: unknown): Expression[] {
  const assigned = [...walk(body)].filter((each) => each.kind === 'Assign' || each.kind === 'AugmentedAssign');
  const found = [value];
  const names = new Set<string>();
  for (let i = 0; i < found.length && i < MOST_FOLLOWED; i++)
    for (const part of walk(found[i])) {
      if (part.kind !== 'Name' || names.has(part.name)) continue;
      names.add(part.name);
      found.push(...assigned.filter((each) => targetsOf(each).includes(part.name)).map((each) => each.value));
    }
  return found;
}

const targetsOf = (statement: Statement): string[] => {
  const targets =
    statement.kind === 'Assign' ? statement.targets : statement.kind === 'AugmentedAssign' ? [statement.target] : [];
  return targets.flatMap((target) => (target.kind === 'Name' ? [target.name] : []));
};

/** A call of a function of the code's own with an output and a target, which averages or sums. */
function ownFunction(
  expression: Expression,
  tree: ModuleSyntax,
  module: PyModule,
  reader: ScriptReader,
): LossFact | undefined {
  for (const part of walk(expression)) {
    if (part.kind !== 'Call' || part.callee.kind !== 'Name' || part.args.length !== 2) continue;
    const callee = module.attributes.get(part.callee.name);
    if (!(callee instanceof PyFunction) || callee.syntax.source.isLibrary) continue;
    const { source, body, start, end, parameters } = callee.syntax;
    const required = parameters.filter(
      ({ kind, default: fallback }) => kind === 'positional' && fallback === undefined,
    );
    const isMean = averages.test(source.text.slice(start, end));
    if (required.length !== 2 || !isMean || callsModels(body)) continue;
    return {
      value: part.callee.name,
      span: tree.source.span(part),
      certain: false,
      definedIn: homeOf(callee, part.callee.name, module, reader),
    };
  }
  return undefined;
}

/** Not a loss but a step of training: it is given a model, or computes derivatives. */
const callsModels = (body: unknown): boolean =>
  [...walk(body)].some(
    (part) =>
      part.kind === 'Call' &&
      ((part.callee.kind === 'Name' && /^(model|net)/i.test(part.callee.name)) ||
        (part.callee.kind === 'Attribute' && part.callee.name === 'backward')),
  );

/** The module that has the function by this name; for the script itself, how others would import it. */
function homeOf(callee: PyFunction, name: string, used: PyModule, { session }: ScriptReader): ModuleName {
  const { file } = session;
  const home = callee.module.attributes.get(name) === callee ? callee.module : used;
  const own = /([^\\/]+?)(?:\.py)?$/.exec(home.file ?? file)?.[1] ?? file;
  return { name: home.name === '__main__' ? own : home.name, fromFile: file };
}

/** `((a - b) ** 2).mean()` and its like. */
function formula(expression: Expression, tree: ModuleSyntax): LossFact | undefined {
  for (const part of walk(expression)) {
    const reduced = reductionOf(part);
    const power = reduced === undefined ? undefined : powerOf(reduced.of);
    if (reduced === undefined || power === undefined) continue;
    const name = power === 2 ? 'F.mse_loss' : 'F.l1_loss';
    const value = reduced.by === 'mean' ? name : `lambda output, target: ${name}(output, target, reduction='sum')`;
    return { value, span: tree.source.span(part), certain: false };
  }
  return undefined;
}

type Part = Expression | Statement;

const methodOf = (
  part: Part,
): { name: string; object: Expression; first: Expression | undefined; count: number } | undefined =>
  part.kind === 'Call' && part.callee.kind === 'Attribute'
    ? { name: part.callee.name, object: part.callee.object, first: part.args[0]?.value, count: part.args.length }
    : undefined;

const isTorch = (expression: Expression): boolean => expression.kind === 'Name' && expression.name === 'torch';

/** x of `x.mean()` and `torch.mean(x)`. */
function reductionOf(part: Part): { by: string; of: Expression } | undefined {
  const call = methodOf(part);
  if (call === undefined || (call.name !== 'mean' && call.name !== 'sum')) return undefined;
  if (isTorch(call.object))
    return call.count === 1 && call.first !== undefined ? { by: call.name, of: call.first } : undefined;
  return call.count === 0 ? { by: call.name, of: call.object } : undefined;
}

/** 2 of `(a - b) ** 2`, `(a - b).pow(2)`, `torch.square(a - b)`; 1 of `(a - b).abs()`. */
function powerOf(expression: Expression): 1 | 2 | undefined {
  const isTwo = (exponent: Expression | undefined): boolean =>
    exponent?.kind === 'Constant' && (exponent.value === 2n || exponent.value === 2);
  if (expression.kind === 'Binary')
    return expression.operator === '**' && isTwo(expression.right) && isDifference(expression.left) ? 2 : undefined;
  const call = methodOf(expression);
  if (call === undefined) return undefined;
  const inner = isTorch(call.object) ? call.first : call.object;
  if (inner === undefined || !isDifference(inner)) return undefined;
  if (call.name === 'pow') return 2;
  return call.name === 'square' ? 2 : call.name === 'abs' ? 1 : undefined;
}

const isDifference = (expression: Expression): boolean => expression.kind === 'Binary' && expression.operator === '-';
