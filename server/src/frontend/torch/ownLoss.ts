/** The loss that `forward` itself returns, with or without targets. */
import { elementCount } from '../../graph/node';
import type { Node } from '../../graph/node';
import { reshape } from '../../graph/operations';
import type { PyInstance } from '../../python/values';
import type { OutputTree, TracedLoss, TraceStopped } from '../model';
import { firstFloat, leaves, outputTree } from './forwardResult';
import { argumentValue, forwardParameters, tracedInputs } from './runForward';
import type { Prepared, Run } from './runForward';
import { stoppedBy } from './session';
import type { Session } from './session';
import { graphInput } from './traceScope';

export interface Forward {
  readonly output: OutputTree;
  readonly loss: TracedLoss | undefined;
  /** The loss as it stands in `output`. */
  readonly scalar: Node | undefined;
  /** Why the loss that `forward` computes of optional targets is not among this: it fails with every likely kind of them. */
  readonly lossStopped?: TraceStopped;
}

const isNumber = (node: Node): boolean => node.dtype === 'float' && elementCount(node.shape) === 1;

/** What a dictionary or object calls its loss: `{'loss': …}`, else `total_loss` and the like. */
function namedLoss(tree: OutputTree): Node | undefined {
  if (tree.kind !== 'mapping') return undefined;
  for (const pattern of [/^loss$/i, /^(total|overall|train(ing)?)_?loss$/i])
    for (const [key, item] of tree.entries)
      if (pattern.test(key) && item.kind === 'tensor' && isNumber(item.node)) return item.node;
  return undefined;
}

/** The loss in what a model returned that had its targets. */
const returnedLoss = (tree: OutputTree): Node | undefined => namedLoss(tree) ?? leaves(tree).find(isNumber);

const targetNames = /^(targets?|labels?|y|y_true|lm_labels|gt|tgt_ids)$/;

/** The loss of a model that was given its targets among its inputs. */
function givenTargets(root: PyInstance, run: Run, output: OutputTree): Forward | undefined {
  const targets = tracedInputs(run).filter(({ name }) => targetNames.test(name));
  const scalar = returnedLoss(output);
  if (targets.length === 0 || scalar === undefined) return undefined;
  const description = `returned by ${root.cls.name}.forward`;
  return { output, scalar, loss: { node: reshape(scalar, []), targets, description, reduction: 'other' } };
}

/**
 * A result without axes for a batch, the first of several of which no other is so (`return loss, prediction, mask`), or one
 * that is called loss, needs no targets (contrastive, masked, energy-based, …).
 */
function soleScalar(root: PyInstance, output: OutputTree): Forward | undefined {
  const [first, ...others] = leaves(output);
  const isSole = first?.dtype === 'float' && first.shape.length === 0 && others.every(({ shape }) => shape.length > 0);
  const scalar = isSole ? first : namedLoss(output);
  if (scalar === undefined) return undefined;
  const description = `returned by ${root.cls.name}.forward`;
  return { output, scalar, loss: { node: reshape(scalar, []), targets: [], description, reduction: 'other' } };
}

/**
 * A model that takes optional targets and then returns its loss (`forward(idx, targets=None)`): runs it once more with
 * targets. The inputs' shape (of token inputs), class indices, one per row of the output, and the output's own shape
 * are tried in this order.
 */
export function withOwnLoss(
  session: Session,
  root: PyInstance,
  run: Run,
  plain: Forward,
  float: Prepared['float'],
): Forward {
  const { output } = plain;
  const parameters = forwardParameters(root) ?? [];
  const index = parameters.findIndex(
    ({ name, required }, i) => !required && i >= run.arguments.length && targetNames.test(name),
  );
  const scored = firstFloat(output, undefined);
  const [first] = tracedInputs(run);
  const given = givenTargets(root, run, output);
  if (given !== undefined) return given;
  const own = soleScalar(root, output);
  if (own !== undefined) return own;
  if (index < 0 || scored === undefined || first === undefined) return plain;
  const { name } = parameters[index] ?? { name: 'targets' };
  const classes = scored.shape.at(-1);
  const choices = [
    ...(first.dtype === 'int' ? [{ shape: first.shape, dtype: 'int64' as const, range: classes }] : []),
    { shape: scored.shape.slice(0, -1), dtype: 'int64' as const, range: classes },
    { shape: scored.shape, dtype: float, range: undefined },
  ];
  const before = session.records.calls.length;
  let failure: TraceStopped | undefined;
  for (const { shape, dtype, range } of choices) {
    const target = graphInput(name, shape, dtype, range);
    const values = run.arguments.map((each) => argumentValue(session, each));
    try {
      const result = session.interpreter.call(root, values, new Map([[name, argumentValue(session, target)]]));
      session.records.calls.length = before;
      const tree = outputTree(session, result);
      const loss = returnedLoss(tree);
      if (loss === undefined) continue;
      const description = `returned by ${root.cls.name}.forward`;
      return {
        output: tree,
        scalar: loss,
        loss: { node: reshape(loss, []), targets: [target], description, reduction: 'other' },
      };
    } catch (error) {
      // The first kind of targets is the likeliest.
      failure ??= stoppedBy(error, session.file);
    }
  }
  return failure === undefined ? plain : { ...plain, lossStopped: failure };
}
