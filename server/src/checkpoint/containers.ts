import { child, tensorsBelow, type Branch, type ContentNode, type TensorLeaf, type VisitLimit } from './contents';

export interface Candidate {
  readonly path: readonly string[];
  readonly node: ContentNode;
}

/** Keys under which people save the model's state, the usual ones first. */
const stateKeys = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'MODEL_STATE',
  'module',
  'net',
  'net_state_dict',
  'network',
  'weights',
  'params',
  'parameters',
  'generator',
  'netG',
  'G',
  'backbone',
  'encoder',
  'ema',
  'model_ema',
  'ema_state_dict',
  'state_dict_ema',
  'params_ema',
];

/** Keys whose tensors are never the model's. */
const otherKeys =
  /^(optim|opt$|opt_|scheduler|lr_sched|scaler|amp|rng|cuda_rng|torch_rng|random|callbacks|loops|loss|loss_scaler)/i;

const MOST_CANDIDATES = 64;
const DEEPEST = 5;

export const isOptimizer = (node: ContentNode): boolean =>
  child(node, 'param_groups') !== undefined && child(node, 'state') !== undefined;

/**
 * Dictionaries that may hold the model's state, the likeliest first: from the root go down while one child holds
 * most of the tensors or bears a usual key; what was passed and what was left aside follows as alternatives.
 */
export function findContainers(root: ContentNode, limit: VisitLimit): Candidate[] {
  const likely = descend({ path: [], node: root }, limit);
  const others = allBranches(root, limit).filter(({ node }) => node !== likely.node);
  return [likely, ...others].slice(0, MOST_CANDIDATES).filter(({ node }) => modelTensors(node, limit).length > 0);
}

function descend(start: Candidate, limit: VisitLimit): Candidate {
  let current = start;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const next = preferredChild(current, limit);
    if (next === undefined) break;
    current = next;
  }
  return current;
}

function preferredChild({ path, node }: Candidate, limit: VisitLimit): Candidate | undefined {
  if (node.kind !== 'branch') return undefined;
  const children = modelBranches(node)
    .map(([key, next]) => ({ key, node: next, tensors: modelTensors(next, limit).length }))
    .filter(({ tensors }) => tensors > 0);
  const direct = node.entries.filter(([, next]) => next.kind === 'tensor').length;
  const named = stateKeys.flatMap((key) => children.filter((entry) => entry.key === key && entry.tensors >= direct));
  const [only, ...more] = children;
  // A single branch beside plain values is the state, unless it belongs to tensors around it (a nested parameter tree).
  const chosen = named[0] ?? (direct === 0 && more.length === 0 && isStateLike(node) ? only : undefined);
  return chosen && { path: [...path, chosen.key], node: chosen.node };
}

/** In a pickled module a single child is part of the name. */
const isStateLike = (node: Branch): boolean =>
  node.form !== 'object' || node.entries.some(([, next]) => next.kind === 'plain');

/** Keys of objects are names of submodules, so only dictionaries are judged by their key. */
export const isOther = (key: string, node: ContentNode): boolean =>
  node.kind === 'branch' && ((node.form !== 'object' && otherKeys.test(key)) || isOptimizer(node));

/** The tensors below `node` with their dotted names, without those of an optimizer, scheduler or random generator. */
export const modelTensors = (node: ContentNode, limit: VisitLimit): [name: string, leaf: TensorLeaf][] =>
  tensorsBelow(node, limit, isOther);

const modelBranches = (node: Branch): [string, ContentNode][] =>
  node.entries.filter(([key, next]) => next.kind === 'branch' && !isOther(key, next)).map(([key, next]) => [key, next]);

/** Every branch that may hold model tensors, breadth first. */
function allBranches(root: ContentNode, limit: VisitLimit): Candidate[] {
  const found: Candidate[] = [{ path: [], node: root }];
  for (let i = 0; i < found.length && found.length < MOST_CANDIDATES; i++) {
    const candidate = found[i];
    if (candidate?.node.kind !== 'branch' || candidate.path.length >= DEEPEST) continue;
    for (const [key, node] of modelBranches(candidate.node)) {
      limit.visit();
      found.push({ path: [...candidate.path, key], node });
    }
  }
  return found;
}
