import { describe, expect, it } from 'vitest';
import { pathSettings, resolveSettingPaths } from '../../../client/src/settingPaths';

const absolute = (path: string): string => `/folder/${path}`;

describe('settings that name files', () => {
  it('become absolute, all others stay', () => {
    const section = {
      checkpoint: 'a.pt',
      data: 'b',
      trainScript: 'c.py',
      latencies: 'e.csv',
      sitePackages: ['d', 5],
      loss: 'mse',
      codeLens: { curvature: true },
    };
    expect(resolveSettingPaths(section, absolute)).toEqual({
      ...section,
      checkpoint: '/folder/a.pt',
      data: '/folder/b',
      trainScript: '/folder/c.py',
      latencies: '/folder/e.csv',
      sitePackages: ['/folder/d', 5],
    });
  });

  it('stay empty where they are empty', () => {
    const empty = Object.fromEntries(pathSettings.map((key) => [key, '']));
    expect(resolveSettingPaths(empty, absolute)).toEqual(empty);
  });

  it('of another type are left to the server to judge', () => {
    for (const section of [null, undefined, 3, { checkpoint: 5 }, { data: null }])
      expect(resolveSettingPaths(section, absolute)).toEqual(section);
  });
});
