/** Bit widths under a budget that the user slides: the exact best allocation for every position. */
import type { AnalysisResult } from '../../../../server/src/curvature/result';
import { element } from '../../shared/element';
import { bitTensors, budgetsOf, planBits, type BitTensor, type Budget } from './bitPlan';
import { plainTable } from './plainTable';
import { number } from './wording';

/** Positions of a slider, but for that of bits per weight, which goes by tenths. */
const POSITIONS = 60;
const TENTH = 0.1;

/** Where the user left each slider, and which of them. */
export interface KeptBudgets {
  readonly recall: (key: string, usual: number) => number;
  readonly keep: (key: string, value: number) => void;
}

const USUAL_BITS = 4;
const CHOSEN = 'studies.budget';
const keyOf = ({ kind }: Budget): string => (kind === 'size' ? 'studies.bits' : `studies.${kind}`);

export function bitBudget(
  result: Pick<AnalysisResult, 'tensors' | 'quantities'>,
  kept: KeptBudgets,
): HTMLElement | undefined {
  const tensors = bitTensors(result);
  const budgets = budgetsOf(tensors);
  if (budgets.length === 0) return undefined;
  const body = element('div', {});
  const show = (index: number): void => {
    const budget = budgets[index] ?? budgets[0];
    if (budget !== undefined) body.replaceChildren(...sliderFor(tensors, budget, kept));
  };
  const chosen = Math.min(kept.recall(CHOSEN, 0), budgets.length - 1);
  show(chosen);
  return element(
    'div',
    { class: 'bit-budget' },
    element('h3', {}, 'Your budget'),
    budgets.length < 2 ? null : chooser(budgets, chosen, kept, show),
    body,
  );
}

function chooser(
  budgets: readonly Budget[],
  chosen: number,
  kept: KeptBudgets,
  show: (index: number) => void,
): HTMLElement {
  const select = element('select', {}, ...budgets.map(({ title }, i) => element('option', { value: i }, title)));
  select.value = String(chosen);
  select.addEventListener('change', () => {
    kept.keep(CHOSEN, Number(select.value));
    show(Number(select.value));
  });
  return element('label', { class: 'field' }, 'Limit: ', select);
}

function sliderFor(tensors: readonly BitTensor[], budget: Budget, kept: KeptBudgets): HTMLElement[] {
  const { kind, title, unit, least, most, cost } = budget;
  const slider = element('input', {
    type: 'range',
    min: kind === 'size' ? Math.round(least) : least,
    max: kind === 'size' ? Math.round(most) : most,
    step: kind === 'size' ? TENTH : (most - least) / POSITIONS,
    'aria-label': kind === 'size' ? 'Bits per weight on average' : title,
  });
  const usual = kind === 'size' ? USUAL_BITS : (least + most) / 2;
  slider.value = String(Math.max(least, Math.min(most, kept.recall(keyOf(budget), usual))));
  const said = element('p', { role: 'status', class: 'headline' });
  const widths = element('div', {});
  const draw = (): void => {
    const limit = Number(slider.value);
    const plan = planBits(tensors, limit, cost);
    if (plan === undefined) return;
    const { increase, bound, bits } = plan;
    slider.setAttribute('aria-valuetext', `${number(limit, 2)} ${unit}`);
    const allowed = kind === 'size' ? `${number(limit, 2)} bits per weight` : `${number(limit, 3)} ${unit}`;
    said.textContent =
      `At most ${allowed}: ${number(plan.cost)} used, predicted increase of the loss ${number(increase)}` +
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
    kept.keep(keyOf(budget), Number(slider.value));
  });
  draw();
  const [low, high] = [least, most].map((end) => number(end, 3));
  return [element('label', { class: 'field' }, `${title}: ${low ?? ''} `, slider, ` ${high ?? ''}`), said, widths];
}
