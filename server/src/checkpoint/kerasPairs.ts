/** Variables of a Keras model and of a file by the kind and order of their layers: the numbers in names differ from run to run. */

const naturalOrder = new Intl.Collator('en', { numeric: true });

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** Paths of variables with the place among those of their layer in place of their name. */
function numbered(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const slash = name.lastIndexOf('/');
    const [owner, last] = [name.slice(0, Math.max(0, slash)), name.slice(slash + 1)];
    const place = counts.get(owner) ?? 0;
    counts.set(owner, place + 1);
    return `${owner}/${isNumber(last) ? last : String(place)}`;
  });
}

/** The kind of a layer: its name without the number, in Keras 1 and now. */
const kindOf = (segment: string): string => segment.replace(/_\d+$/, '').replace(/^convolution(?=\dd$)/, 'conv');

/** `dense_7/0` → `dense#1/0` for the second dense layer: numbers of layers go on from model to model. */
function ranked(paths: readonly string[]): string[] {
  const siblings = new Map<string, Set<string>>();
  const kinds = (segments: readonly string[], i: number): string =>
    `${segments.slice(0, i).join('/')}/${kindOf(segments[i] ?? '')}`;
  const split = paths.map((path) => path.split('/'));
  for (const segments of split)
    for (const i of segments.keys()) {
      const kind = kinds(segments, i);
      siblings.set(kind, (siblings.get(kind) ?? new Set()).add(segments[i] ?? ''));
    }
  const order = new Map([...siblings].map(([kind, names]) => [kind, [...names].sort(naturalOrder.compare)]));
  return split.map((segments) =>
    segments
      .map((segment, i) =>
        i === segments.length - 1
          ? segment
          : `${kindOf(segment)}#${order.get(kinds(segments, i))?.indexOf(segment) ?? 0}`,
      )
      .join('/'),
  );
}

/** Without the first segments that all have: a model's own name. */
function withoutCommonStart(paths: readonly string[]): string[] {
  const first = paths[0]?.split('/')[0];
  const all = paths.length > 0 && paths.every((path) => path.split('/').length > 2 && path.split('/')[0] === first);
  return all ? withoutCommonStart(paths.map((path) => path.slice(path.indexOf('/') + 1))) : [...paths];
}

/** Without the names of nested models that the wanted paths do not have: a layer that was built before its model is not below it. */
function withoutNesting(paths: readonly string[], wanted: readonly string[]): string[] {
  const kinds = (path: string): string => path.split('/').map(kindOf).join('/');
  const known = new Set(wanted.map(kinds));
  return paths.map((path) => {
    const segments = path.split('/');
    const suffixes = segments.slice(0, -1).map((_, i) => segments.slice(i).join('/'));
    return suffixes.find((suffix) => known.has(kinds(suffix))) ?? path;
  });
}

/** Without the first segment where the file has none of its kind: the name of the model, which a model inside a wrapper of layers does not have. */
function withoutOuterNames(wanted: readonly string[], paths: readonly string[]): string[] {
  const first = (path: string): string => kindOf(path.split('/')[0] ?? '');
  const known = new Set(paths.map(first));
  return wanted.map((path) =>
    path.split('/').length > 2 && !known.has(first(path)) ? path.slice(path.indexOf('/') + 1) : path,
  );
}

/** Which wanted variable each name of a file is, by layers' names, else by their kinds and order; undefined where Keras has no part in it. */
export function kerasPairs(
  names: readonly string[],
  wanted: readonly string[],
): ReadonlyMap<string, string> | undefined {
  if (!wanted.some((name) => name.includes('/')) || !names.some((name) => name.includes('/'))) return undefined;
  const common = withoutCommonStart(numbered(wanted));
  const own = withoutCommonStart(numbered(names));
  const pairs = (keys: readonly string[], wantedKeys: readonly string[]): ReadonlyMap<string, string> => {
    const targets = new Map(wantedKeys.map((key, i) => [key, wanted[i] ?? '']));
    return new Map(
      keys.flatMap((key, i): [string, string][] => {
        const target = targets.get(key);
        return target === undefined ? [] : [[names[i] ?? '', target]];
      }),
    );
  };
  const isWhole = (found: ReadonlyMap<string, string>): boolean => new Set(found.values()).size === wanted.length;
  const attempts = [common, withoutOuterNames(common, own)].flatMap((wantedPaths) => {
    const paths = withoutNesting(own, wantedPaths);
    return [pairs(paths, wantedPaths), pairs(ranked(paths), ranked(wantedPaths))];
  });
  const [, byOrder] = attempts;
  return attempts.find(isWhole) ?? (byOrder?.size === 0 ? undefined : byOrder);
}
