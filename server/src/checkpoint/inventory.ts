/** Every tensor of a checkpoint file, whichever part of it holds it. */
import type { CheckpointTensor } from './checkpoint';
import type { ContentNode, VisitLimit } from './contents';
import { isOptimizer, isOther } from './containers';

/** What a tensor is there for: the model's state, what the optimizer remembers, or something else (random states, counters, schedules). */
export type TensorGroup = 'model' | 'optimizer' | 'other';

export interface InventoryEntry {
  /** Its name is the path from the root of the file, keys joined by dots, made unique by a number where two paths read alike. */
  readonly tensor: CheckpointTensor;
  readonly group: TensorGroup;
}

/**
 * All tensors below `root`, in file order. `container` is the path of the model's state: tensors that lie loose outside of it are no weights, while
 * other dictionaries of tensors (an average of the weights, a second network) are.
 */
export function inventory(root: ContentNode, container: readonly string[], limit: VisitLimit): InventoryEntry[] {
  const found: InventoryEntry[] = [];
  const uses = new Map<string, number>();
  const walk = (node: ContentNode, path: readonly string[], group: TensorGroup): void => {
    limit.visit();
    if (node.kind === 'tensor') {
      found.push({ tensor: node.named(uniqueName(uses, path.join('.'))), group });
      return;
    }
    if (node.kind !== 'branch') return;
    const holdsLoose = path.length < container.length && path.every((key, depth) => key === container[depth]);
    for (const [key, next] of node.entries)
      walk(next, [...path, key], groupBelow(group, key, next, holdsLoose && next.kind === 'tensor'));
  };
  walk(root, [], isOptimizer(root) ? 'optimizer' : 'model');
  return found;
}

function groupBelow(group: TensorGroup, key: string, node: ContentNode, isLoose: boolean): TensorGroup {
  if (group !== 'model') return group;
  if (isOptimizer(node) || (node.kind === 'branch' && /^optim/i.test(key))) return 'optimizer';
  return isLoose || isOther(key, node) ? 'other' : 'model';
}

/** `{'a.b': …}` and `{'a': {'b': …}}` have the same dotted name. */
function uniqueName(uses: Map<string, number>, name: string): string {
  const use = (uses.get(name) ?? 0) + 1;
  uses.set(name, use);
  return use === 1 ? name : uniqueName(uses, `${name} (${use})`);
}
