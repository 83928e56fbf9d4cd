/**
 * Every quantity that is computed: what it is, in which unit, by which formula, from which paper. `docs/quantities.md` is generated from these tables,
 * and no quantity can be reported that is not in them.
 */
import { conditioning } from './catalogue/conditioning';
import type { QuantityDefinition } from './catalogue/definition';
import { gradient } from './catalogue/gradient';
import { gradientOnDemand } from './catalogue/gradientOnDemand';
import { maps } from './catalogue/maps';
import { sensitivity } from './catalogue/sensitivity';
import { spectrum } from './catalogue/spectrum';
import { spectrumOnDemand } from './catalogue/spectrumOnDemand';
import { stability } from './catalogue/stability';

export type { QuantityDefinition } from './catalogue/definition';

export const catalogue = {
  ...spectrum,
  ...spectrumOnDemand,
  ...stability,
  ...gradient,
  ...gradientOnDemand,
  ...conditioning,
  ...maps,
  ...sensitivity,
};

export type QuantityId = keyof typeof catalogue;

/** The definition behind an ID, with or without the part in brackets; undefined if there is none. */
export const definitionOf = (id: string): QuantityDefinition | undefined =>
  (catalogue as Readonly<Record<string, QuantityDefinition | undefined>>)[id.replace(/\[.*$/, '')];
