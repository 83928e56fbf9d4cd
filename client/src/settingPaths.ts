/** The settings whose values are paths. */
export const pathSettings = ['checkpoint', 'data', 'trainScript'] as const;

/** The section with `absolute` applied to its paths; empty ones, which mean the automatic choice, stay empty. */
export function resolveSettingPaths(section: unknown, absolute: (path: string) => string): unknown {
  if (typeof section !== 'object' || section === null) return section;
  const resolved: Record<string, unknown> = { ...section };
  for (const key of pathSettings) {
    const value = resolved[key];
    if (typeof value === 'string' && value !== '') resolved[key] = absolute(value);
  }
  return resolved;
}
