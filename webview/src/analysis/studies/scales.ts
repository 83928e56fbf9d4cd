/** From a study's axis to a scale with its ticks. */
import { scaleLinear, scaleLog, type ScaleContinuousNumeric } from 'd3-scale';
import type { Axis } from '../../../../server/src/curvature/chart';
import { logarithmicTicks } from '../../shared/ticks';
import { number } from './wording';

export interface NumberAxis {
  readonly scale: ScaleContinuousNumeric<number, number>;
  readonly title: string;
  readonly ticks: readonly number[];
  readonly text: (value: number) => string;
}

/** Room beyond the outermost value, as a share of the span. */
const PADDING = 0.04;

/** The axis over all values that it can show; a logarithmic one leaves out what is not positive. */
export function numberAxis(
  { title, scale: kind }: Axis,
  values: readonly number[],
  range: readonly [number, number],
  fromZero = false,
): NumberAxis {
  const most = Math.max(2, Math.floor(Math.abs(range[1] - range[0]) / 70));
  return kind === 'log' ? logarithmic(title, values, range, most) : linear(title, values, range, most, fromZero);
}

function logarithmic(
  title: string,
  values: readonly number[],
  range: readonly [number, number],
  most: number,
): NumberAxis {
  const shown = values.filter((value) => value > 0 && Number.isFinite(value));
  const [low, high] = shown.length === 0 ? [0.1, 1] : [Math.min(...shown), Math.max(...shown)];
  const factor = low === high ? 2 : (high / low) ** PADDING;
  const scale = scaleLog([low / factor, high * factor], [...range]);
  return {
    scale,
    title,
    ticks: logarithmicTicks(low / factor, high * factor, most),
    text: (value) => number(value, 2),
  };
}

function linear(
  title: string,
  values: readonly number[],
  range: readonly [number, number],
  most: number,
  fromZero: boolean,
): NumberAxis {
  const shown = values.filter(Number.isFinite);
  const all = fromZero ? [0, ...shown] : shown;
  const [low, high] = all.length === 0 ? [0, 1] : [Math.min(...all), Math.max(...all)];
  const room = low === high ? Math.abs(low) || 1 : (high - low) * PADDING;
  const scale = scaleLinear(
    [fromZero && low === 0 ? 0 : low - room, fromZero && high === 0 ? 0 : high + room],
    [...range],
  );
  return { scale, title, ticks: scale.ticks(most), text: (value) => number(value, 3) };
}

/** Whether a value has a place on the axis. */
export const isShown = (axis: Axis, value: number): boolean =>
  Number.isFinite(value) && (axis.scale === 'linear' || value > 0);
