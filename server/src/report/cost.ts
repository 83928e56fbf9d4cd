/** What the time of an analysis went into, as lines of text. */
import type { CostResult } from '../curvature/result';
import { tableLines } from './studies';
import type { Style } from './style';

const rounded = (seconds: number): number => Number(seconds.toPrecision(3));

export const costLines = ({ parts }: CostResult, style: Style): string[] =>
  tableLines(
    {
      title: 'Cost',
      columns: [
        { title: 'part' },
        { title: 'time', unit: 's' },
        { title: 'processor', unit: 's' },
        { title: 'products' },
        { title: 'programs' },
        { title: 'compiling', unit: 's' },
        { title: 'runs' },
      ],
      rows: parts.map(({ name, seconds, processorSeconds, hvps, programs, compileSeconds, runs }) => [
        name,
        rounded(seconds),
        rounded(processorSeconds),
        hvps,
        programs,
        rounded(compileSeconds),
        runs,
      ]),
    },
    style,
    parts.length,
  );
