/** The settings whose values are paths. */
export const pathSettings = ['checkpoint', 'data', 'latencies', 'sitePackages', 'trainScript'] as const;

/** The section with `absolute` applied to its paths; empty ones, which mean the automatic choice, stay empty. */
export function resolveSettingPaths(section: unknown, absolute: (path: string) => string): unknown {
  if (typeof section !== 'object' || section === null) return section;
  const resolved: Record<string, unknown> = { ...section };
  for (const key of pathSettings) {
    const value = resolved[key];
    if (Array.isArray(value)) resolved[key] = value.map((each: unknown) => made(each, absolute));
    else if (key in resolved) resolved[key] = made(value, absolute);
  }
  return resolved;
}

const made = (value: unknown, absolute: (path: string) => string): unknown =>
  typeof value === 'string' && value !== '' ? absolute(value) : value;
