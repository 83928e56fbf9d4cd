/** One part of the names that reads otherwise in the checkpoint than in the model, the same everywhere. */
import { shapesAgree, type WantedTensor } from './wanted';

export interface InfixRename<T> {
  /** "'blocks' read as 'layers'". */
  readonly description: string;
  /** Tensor of the checkpoint by the model's name. */
  readonly found: ReadonlyMap<string, T>;
}

/** A run of name segments in the checkpoint, and what stands for it in the model; one may be empty. */
interface Rule {
  readonly found: readonly string[];
  readonly wanted: readonly string[];
}

/** Rules that are tried before the search is given up. */
const MOST_RULES = 48;

/**
 * The rule by which all `missing` tensors are found among the `unexpected` with equal shapes, if there is exactly one such:
 * then nothing is left to choice, unless a single tensor is missing. `unexpected` go by the names that are compared.
 */
export function infixRename<T extends { readonly shape: readonly number[] }>(
  missing: readonly WantedTensor[],
  unexpected: ReadonlyMap<string, T>,
): InfixRename<T> | undefined {
  const [first] = missing;
  if (first === undefined || unexpected.size < missing.length) return undefined;
  // One tensor beside several left over may resemble one of them by chance.
  if (missing.length === 1 && unexpected.size > 1) return undefined;
  const working = rulesFor(first, unexpected).flatMap((rule) => {
    const found = applied(rule, missing, unexpected);
    return found === undefined ? [] : [{ description: describe(rule), found }];
  });
  return working.length === 1 ? working[0] : undefined;
}

function rulesFor(
  wanted: WantedTensor,
  unexpected: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): Rule[] {
  const rules = new Map<string, Rule>();
  const last = lastPart(wanted.name);
  for (const [name, { shape }] of unexpected) {
    if (rules.size >= MOST_RULES) break;
    if (lastPart(name) !== last || !shapesAgree(wanted.shape, shape)) continue;
    const rule = differing(name.split('.'), wanted.name.split('.'));
    rules.set(JSON.stringify(rule), rule);
  }
  return [...rules.values()];
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** What is left of two names without their equal ends and beginnings. */
function differing(found: readonly string[], wanted: readonly string[]): Rule {
  const most = Math.min(found.length, wanted.length);
  let end = 0;
  while (end < most && found[found.length - 1 - end] === wanted[wanted.length - 1 - end]) end++;
  let start = 0;
  while (start < most - end && found[start] === wanted[start]) start++;
  return { found: found.slice(start, found.length - end), wanted: wanted.slice(start, wanted.length - end) };
}

function applied<T extends { readonly shape: readonly number[] }>(
  rule: Rule,
  missing: readonly WantedTensor[],
  unexpected: ReadonlyMap<string, T>,
): Map<string, T> | undefined {
  const found = new Map<string, T>();
  const used = new Set<string>();
  for (const { name, shape } of missing) {
    const names = [...new Set(replacements(name.split('.'), rule))].filter((candidate) => {
      const tensor = unexpected.get(candidate);
      return tensor !== undefined && !used.has(candidate) && shapesAgree(shape, tensor.shape);
    });
    const [only, ...more] = names;
    const tensor = only === undefined || more.length > 0 ? undefined : unexpected.get(only);
    if (only === undefined || tensor === undefined) return undefined;
    used.add(only);
    found.set(name, tensor);
  }
  return found;
}

/** The model's name with the rule undone at each place where it may apply. */
function replacements(name: readonly string[], { found, wanted }: Rule): string[] {
  const places = name.length - wanted.length;
  return Array.from({ length: Math.max(0, places) }, (_, at) => at)
    .filter((at) => wanted.every((segment, i) => name[at + i] === segment))
    .map((at) => [...name.slice(0, at), ...found, ...name.slice(at + wanted.length)].join('.'));
}

function describe({ found, wanted }: Rule): string {
  if (wanted.length === 0) return `'${found.join('.')}.' removed`;
  if (found.length === 0) return `'${wanted.join('.')}.' added`;
  return `'${found.join('.')}' read as '${wanted.join('.')}'`;
}
