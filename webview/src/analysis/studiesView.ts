/** Tab "Studies": what is computed on demand, a group at a time. */
import { definitionOf } from '../../../server/src/curvature/catalogue';
import { isStudyGroup, studyGroups, type StudyGroup } from '../../../server/src/curvature/studies/groups';
import { quantityOfStudy, type AnalysisResult, type StudyResult } from '../../../server/src/curvature/result';
import { element } from '../shared/element';
import { button, dropdown, section } from '../shared/toolkit';
import { quantityTable } from './spectrumView';
import { bitBudget } from './studies/bitBudget';
import { studyFigure } from './studies/figure';
import { plainTable } from './studies/plainTable';
import type { PanelActions, Shown, View } from './view';

const groups = Object.keys(studyGroups).filter(isStudyGroup);

export interface StudiesView extends View {
  /** Brings a group up. */
  choose(group: StudyGroup): void;
}

export function createStudiesView(actions: PanelActions): StudiesView {
  let shown: Shown | undefined;
  let group = actions.recall<StudyGroup>('studies.group', 'conditioning');
  let drawn: readonly StudyResult[] = [];
  const pick = dropdown('Studies', (value) => {
    if (isStudyGroup(value)) choose(value);
  });
  const about = element('p', { class: 'prose' });
  const compute = element('div', {});
  const body = element('div', { class: 'studies' });
  const choose = (next: StudyGroup): void => {
    group = next;
    actions.keep('studies.group', next);
    draw();
  };
  const draw = (): void => {
    pick.set(
      groups.map((each) => ({ value: each, label: labelOf(each, shown?.stored.result) })),
      group,
    );
    about.textContent = studyGroups[group].about;
    if (shown === undefined) return;
    const { stored, running } = shown;
    const own = stored.result.studies.filter((study) => study.group === group);
    compute.replaceChildren(...(running ? [] : [computeButton(own.length > 0, group, actions)]));
    // Progress of other studies leaves what is drawn as it is.
    if (own.length > 0 && own.length === drawn.length && own.every((study, i) => study === drawn[i])) return;
    drawn = own;
    body.replaceChildren(
      ...(own.length === 0
        ? [element('p', { class: 'quiet' }, running ? 'Being computed…' : 'Not computed yet.')]
        : own.map((study) => studySection(study, stored.result, stored.model, actions))),
    );
  };
  return {
    element: element(
      'div',
      { class: 'view' },
      element('div', { class: 'view-bar' }, element('label', { class: 'field' }, 'Study ', pick.element), compute),
      about,
      body,
    ),
    update: (next) => {
      shown = next;
      draw();
    },
    choose,
  };
}

const labelOf = (group: StudyGroup, result: AnalysisResult | undefined): string =>
  `${studyGroups[group].title}${result?.studies.some((study) => study.group === group) === true ? ' ✓' : ''}`;

const computeButton = (again: boolean, group: StudyGroup, actions: PanelActions): HTMLElement =>
  button(
    again ? 'Compute again' : 'Compute',
    () => {
      actions.post({ kind: 'study', group });
    },
    { appearance: again ? 'secondary' : 'primary', description: `Compute: ${studyGroups[group].title}` },
  );

function studySection(study: StudyResult, result: AnalysisResult, model: string, actions: PanelActions): HTMLElement {
  const whole = study.quantities.filter((id) => !id.endsWith(']'));
  const parts = study.quantities.filter((id) => id.endsWith(']'));
  const [headline, ...remarks] = study.remarks;
  const { outdated } = study;
  const made = section(
    `${study.title} (${study.id})`,
    outdated === undefined ? null : element('p', { class: 'quiet prose' }, `Outdated: ${outdated.reason}.`),
    headline === undefined ? null : element('p', { class: 'headline' }, headline),
    ...remarks.map((text) => element('p', { class: 'prose' }, text)),
    whole.length === 0 ? null : quantities(`Quantities of ${study.title}`, whole, study, result, titleOf),
    study.id === 'E2' ? bitBudget(result, actions) : null,
    ...study.charts.map((chart) => studyFigure(chart, `${model}-${study.id}`, actions)),
    ...study.tables.flatMap(({ title, caption, columns, rows }) => [
      element('h3', {}, title),
      caption === undefined ? null : element('p', { class: 'quiet prose' }, caption),
      plainTable(
        title,
        columns.map((column) => (column.unit === undefined ? column.title : `${column.title} (${column.unit})`)),
        rows,
      ),
    ]),
    parts.length === 0
      ? null
      : element(
          'details',
          {},
          element('summary', {}, `By layer: ${parts.length} quantities`),
          quantities(`Quantities by layer of ${study.title}`, parts, study, result, partTitleOf),
        ),
  );
  made.classList.toggle('outdated', outdated !== undefined);
  return made;
}

function quantities(
  label: string,
  ids: readonly string[],
  study: StudyResult,
  result: AnalysisResult,
  nameOf: (id: string) => string,
): HTMLElement {
  const table = quantityTable(label);
  table.update(
    ids.map((id) => ({
      name: nameOf(id),
      quantity: quantityOfStudy(study, result, id) ?? { id, notComputed: 'missing' },
    })),
  );
  return table.element;
}

const titleOf = (id: string): string => definitionOf(id)?.title ?? id;

const partTitleOf = (id: string): string => `${id.slice(id.indexOf('[') + 1, -1)}: ${titleOf(id)}`;
