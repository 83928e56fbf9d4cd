import type { LineChart } from '../chart';
import { isComputed } from '../quantity';
import type { StudyContext } from './study';

const POINTS = 33;

/**
 * Progress of a step with batches of B over that of a step with the whole gradient, 1/(1 + B_crit/B) (McCandlish et al. 2018, eq. 2.7); undefined where the critical batch size is not
 * known.
 */
export function batchEfficiency({
  quantity,
  options,
}: Pick<StudyContext, 'quantity' | 'options'>): LineChart | undefined {
  const critical = quantity('C1.criticalBatch');
  if (critical === undefined || !isComputed(critical) || !(critical.value > 0)) return undefined;
  const { low, high } = critical.interval;
  const progress = (scale: number, batch: number): number => 1 / (1 + scale / batch);
  const own = options.optimizer?.batchSize ?? undefined;
  const [from, to] = [Math.max(1, critical.value / 64), Math.max(critical.value * 64, 2 * (own ?? 1))];
  return {
    kind: 'lines',
    title: 'Progress of a step against the batch size',
    caption:
      'Relative to a step along the gradient of all data. Up to the critical batch size twice the samples are nearly twice the progress; beyond it they are wasted.',
    x: { title: 'batch size', scale: 'log' },
    y: { title: 'progress of a step', scale: 'linear' },
    series: [
      {
        name: '1/(1 + B_crit/B)',
        style: 'line',
        points: Array.from({ length: POINTS }, (_, i) => {
          const x = from * (to / from) ** (i / (POINTS - 1));
          return {
            x,
            y: progress(critical.value, x),
            low: high === null ? 0 : progress(high, x),
            high: progress(low ?? 0, x),
          };
        }),
      },
    ],
    marks: [
      { axis: 'x', value: critical.value, label: 'critical batch size' },
      ...(own === undefined ? [] : [{ axis: 'x' as const, value: own, label: 'batch size of the script' }]),
    ],
  };
}
