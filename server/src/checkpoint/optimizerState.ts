import type { CheckpointTensor, MetadataValue, OptimizerState, ParameterState } from './checkpoint';
import { child, metadataOf, type Branch, type ContentNode, type VisitLimit } from './contents';
import { isOptimizer } from './containers';

const DEEPEST = 3;

/**
 * The states of optimizers in a checkpoint: dictionaries with `state` and `param_groups`, the outermost first.
 * `state` is keyed by the ids that the groups list in the order of the parameters given to the optimizer.
 */
export function findOptimizers(root: ContentNode, limit: VisitLimit): OptimizerState[] {
  const found: OptimizerState[] = [];
  const pending: { path: string[]; node: ContentNode }[] = [{ path: [], node: root }];
  for (let entry = pending.shift(); entry !== undefined; entry = pending.shift()) {
    const { path, node } = entry;
    limit.visit();
    if (isOptimizer(node)) found.push(readOptimizer(node, path.join('.'), limit));
    else if (node.kind === 'branch' && path.length < DEEPEST)
      for (const [key, next] of node.entries)
        if (next.kind === 'branch') pending.push({ path: [...path, key], node: next });
  }
  return found;
}

function readOptimizer(node: ContentNode, path: string, limit: VisitLimit): OptimizerState {
  const groups = elements(child(node, 'param_groups'));
  const state = child(node, 'state');
  const byId = new Map(state?.kind === 'branch' ? state.entries : []);
  const parameters: ParameterState[] = [];
  groups.forEach((group, groupIndex) => {
    for (const id of parameterIds(child(group, 'params')))
      parameters.push(parameterState(byId.get(id), parameters.length, groupIndex, `${path}.state.${id}`));
  });
  return { path, groups: groups.map((group) => groupOptions(group, limit)), parameters };
}

/** Items of a list node, also of one with only plain values. */
const elements = (node: ContentNode | undefined): ContentNode[] =>
  node?.kind === 'branch' ? node.entries.map(([, item]) => item) : [];

const parameterIds = (node: ContentNode | undefined): string[] =>
  node?.kind === 'plain' && Array.isArray(node.value) ? node.value.map(String) : [];

function groupOptions(group: ContentNode, limit: VisitLimit): Record<string, MetadataValue> {
  if (group.kind !== 'branch') return {};
  return Object.fromEntries(
    group.entries.filter(([key]) => key !== 'params').map(([key, value]) => [key, metadataOf(value, limit)]),
  );
}

function parameterState(node: ContentNode | undefined, index: number, group: number, path: string): ParameterState {
  const entries: Branch['entries'] = node?.kind === 'branch' ? node.entries : [];
  const tensors = new Map<string, CheckpointTensor>();
  const numbers = new Map<string, number>();
  for (const [key, value] of entries) {
    if (value.kind === 'tensor') tensors.set(key, value.named(`${path}.${key}`));
    if (value.kind === 'plain' && typeof value.value === 'number') numbers.set(key, value.value);
  }
  return { index, group, tensors, numbers };
}
