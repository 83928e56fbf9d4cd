/** Parameters, buffers and state-dict keys of a module, in PyTorch's order and under PyTorch's names. */
import { PyDict, PyInstance, PySet } from '../../python/values';
import type { PyValue } from '../../python/values';
import { distinctPaths, isKerasLayer, layerPath, variablePath } from '../keras/kerasNames';
import { keyText } from './keyText';
import { isTorchModule, membersOf } from './moduleRegistry';

export interface NamedModule {
  /** Dotted path; '' for the root. */
  readonly name: string;
  readonly module: PyInstance;
}

export interface NamedTensor {
  /** Key, dotted. */
  readonly name: string;
  readonly tensor: PyInstance;
  readonly owner: NamedModule;
  readonly persistent: boolean;
}

const join = (prefix: string, name: string): string => (prefix === '' ? name : `${prefix}.${name}`);

/**
 * The module and all below it, parents first, children in order of registration. A module under several names
 * appears once (`duplicates: false`, as `named_modules`) or each time (as `state_dict` walks).
 */
export function namedModules(root: PyInstance, duplicates: boolean): NamedModule[] {
  const found: NamedModule[] = [];
  const seen = new Set<PyInstance>();
  const visit = (module: PyInstance, name: string, above: ReadonlySet<PyInstance>): void => {
    // A module that contains itself would never end.
    if (above.has(module) || (!duplicates && seen.has(module))) return;
    seen.add(module);
    found.push({ name, module });
    const path = new Set(above).add(module);
    for (const [key, child] of membersOf(module, '_modules')?.entries() ?? [])
      if (isTorchModule(child)) visit(child, layerPath(child) ?? join(name, keyText(key)), path);
  };
  visit(root, '', new Set());
  return found;
}

const nonPersistent = (module: PyInstance, name: PyValue): boolean => {
  const names = module.attributes.get('_non_persistent_buffers_set');
  return names instanceof PySet && names.elements.has(name);
};

function tensorsOf(owner: NamedModule, kind: '_parameters' | '_buffers'): NamedTensor[] {
  const members = membersOf(owner.module, kind) ?? new PyDict();
  return members.entries().flatMap(([key, tensor]) =>
    tensor instanceof PyInstance
      ? [
          {
            name: variablePath(tensor) ?? join(owner.name, keyText(key)),
            tensor,
            owner,
            persistent: kind === '_parameters' || !nonPersistent(owner.module, key),
          },
        ]
      : [],
  );
}

/** Each tensor once, under its first name. */
function distinct(root: PyInstance, tensors: readonly NamedTensor[]): NamedTensor[] {
  if (isKerasLayer(root)) return distinctPaths(tensors);
  const first = new Map<PyInstance, NamedTensor>();
  for (const entry of tensors) if (!first.has(entry.tensor)) first.set(entry.tensor, entry);
  return [...first.values()];
}

/** `named_parameters()`. */
export const namedParameters = (root: PyInstance): NamedTensor[] =>
  distinct(
    root,
    namedModules(root, false).flatMap((owner) => tensorsOf(owner, '_parameters')),
  );

/** `named_buffers()`. */
export const namedBuffers = (root: PyInstance): NamedTensor[] =>
  distinct(
    root,
    namedModules(root, false).flatMap((owner) => tensorsOf(owner, '_buffers')),
  );

/** The keys of `state_dict()`, shared tensors under every name. */
export function stateEntries(root: PyInstance): (NamedTensor & { readonly kind: 'parameter' | 'buffer' })[] {
  const entries = namedModules(root, true).flatMap((owner) => [
    ...tensorsOf(owner, '_parameters').map((entry) => ({ ...entry, kind: 'parameter' as const })),
    ...tensorsOf(owner, '_buffers')
      .filter(({ persistent }) => persistent)
      .map((entry) => ({ ...entry, kind: 'buffer' as const })),
  ]);
  // `weights` of Keras has every variable once.
  return isKerasLayer(root) ? distinctPaths(entries) : entries;
}
