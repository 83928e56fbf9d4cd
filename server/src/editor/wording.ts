/** Numbers and shapes as short text. */
import { isComputed, type Quantity } from '../curvature/quantity';
import type { Dimension, ModelReading } from '../protocol/reading';
import { formatInterval, formatNumber } from '../report/numbers';

const dimensionText = (size: Dimension): string =>
  typeof size === 'number' ? String(size) : size.batch === 1 ? 'B' : `${size.batch}·B`;

/** `B×16×28×28`; a tensor without axes is `scalar`. */
export const shapeText = (shape: readonly Dimension[]): string =>
  shape.length === 0 ? 'scalar' : shape.map(dimensionText).join('×');

export const countText = (count: number): string => count.toLocaleString('en');

/** `34,826 parameters`; of a model of guessed sizes it says so. */
export const parametersText = ({
  totalParameters,
  guessed,
}: Pick<ModelReading, 'totalParameters' | 'guessed'>): string =>
  `${countText(totalParameters)} parameters${guessed.length === 0 ? '' : ` if ${guessed.join(', ')} (a guess)`}`;

/** `32.5 [32.4, 32.6]`, or why there is no number. */
export const quantityText = (quantity: Quantity): string =>
  isComputed(quantity)
    ? `${formatNumber(quantity.value, 3)} ${formatInterval(quantity.interval)}`
    : `not computed: ${quantity.notComputed}`;

export const shortNumber = (value: number): string => formatNumber(value, 3);

/** `4.3× the stable limit 0.117`, `0.5 of …` below it. */
export const marginText = (margin: number, limit: number | undefined): string =>
  `${formatNumber(margin, 2)}× the stable limit${limit === undefined ? '' : ` ${formatNumber(limit, 3)}`}`;
