/** What `forward` returned, as the tree of its tensors. */
import type { Node } from '../../graph/node';
import { PyDict, PyInstance, PyList, PyTuple, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { OutputTree, TraceStopped } from '../model';
import { keyText } from './keyText';
import { isModuleInstance } from './moduleRegistry';
import { stoppedBy } from './session';
import type { Session } from './session';
import { isTensor, requirePayload } from './tensor/tensor';

/** The nodes inside a result. */
export function outputTree(session: Session, value: PyValue): OutputTree {
  if (isTensor(value)) return { kind: 'tensor', node: requirePayload(value).node };
  if (value instanceof PyTuple || value instanceof PyList)
    return { kind: 'sequence', items: value.items.map((item) => outputTree(session, item)) };
  if (value instanceof PyDict)
    return {
      kind: 'mapping',
      entries: value.entries().map(([key, item]) => [keyText(key), outputTree(session, item)] as const),
    };
  if (value instanceof PyInstance && !isModuleInstance(value) && [...value.attributes.values()].some(isTensor))
    return {
      kind: 'mapping',
      entries: [...value.attributes].map(([key, item]) => [key, outputTree(session, item)] as const),
    };
  return { kind: 'other', text: textOf(session, value) };
}

/** `repr(value)`; a class may have one of its own that cannot be followed. */
function textOf({ interpreter, file }: Session, value: PyValue): string {
  try {
    return interpreter.repr(value);
  } catch (error) {
    stoppedBy(error, file);
    return `<${interpreter.typeOf(value).name} object>`;
  }
}

/** All tensors of a result in order. */
export function leaves(tree: OutputTree | undefined): Node[] {
  if (tree === undefined || tree.kind === 'other') return [];
  if (tree.kind === 'tensor') return [tree.node];
  return tree.kind === 'sequence' ? tree.items.flatMap(leaves) : tree.entries.flatMap(([, item]) => leaves(item));
}

/** The first floating tensor that is not the loss. */
export const firstFloat = (tree: OutputTree | undefined, loss: Node | undefined): Node | undefined =>
  leaves(tree).find((node) => node.dtype === 'float' && node !== loss);

/** The first value in a result that the source does not determine. */
function unknownIn(value: PyValue, seen = new Set<PyValue>()): Unknown | undefined {
  if (value instanceof Unknown) return value;
  if (seen.has(value)) return undefined;
  seen.add(value);
  for (const part of partsOf(value)) {
    const found = unknownIn(part, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function partsOf(value: PyValue): readonly PyValue[] {
  if (value instanceof PyTuple || value instanceof PyList) return value.items;
  if (value instanceof PyDict) return value.values();
  return value instanceof PyInstance && !isModuleInstance(value) ? [...value.attributes.values()] : [];
}

/** Why a result has no floating tensor; where it holds a value that is not known, what that comes from and its place. */
export function whyWithoutOutput(
  session: Session,
  model: string,
  result: PyValue,
): Pick<TraceStopped, 'reason'> & Partial<TraceStopped> {
  const complaint = `${model}.forward returns no floating tensor`;
  const unknown = unknownIn(result);
  if (unknown === undefined) return { reason: `${complaint}: ${textOf(session, result)}` };
  const whole = unknown === result ? 'its value is not known' : `a part of ${textOf(session, result)} is not known`;
  return { ...unknown.origin, reason: `${complaint}, ${whole}: ${unknown.reason}` };
}
