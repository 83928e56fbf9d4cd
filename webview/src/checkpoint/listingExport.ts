/** The listing as tables and data for other programs. */
import type { CheckpointListing, TensorEntry, TensorStatistics } from '../../../server/src/protocol/editor';
import { csvOf } from '../shared/csv';
import { elementsOf } from './tensorTree';

/** What was computed of a tensor, if anything was. */
export type KnownStatistics = (name: string) => TensorStatistics | undefined;

const head = ['name', 'group', 'shape', 'dtype', 'elements', 'bytes', 'shared_with'];
const statisticsHead = ['minimum', 'maximum', 'mean', 'standard_deviation', 'zeros', 'nan', 'infinite', 'denormal'];

export const listingCsv = (tensors: readonly TensorEntry[], statistics: KnownStatistics): string =>
  csvOf([
    [...head, ...statisticsHead],
    ...tensors.map(({ name, group, shape, dtype, bytes, sharedWith }) => {
      const known = statistics(name);
      return [
        ...[name, group, shape.join('x'), dtype, elementsOf(shape), bytes, sharedWith ?? null],
        ...(known === undefined ? statisticsHead.map(() => null) : numbersOf(known)),
      ];
    }),
  ]);

const numbersOf = (known: TensorStatistics): (number | null)[] => [
  known.minimum,
  known.maximum,
  known.mean,
  known.standardDeviation,
  known.zeros,
  known.nan,
  known.infinite,
  known.denormal,
];

export function listingJson(listing: CheckpointListing & { ok: true }, statistics: KnownStatistics): string {
  const { file, format, size, step, epoch, container, metadata, warnings, tensors } = listing;
  const described = tensors.map((entry) => {
    const known = statistics(entry.name);
    return known === undefined ? entry : { ...entry, statistics: known };
  });
  const exported = { file, format, size, step, epoch, container, metadata, warnings, tensors: described };
  return `${JSON.stringify(exported, null, 2)}\n`;
}
