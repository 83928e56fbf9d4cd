/** Coverage as a page of documentation. */
import { BAND, type Row } from './row';
import { withoutRow } from './withoutRow';

export interface Measured {
  readonly share: number;
  readonly seeds: number;
}

interface Entry {
  readonly row: Row;
  readonly measured: Measured | undefined;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const kinds: Readonly<Record<Row['interval'], string>> = {
  coverage: '95 %',
  bound: 'a bound: at least 95 %',
  refused: 'none is stated; this one would hold',
};

const line = ({ row, measured }: Entry): string =>
  `| ${row.id} | ${row.setting} | ${row.drawn} | ${kinds[row.interval]} | ${measured === undefined ? 'not measured' : percent(measured.share)} | ${measured?.seeds ?? '–'} |`;

export const coveragePage = (entries: readonly Entry[]): string =>
  [
    '# How often intervals hold the truth',
    '',
    `Written by \`npm run intervals -- --write\`; \`intervals.test.ts\` checks rows of probes always and all of them where COVERAGE_SEEDS is set. An interval of 95 % has to hold the truth in ${percent(BAND.low)} to ${percent(BAND.high)} of the seeds.`,
    '',
    '- *Probes* or *batches* are drawn anew for every seed: the truth is the dense float64 value for the same samples.',
    '- *Samples* are drawn anew: the truth is the value of the distribution behind them. For A12 and B3 it is that in the span of the eigenvectors which the drawn samples have.',
    '- *Bounds* count eigenvalues or take a median: the nodes of a Lanczos run step over the limit one after another, and the interval has all of that. D1.kappa is a bound by interlacing.',
    '',
    'No sampling error is stated (the interval is about the analysed samples alone) of A2.frobenius, A3 to A9, A11, B7, B9, C9.kurtosis, D1, D2, D6, D7 and E.',
    'Gradients with very heavy tails (a fourth moment of a hundred times the squared second) are covered in 80 to 90 % only, as by every interval from so few samples.',
    'A1.lambdaMin of softmax regression with weights for every class is zero whatever the samples, and known up to rounding: its row holds those of one class fixed. Where no sample has curvature along the eigenvector and samples are no more than parameters, no sampling error is stated: it is not resolved.',
    'C5.gap has a sampling error for up to 300 parameters, with 12 samples for each of them and no eigenvalue below −α; its rows take α as given. Rows outside of these conditions show why: there the interval is not stated. Beyond 300 parameters none is.',
    'The sampling error of C6 takes the nearby point as given; its rows let every draw of samples lead to its own point.',
    '',
    '| quantity | setting | drawn | interval | held | seeds |',
    '|---|---|---|---|---|---|',
    ...entries.map(line),
    '',
    '## Quantities without a row',
    '',
    ...withoutRow.map(({ why, ids }) => `- ${why}: ${ids.join(', ')}.`),
    '',
  ].join('\n');
