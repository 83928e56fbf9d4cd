/** A chart of a study with its title, how to read it, its numbers as a table, and exports. */
import type { Chart as StudyChart } from '../../../../server/src/curvature/chart';
import { Chart, type Area, type Drawing } from '../../shared/chart';
import { csvOf } from '../../shared/csv';
import { element } from '../../shared/element';
import { exportBar } from '../exportBar';
import type { PanelActions } from '../view';
import { drawBars, heightOfBars } from './barChart';
import { chartRows, chartSummary } from '../../../../server/src/report/chartRows';
import { drawHeatMap, heightOfHeatMap } from './heatMap';
import { drawHistogram } from './histogramChart';
import { drawLines } from './lineChart';
import { plainTable } from './plainTable';

export function studyFigure(chart: StudyChart, fileName: string, actions: PanelActions): HTMLElement {
  const frame = new Chart(chart.title);
  frame.update(chartSummary(chart), (area) => drawingOf(chart, area), heightOf(chart));
  const { head, rows } = chartRows(chart);
  const bar = exportBar(
    chart.title,
    {
      name: () => `${fileName}-${chart.title}`,
      chart: () => frame.svg,
      csv: () => csvOf([head, ...rows]),
      json: () => chart,
    },
    actions,
  );
  return element(
    'div',
    { class: 'study-figure' },
    element('div', { class: 'view-bar' }, element('h3', {}, chart.title), bar),
    chart.caption === undefined ? null : element('p', { class: 'quiet prose' }, chart.caption),
    frame.element,
    element('details', {}, element('summary', {}, 'As a table'), plainTable(chart.title, head, rows)),
  );
}

function drawingOf(chart: StudyChart, area: Area): Drawing {
  switch (chart.kind) {
    case 'lines':
      return drawLines(chart, area);
    case 'bars':
      return drawBars(chart, area);
    case 'histogram':
      return drawHistogram(chart, area);
    case 'heatmap':
      return drawHeatMap(chart, area);
  }
}

const heightOf = (chart: StudyChart): number | undefined =>
  chart.kind === 'bars' ? heightOfBars(chart) : chart.kind === 'heatmap' ? heightOfHeatMap(chart) : undefined;
