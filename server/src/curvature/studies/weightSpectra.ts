/** D3: singular values of every weight matrix. Needs no data. */
import { estimate, notComputed } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Chart, StudyTable } from '../chart';
import { fitMarchenkoPastur, type MarchenkoPasturFit } from '../estimators/marchenkoPastur';
import { powerLawTail, type PowerLawTail } from '../estimators/tailExponent';
import { singularValues, type SingularValues } from '../linearAlgebra/singularValues';
import { short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import { NORMAL95 } from '../statistics/studentT';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';
import { weightTensors, type WeightTensor } from './weightTensors';

/** About ten seconds for a matrix; larger ones have their leading values only. */
const LIMITS = { operations: 1e10, elements: 2 ** 27 };
/** Fewer singular values say nothing about a law of many. */
const FEWEST_FOR_LAW = 20;
/** A Kolmogorov distance that noise of n values stays below with 95 %: 1.36/√n. */
const KOLMOGOROV95 = 1.36;
/** Exponents up to which a tail counts as heavy: the variance of the eigenvalues is infinite below 3, and trained layers lie below about 4. */
const HEAVY = 4;
const MOST_CHARTED = 12;

export const weightSpectra: Study = {
  id: 'D3',
  title: 'Singular values of weight matrices',
  group: 'conditioning',
  quantities: [
    'D3.spectralNorm',
    'D3.stableRank',
    'D3.conditionNumber',
    'D3.spikes',
    'D3.noiseDistance',
    'D3.tailExponent',
  ],
  byDefault: false,
  products: () => 2,
  run,
};

interface WeightSpectrum {
  readonly tensor: WeightTensor;
  readonly found: SingularValues;
  readonly law: MarchenkoPasturFit | undefined;
  readonly tail: PowerLawTail | undefined;
}

async function run(context: StudyContext): Promise<StudyOutcome> {
  const tensors = weightTensors(context.problem.parameters);
  if (tensors.length === 0) throw new StudyRefusal('the model has no parameter of two or more axes');
  const spectra: WeightSpectrum[] = [];
  for (const tensor of tensors) {
    spectra.push(await spectrumOf(context, tensor));
    context.progress(spectra.length / tensors.length);
  }
  return {
    quantities: spectra.flatMap((spectrum) => quantitiesOf(spectrum)),
    charts: [spectrumChart(spectra)],
    tables: [phaseTable(spectra)],
    remarks: remarksOf(spectra),
  };
}

/** The tensor as a matrix with its first axis as rows. */
async function spectrumOf({ problem, progress }: StudyContext, tensor: WeightTensor): Promise<WeightSpectrum> {
  const { block, channels } = tensor;
  const columns = block.size / channels;
  const found = await singularValues(
    {
      rows: channels,
      columns,
      isNarrow: false,
      readRows: (start, count) =>
        Promise.resolve(
          problem.theta.subarray(block.offset + start * columns, block.offset + (start + count) * columns),
        ),
    },
    () => progress(0),
    LIMITS,
  );
  const long = Math.max(channels, columns);
  const eigenvalues = found.values.map((value) => value ** 2 / long);
  const hasLaw = found.complete && found.values.length >= FEWEST_FOR_LAW && (found.values[0] ?? 0) > 0;
  return {
    tensor,
    found,
    law: hasLaw ? fitMarchenkoPastur(eigenvalues, found.values.length / long) : undefined,
    tail: hasLaw ? powerLawTail(eigenvalues) : undefined,
  };
}

function quantitiesOf({ tensor, found, law, tail }: WeightSpectrum): Quantity[] {
  const { values, complete, error, frobenius, method } = found;
  const { name } = tensor.block;
  const [largest, smallest] = [values[0] ?? 0, values.at(-1) ?? 0];
  const make = (id: QuantityId, value: number, halfWidth: number, how = method): Quantity =>
    estimate(
      id,
      value,
      { method: how, estimator: symmetricSpread(halfWidth), sampling: null },
      { hvps: 0, samples: 0 },
      name,
    );
  const stable = (frobenius / largest) ** 2;
  const condition = largest / smallest;
  const few = `a law of eigenvalues needs all of them, ${FEWEST_FOR_LAW} at least`;
  return [
    make('D3.spectralNorm', largest, error),
    largest > 0
      ? make('D3.stableRank', stable, (2 * stable * error) / largest)
      : notComputed('D3.stableRank', 'the weight is zero', name),
    !complete
      ? notComputed('D3.conditionNumber', 'the matrix is too large for all its singular values', name)
      : smallest > 2 * error
        ? make('D3.conditionNumber', condition, condition * (error / largest + error / (smallest - error)))
        : notComputed(
            'D3.conditionNumber',
            `the matrix is singular: its smallest singular value is rounding, below ${short(2 * error)}`,
            name,
          ),
    law === undefined
      ? notComputed('D3.spikes', few, name)
      : make(
          'D3.spikes',
          law.spikes,
          0,
          `above the edge ${short(law.edge)} of noise of variance ${short(law.variance)}`,
        ),
    law === undefined ? notComputed('D3.noiseDistance', few, name) : make('D3.noiseDistance', law.distance, 0),
    tail === undefined
      ? notComputed('D3.tailExponent', few, name)
      : make(
          'D3.tailExponent',
          tail.exponent,
          NORMAL95 * tail.standardError,
          `${tail.count} eigenvalues above ${short(tail.from)}`,
        ),
  ];
}

type Phase = 'rank collapse' | 'like noise' | 'noise and spikes' | 'heavy tail' | 'bulk with decay' | 'unknown';

/** After Martin and Mahoney 2021; the thresholds are in the table's caption. */
export function phaseOf({ found, law, tail }: Pick<WeightSpectrum, 'found' | 'law' | 'tail'>): Phase {
  if (law === undefined || tail === undefined) return 'unknown';
  const { values, error } = found;
  if ((values.at(-1) ?? 0) <= 2 * error) return 'rank collapse';
  if (law.distance <= KOLMOGOROV95 / Math.sqrt(values.length - law.spikes))
    return law.spikes === 0 ? 'like noise' : 'noise and spikes';
  return tail.exponent <= HEAVY ? 'heavy tail' : 'bulk with decay';
}

const phaseTable = (spectra: readonly WeightSpectrum[]): StudyTable => ({
  title: 'Weight matrices',
  caption:
    'Eigenvalues of WᵀW/N beside those of noise (Marchenko–Pastur). Like noise: no further from the law than chance; spikes: eigenvalues above its edge; heavy tail: not like noise, tail exponent up to 4; bulk with decay: neither; rank collapse: singular within rounding.',
  columns: [
    { title: 'weight' },
    { title: 'rows' },
    { title: 'columns' },
    { title: 'spectral norm' },
    { title: 'stable rank' },
    { title: 'spikes' },
    { title: 'tail exponent' },
    { title: 'phase' },
  ],
  rows: spectra.map(({ tensor: { block, channels }, found, law, tail }) => [
    block.name,
    channels,
    block.size / channels,
    found.values[0] ?? null,
    (found.values[0] ?? 0) > 0 ? (found.frobenius / (found.values[0] ?? 1)) ** 2 : null,
    law?.spikes ?? null,
    tail?.exponent ?? null,
    phaseOf({ found, law, tail }),
  ]),
});

function spectrumChart(spectra: readonly WeightSpectrum[]): Chart {
  const shown = [...spectra].sort((a, b) => b.tensor.block.size - a.tensor.block.size).slice(0, MOST_CHARTED);
  return {
    kind: 'lines',
    title: 'Singular values',
    caption:
      shown.length < spectra.length
        ? `Of the ${MOST_CHARTED} largest weights, in parts of the largest value of each.`
        : 'In parts of the largest value of each weight.',
    x: { title: 'share of the values', scale: 'linear' },
    y: { title: 'singular value / largest', scale: 'log' },
    series: shown.map(({ tensor, found: { values } }) => ({
      name: tensor.block.name,
      style: 'line',
      points: Array.from(values)
        .map((value, i) => ({ x: (i + 0.5) / values.length, y: value / (values[0] ?? 1) }))
        .filter(({ y }) => y > 0),
    })),
  };
}

function remarksOf(spectra: readonly WeightSpectrum[]): string[] {
  const counts = new Map<Phase, number>();
  for (const spectrum of spectra) counts.set(phaseOf(spectrum), (counts.get(phaseOf(spectrum)) ?? 0) + 1);
  const steepest = [...spectra].sort((a, b) => (b.found.values[0] ?? 0) - (a.found.values[0] ?? 0))[0];
  return [
    `Of ${spectra.length} weight matrices: ${[...counts].map(([phase, count]) => `${count} ${phase}`).join(', ')}.`,
    ...(steepest === undefined
      ? []
      : [
          `The largest spectral norm, ${short(steepest.found.values[0] ?? 0)}, is that of ${steepest.tensor.block.name}.`,
        ]),
  ];
}
