import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultSettings, settingsFrom } from '../../../server/src/editor/settings';

it('whatever an editor sends, the settings have the shape of the defaults and values in range', () => {
  const shape = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, key === 'severity' ? {} : shape(inner)]))
      : typeof value;
  const keys = [
    ...Object.keys(defaultSettings),
    ...Object.keys(defaultSettings.analysis),
    'severity',
    'enabled',
    'shapes',
  ];
  const json = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: 'small' }, fc.jsonValue({ maxDepth: 0 }), tie('object')),
    object: fc.dictionary(fc.constantFrom(...keys), tie('value')),
  }));
  fc.assert(
    fc.property(json.value, (given) => {
      const settings = settingsFrom(given);
      expect(shape(settings)).toEqual(shape(defaultSettings));
      expect(settings.analysis.samples).toBeGreaterThanOrEqual(1);
      expect(Array.isArray(settings.sitePackages)).toBe(true);
      expect(settings.stability.safetyMargin).toBeGreaterThan(0);
      expect(settings.stability.safetyMargin).toBeLessThanOrEqual(1);
      for (const level of Object.values(settings.diagnostics.severity))
        expect(['error', 'warning', 'information', 'hint', 'off']).toContain(level);
    }),
  );
});

it('takes what is said and keeps the rest', () => {
  const settings = settingsFrom({
    analysis: { samples: 7 },
    diagnostics: { severity: { HL101: 'error' } },
    loss: 'mse',
    weights: 'ema',
    sitePackages: ['a', 7, '', 'b'],
  });
  expect(settings).toEqual({
    ...defaultSettings,
    analysis: { ...defaultSettings.analysis, samples: 7 },
    diagnostics: { enabled: true, severity: { HL101: 'error' } },
    loss: 'mse',
    weights: 'ema',
    sitePackages: ['a', 'b'],
  });
});
