/** Bit widths under a budget that the user slides: the exact best allocation for every position. */
import type { AnalysisResult } from '../../../../server/src/curvature/result';
import { element } from '../../shared/element';
import { bitTensors, planBits } from './bitPlan';
import { plainTable } from './plainTable';
import { number } from './wording';

const STEP = 0.1;

export function bitBudget(
  result: Pick<AnalysisResult, 'tensors' | 'quantities'>,
  start: number,
  changed: (budget: number) => void,
): HTMLElement | undefined {
  const tensors = bitTensors(result);
  if (tensors.length === 0) return undefined;
  const slider = element('input', {
    type: 'range',
    min: 2,
    max: 8,
    step: STEP,
    'aria-label': 'Bits per weight on average',
  });
  slider.value = String(start);
  const said = element('p', { role: 'status', class: 'headline' });
  const widths = element('div', {});
  const draw = (): void => {
    const budget = Number(slider.value);
    const plan = planBits(tensors, budget);
    if (plan === undefined) return;
    const { average, increase, bound, bits } = plan;
    slider.setAttribute('aria-valuetext', `${number(budget, 2)} bits`);
    said.textContent =
      `At most ${number(budget, 2)} bits per weight: ${number(average)} used, predicted increase of the loss ${number(increase)}` +
      `${bound < increase - 1e-9 * Math.abs(increase) ? ` (none is below ${number(bound)})` : ''}.`;
    widths.replaceChildren(
      plainTable(
        'Bit widths under the budget',
        ['weight', 'elements', 'bits'],
        tensors.map(({ name, parameters }, i) => [name, parameters, bits[i] ?? null]),
      ),
    );
  };
  slider.addEventListener('input', draw);
  slider.addEventListener('change', () => {
    changed(Number(slider.value));
  });
  draw();
  return element(
    'div',
    { class: 'bit-budget' },
    element('h3', {}, 'Your budget'),
    element('label', { class: 'field' }, 'Bits per weight: 2 ', slider, ' 8'),
    said,
    widths,
  );
}
