/** What is in the file that a string of the source names. */
import { statSync } from 'node:fs';
import type { CheckpointListing } from '../protocol/editor';
import type { FileReading } from '../protocol/reading';
import type { Reading } from '../reading/readFile';
import { fitText } from './codeLens';
import type { ServerContext } from './context';
import { countText } from './wording';

type Link = FileReading['links'][number];

/** Endings of data files that are archives of named arrays as checkpoints are. */
const LISTED = /\.(npz|safetensors)$/i;
/** Arrays of a data file that are shown one by one. */
const SHOWN = 4;

const nameOf = (path: string): string => path.split(/[/\\]/).at(-1) ?? path;

/** Markdown. */
export async function fileText(
  context: ServerContext,
  { checkpoints }: Reading,
  { kind, target }: Link,
): Promise<string> {
  const head = `**${nameOf(target)}**, ${sizeText(target)}`;
  if (kind === 'data' && !LISTED.test(target)) return head;
  const listing = await context.listCheckpoint(target);
  if (!listing.ok) return `${head}  \n${listing.failure.message}`;
  if (kind === 'data') return `${head}: ${arraysText(listing)}`;
  const { tensors, totalElements, format, step } = listing;
  const facts = [
    `${countText(tensors.length)} tensors with ${countText(totalElements)} elements, ${format}`,
    ...(step === null ? [] : [`saved at step ${countText(step)}`]),
    ...fitOf(context, listing, checkpoints, target),
    ...listing.warnings.map(({ message }) => `⚠ ${message}`),
  ];
  return [head, ...facts].join('  \n');
}

function arraysText({ tensors }: CheckpointListing & { ok: true }): string {
  const shown = tensors.slice(0, SHOWN).map(({ name, shape, dtype }) => `${name} ${shape.join('×')} ${dtype}`);
  return [...shown, ...(tensors.length > SHOWN ? [`and ${tensors.length - SHOWN} more`] : [])].join(', ');
}

/** Against the models of open files. */
function fitOf(
  context: ServerContext,
  { fits }: CheckpointListing & { ok: true },
  checkpoints: Reading['checkpoints'],
  target: string,
): string[] {
  if (fits.length > 0) return [`Fits ${fits.join(', ')}`];
  const candidate = Object.values(checkpoints)
    .flat()
    .find(({ file }) => file === target);
  if (candidate !== undefined) return [fitText(candidate)];
  const isAnyOpen = context.documents
    .units()
    .some((unit) => (context.readings.latest(unit)?.reading.models.length ?? 0) > 0);
  return isAnyOpen ? ['Fits no model of the open files'] : [];
}

export function sizeText(file: string): string {
  try {
    const { size } = statSync(file);
    for (const [unit, bytes] of [
      ['GiB', 2 ** 30],
      ['MiB', 2 ** 20],
      ['KiB', 2 ** 10],
    ] as const)
      if (size >= bytes) return `${(size / bytes).toFixed(1)} ${unit}`;
    return `${size} bytes`;
  } catch {
    return 'cannot be read';
  }
}
