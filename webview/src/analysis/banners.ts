/** What stands above the views: a running analysis, a failure, a result of an earlier version. */
import type { Failure } from '../../../server/src/protocol/worker';
import { element } from '../shared/element';
import { actionLink, button } from '../shared/toolkit';
import type { PanelState, Run } from './panelState';
import type { PanelActions } from './view';
import { duration, fileName, moment, size } from './wording';

/** Every banner that applies, the most urgent first. */
export function bannersFor(state: PanelState, actions: PanelActions): HTMLElement[] {
  const { run, failure, partial, kept } = state;
  return [
    ...(run === null ? [] : [runBanner(run, partial !== null, kept !== null, actions)]),
    ...(failure === null ? [] : [failureBanner(failure, kept !== null, actions)]),
    ...(kept === null || kept.stale.length === 0 || partial !== null ? [] : [staleBanner(state, actions)]),
  ];
}

function runBanner(
  { progress, prediction }: Run,
  hasPartial: boolean,
  hasKept: boolean,
  actions: PanelActions,
): HTMLElement {
  const percent = Math.floor(100 * (progress?.fraction ?? 0));
  const fill = element('span', { class: 'progress-fill' });
  fill.style.width = `${percent}%`;
  const left =
    progress?.secondsLeft === undefined
      ? prediction === null
        ? ''
        : `, predicted ${duration(prediction.seconds)} and ${size(prediction.bytes)}`
      : `, about ${duration(progress.secondsLeft)} left`;
  const below = hasPartial
    ? 'Results appear as they are computed.'
    : hasKept
      ? 'Below is the previous result until the first new numbers arrive.'
      : 'The first eigenvalues appear in a moment.';
  return element(
    'div',
    { class: 'banner running', role: 'group', 'aria-label': 'Analysis in progress' },
    element(
      'div',
      { class: 'banner-text' },
      element('p', {}, element('strong', {}, progress?.stage ?? 'Starting'), ` ${percent} %${left}`),
      element(
        'div',
        {
          class: 'progress',
          role: 'progressbar',
          'aria-label': progress?.stage ?? 'Starting',
          'aria-valuemin': 0,
          'aria-valuemax': 100,
          'aria-valuenow': percent,
        },
        fill,
      ),
      element('p', { class: 'quiet' }, below),
    ),
    button('Cancel', () => {
      actions.post({ kind: 'cancel' });
    }),
  );
}

function failureBanner(failure: Failure, hasKept: boolean, actions: PanelActions): HTMLElement {
  const { category, message, file, line, hint } = failure;
  const cancelled = category === 'cancelled';
  const place =
    file === undefined
      ? null
      : line === undefined
        ? element('span', {}, fileName(file))
        : actionLink(`${fileName(file)}:${line}`, () => {
            actions.post({ kind: 'reveal', file, line });
          });
  return element(
    'div',
    { class: `banner ${cancelled ? 'cancelled' : 'failed'}`, role: cancelled ? 'status' : 'alert' },
    element(
      'div',
      { class: 'banner-text' },
      element(
        'p',
        {},
        element('strong', {}, cancelled ? 'Cancelled' : 'The analysis failed'),
        cancelled ? '' : ': ',
        cancelled ? '' : message,
        ' ',
        place,
      ),
      hint === undefined ? null : element('p', {}, hint),
      hasKept ? element('p', { class: 'quiet' }, 'Below is the last complete result.') : null,
    ),
    button(
      cancelled ? 'Analyze again' : 'Retry',
      () => {
        actions.post({ kind: 'analyze' });
      },
      { appearance: 'primary' },
    ),
  );
}

function staleBanner({ kept, run }: PanelState, actions: PanelActions): HTMLElement {
  const reasons = kept?.stale.join(', ') ?? '';
  return element(
    'div',
    { class: 'banner stale', role: 'status' },
    element(
      'div',
      { class: 'banner-text' },
      element(
        'p',
        {},
        element('strong', {}, 'Computed for an earlier version'),
        `: ${reasons} since ${moment(kept?.createdAt ?? 0)}.`,
      ),
    ),
    run === null
      ? button(
          'Analyze again',
          () => {
            actions.post({ kind: 'analyze' });
          },
          { appearance: 'primary' },
        )
      : null,
  );
}
