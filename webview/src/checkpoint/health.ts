/** What a tensor's statistics say about its health. */
import type { TensorEntry, TensorStatistics } from '../../../server/src/protocol/editor';
import { count, percent } from './wording';

export interface HealthBadge {
  readonly severity: 'error' | 'warning' | 'fine';
  readonly label: string;
  readonly explanation: string;
}

/** Share of denormal elements from which they are worth a word: they are slow on many processors, and vanish on others. */
const MANY_DENORMALS = 0.01;

/** The worst first; one that says so where nothing is wrong. Integers are counters and indices: only floating types can be unhealthy. */
export function healthOf(entry: Pick<TensorEntry, 'dtype'>, statistics: TensorStatistics): HealthBadge[] {
  const { count: all, nan, infinite, zeros, denormal, minimum, maximum } = statistics;
  const badges: HealthBadge[] = [];
  const add = (severity: HealthBadge['severity'], label: string, explanation: string): void => {
    badges.push({ severity, label, explanation });
  };
  if (nan > 0) add('error', 'NaN', `${share(nan, all)} not a number: training had diverged, or the file is damaged.`);
  if (infinite > 0) add('error', 'Inf', `${share(infinite, all)} infinite: an overflow.`);
  if (/float|complex/.test(entry.dtype)) {
    if (all > 1 && zeros === all) add('warning', 'All zero', 'Every element is zero: never trained, or pruned away.');
    else if (all > 1 && minimum !== null && minimum === maximum && nan + infinite === 0)
      add('warning', 'Constant', `All ${count(all)} elements are equal: as after initialisation.`);
    if (all > 0 && denormal / all >= MANY_DENORMALS)
      add('warning', 'Denormal', `${share(denormal, all)} below the smallest normal number of ${entry.dtype}.`);
  }
  if (badges.length === 0) add('fine', 'Healthy', 'No NaN, infinities or other anomalies.');
  return badges;
}

const share = (part: number, all: number): string =>
  `${count(part)} of ${count(all)} elements (${percent(part / all)})`;
