/** Reference pages made from the code, so that they cannot differ from it. */
import { catalogue, type QuantityDefinition } from '../curvature/catalogue';
import type { Rule } from '../diagnosis/rule';

const SECTIONS: Readonly<Record<string, string>> = {
  A: 'Spectrum',
  B: 'Stability of training',
  C: 'Gradient variance',
  D: 'Conditioning',
  E: 'Layer sensitivity',
};

/** docs/quantities.md */
export function quantitiesPage(): string {
  const entries = Object.entries<QuantityDefinition>(catalogue);
  const sections = Object.entries(SECTIONS).flatMap(([letter, title]) => {
    const own = entries.filter(([id]) => id.startsWith(letter));
    if (own.length === 0) return [];
    return [`## ${letter}. ${title}`, ...own.map(([id, definition]) => quantityText(id, definition))].join('\n\n');
  });
  return [
    '# Quantities',
    '',
    'Every number that `hessian-lens analyze` reports. In the JSON each stands under `quantities["ID"]` with value, unit, 95 % interval (`low`, `high`, and the half-widths of its two',
    'parts: `estimator`, the error of the estimate for the analysed samples, and `sampling`, the error of these samples as a sample of the data), method, products, samples and source; or with',
    '`notComputed` and the reason. Quantities of layers and tensors have their name in brackets: `A2.layerTrace[fc1]`. `--quantities A1,B1` computes a part.',
    '',
    'This page is generated from the code (`npm run docs`).',
    '',
    sections.join('\n\n'),
    '',
  ].join('\n');
}

const quantityText = (
  id: string,
  { title, unit, formula, estimator, assumptions, source }: QuantityDefinition,
): string =>
  [
    `### ${id}`,
    '',
    `**${title}** · unit: ${unit}`,
    '',
    `- Formula: ${formula}`,
    `- Estimator: ${estimator}`,
    `- Assumptions: ${assumptions}`,
    `- Source: ${source}`,
  ].join('\n');

/** docs/findings/CODE.md */
export const findingPage = ({ code, title, documentation }: Pick<Rule, 'code' | 'title' | 'documentation'>): string =>
  `# ${code}: ${title}\n\n${documentation}\n`;
