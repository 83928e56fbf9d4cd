import { mean } from './moments';
import { NORMAL95 } from './studentT';

/** Half-width of the 95 % interval of a smooth statistic of n independent samples, from its values without each of them (Efron and Stein 1981). */
export function jackknifeHalfWidth(samples: number, without: (sample: number) => number): number {
  const values = Float64Array.from({ length: samples }, (_, i) => without(i));
  const centre = mean(values);
  const square = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return NORMAL95 * Math.sqrt((square * (samples - 1)) / samples);
}
