import type { SourceProvider } from '../../../server/src/python/interpreter';

/** Packages as a project's environment has them. */
export const installed = (files: Readonly<Record<string, string>>): SourceProvider => ({
  read: () => undefined,
  resolveModule(name) {
    const path = name.split('.').join('/');
    for (const [file, isPackage] of [
      [`${path}/__init__.py`, true],
      [`${path}.py`, false],
    ] as const) {
      const source = files[file];
      if (source !== undefined) return { file: `<installed>/${file}`, source, isPackage };
    }
    return undefined;
  },
});
