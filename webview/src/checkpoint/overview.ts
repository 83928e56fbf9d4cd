/** The head of the page: what the file is, what is wrong with it, what else it holds. */
import type { CheckpointListing } from '../../../server/src/protocol/editor';
import { element, type Child } from '../shared/element';
import { bytes, count, fileName, large, plural } from './wording';

type Listing = CheckpointListing & { ok: true };

export function chipsOf({ format, size, tensors, totalElements, step, epoch, fits, notes }: Listing): HTMLElement[] {
  const chip = (text: string, title = '', kind = ''): HTMLElement =>
    element('li', { class: `chip ${kind}`.trim(), title: title === '' ? null : title }, text);
  const optimizer = tensors.filter(({ group }) => group === 'optimizer').length;
  return [
    chip(format),
    chip(bytes(size), `${count(size)} bytes`),
    chip(
      plural(tensors.length, 'tensor', 'tensors'),
      optimizer > 0 ? `${count(optimizer)} of them of the optimizer` : '',
    ),
    chip(`${large(totalElements)} elements`, `${count(totalElements)} elements; shared memory counts once`),
    ...(step === null ? [] : [chip(`step ${count(step)}`)]),
    ...(epoch === null ? [] : [chip(`epoch ${count(epoch)}`)]),
    ...notes.map((note) => chip(note)),
    ...fits.map((model) => chip(`fits ${model}`, 'Every key and shape of this model is in the file', 'fits')),
  ];
}

/** Warnings listed before the rest is counted. */
const LISTED = 6;

/** What the pickle would run, and what is missing or damaged; nothing of it was executed. */
export function warningsOf({ warnings, file }: Listing): HTMLElement[] {
  const unsafe = warnings.filter(({ code }) => code === 'HL404');
  const other = warnings.filter(({ code }) => code !== 'HL404');
  return [
    ...(unsafe.length === 0
      ? []
      : [
          banner(
            'failed',
            'This file asks to run code when PyTorch loads it',
            unsafe,
            `Nothing was executed here. Do not load ${fileName(file)} with PyTorch unless you trust its source; weights_only=True refuses it.`,
          ),
        ]),
    ...(other.length === 0 ? [] : [banner('stale', 'Not everything in this file could be read', other, undefined)]),
  ];
}

function banner(
  kind: 'failed' | 'stale',
  title: string,
  warnings: Listing['warnings'],
  advice: string | undefined,
): HTMLElement {
  const rest = warnings.length - LISTED;
  return element(
    'div',
    { class: `banner ${kind}`, role: 'alert' },
    element(
      'div',
      { class: 'banner-text' },
      element('p', {}, element('strong', {}, title)),
      element(
        'ul',
        {},
        ...warnings
          .slice(0, LISTED)
          .map(({ code, message, where }) => element('li', {}, `${code} ${message} (${where})`)),
        rest > 0 ? element('li', {}, `and ${count(rest)} more`) : null,
      ),
      advice === undefined ? null : element('p', {}, advice),
    ),
  );
}

/** Plain values of the file: closed at first where there are many. */
export function metadataOf({ metadata, container }: Listing): HTMLElement {
  const entries = Object.entries(metadata);
  const rows: Child[] = entries.map(([key, value]) =>
    element('tr', {}, element('th', { scope: 'row', class: 'metadata-key' }, key), element('td', {}, value)),
  );
  return element(
    'details',
    { class: 'metadata' },
    element('summary', {}, `Metadata (${count(entries.length)})`),
    container === '' ? null : element('p', { class: 'quiet' }, `The model’s state is under ‘${container}’.`),
    entries.length === 0
      ? element('p', { class: 'quiet' }, 'The file holds nothing beside tensors.')
      : element(
          'div',
          { class: 'table-frame', tabindex: 0, role: 'region', 'aria-label': 'Metadata' },
          element('table', {}, element('tbody', {}, ...rows)),
        ),
  );
}
