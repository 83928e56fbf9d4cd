/** D1: the condition number of the loss, and what it becomes under the preconditioners of optimizers. */
import { notComputed, withInterval } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Chart, StudyTable } from '../chart';
import { conditionNumber, medianConditionNumber, probesForMedian, type Ratio } from '../estimators/conditioning';
import { inLockstep } from '../estimators/lockstep';
import { rootPreconditioned, type InverseRoot } from '../estimators/preconditioners';
import type { ProbedSpectrum } from '../estimators/spectralSum';
import { exactQuadrature, stochasticLanczosQuadrature } from '../estimators/stochasticLanczosQuadrature';
import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { ROUNDOFF } from '../linearAlgebra/linearOperator';
import { symmetricEigen } from '../linearAlgebra/symmetric';
import { short } from '../numberText';
import { denseMatrix } from '../operators/dense';
import type { Quantity } from '../quantity';
import { preconditionersOf, type Preconditioner } from './preconditionersOf';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Most probes; large matrices need fewer for the same interval. */
const PROBES = 3;
const STEPS = 20;
/** Preconditioners whose probes are multiplied together: whole blocks of vectors, whatever the number of probes. */
const AT_ONCE = 4;
/** Up to this many parameters all eigenvalues are computed. */
const LARGEST_DENSE = 300;

export const conditioning: Study = {
  id: 'D1',
  title: 'Conditioning and preconditioners',
  group: 'conditioning',
  quantities: ['D1.kappa', 'D1.medianKappa', 'D1.preconditionedKappa'],
  byDefault: true,
  needs: ['A1', 'A3'],
  // By default only what the spectrum already says.
  products: () => 0,
  run,
};

async function run(context: StudyContext): Promise<StudyOutcome> {
  const { ends, density, problem, engine } = context;
  const [top] = ends?.top ?? [];
  if (ends === undefined || density === undefined || top === undefined)
    throw new StudyRefusal('needs the spectrum (A1, A3)');
  const rounding = problem.theta.length * ROUNDOFF[engine.precision] * Math.abs(top.value);
  const lowest = ends.bottom[0]?.value ?? 0;
  // What lies within the reach of negative curvature is not told apart from the bulk around zero.
  const floor = Math.max(rounding, -lowest);
  const spectrum = { ...density, exact: density.density.exact };
  const kappa = ratioQuantity(
    'D1.kappa',
    conditionNumber(spectrum, top.value, floor),
    context,
    `eigenvalues above ${short(floor)}`,
  );
  const median = medianConditionNumber(spectrum, top.value, rounding, problem.theta.length);
  const medianKappa = ratioQuantity('D1.medianKappa', median, context, 'positive eigenvalues of the quadrature');
  if (!context.asked)
    return {
      quantities: [kappa, medianKappa, notComputed('D1.preconditionedKappa', 'computed on demand: --quantities D1')],
      remarks: [headline(kappa, medianKappa)],
    };
  const found = await compare(context, median);
  return {
    quantities: [kappa, medianKappa, ...found.map(({ quantity }) => quantity)],
    charts: [comparisonChart(medianKappa, found)],
    tables: [comparisonTable(medianKappa, found)],
    remarks: [headline(kappa, medianKappa), ...suited(medianKappa, found)],
  };
}

function ratioQuantity(
  id: QuantityId,
  ratio: Ratio | undefined,
  { problem, density }: StudyContext,
  method: string,
  part?: string,
): Quantity {
  if (ratio === undefined) return notComputed(id, 'negative curvature is as large as positive curvature', part);
  const { value, low, high } = ratio;
  return withInterval(
    id,
    value,
    {
      low: Math.min(low, value),
      high: high === null ? null : Math.max(high, value),
      estimator: ((high ?? 2 * value) - low) / 2,
      sampling: null,
    },
    { method },
    { hvps: 0, samples: density?.samples ?? problem.sampleCount },
    part,
  );
}

interface Compared {
  readonly name: string;
  readonly quantity: Quantity;
  readonly largest: number;
}

async function compare(context: StudyContext, plain: Ratio | undefined): Promise<Compared[]> {
  if (plain === undefined) return [];
  const hessian = await context.hessian();
  const preconditioners = await preconditionersOf(context);
  const compared: Compared[] = [];
  for (let first = 0; first < preconditioners.length; first += AT_ONCE) {
    const part = preconditioners.slice(first, first + AT_ONCE);
    const tasks = part.map((each) => (shared: LinearOperator) => comparedOf(context, shared, each));
    compared.push(...(await inLockstep(hessian, tasks)));
    context.progress(0.3 + (0.7 * compared.length) / preconditioners.length);
  }
  return compared;
}

async function comparedOf(
  context: StudyContext,
  hessian: LinearOperator,
  { name, root, reason }: Preconditioner,
): Promise<Compared> {
  return root === undefined
    ? { name, quantity: notComputed('D1.preconditionedKappa', reason ?? 'does not apply', name), largest: NaN }
    : underPreconditioner(context, hessian, name, root);
}

async function underPreconditioner(
  context: StudyContext,
  hessian: LinearOperator,
  name: string,
  root: InverseRoot,
): Promise<Compared> {
  const operator = rootPreconditioned(hessian, root);
  const spectrum = await spectrumOf(context, operator, name);
  const largest = Math.max(...spectrum.perProbe.flatMap(({ nodes }) => nodes.map(({ value }) => value)));
  const rounding = operator.size * operator.roundoff * Math.abs(largest);
  const ratio = medianConditionNumber(spectrum, largest, rounding, operator.size);
  const method = spectrum.exact
    ? 'all eigenvalues'
    : `quadrature, ${probesText(spectrum.perProbe.length)} of ${STEPS} Lanczos steps`;
  return { name, quantity: ratioQuantity('D1.preconditionedKappa', ratio, context, method, name), largest };
}

async function spectrumOf(context: StudyContext, operator: LinearOperator, name: string): Promise<ProbedSpectrum> {
  if (operator.size <= LARGEST_DENSE) {
    const { values } = symmetricEigen(await denseMatrix(operator), false);
    return { perProbe: [exactQuadrature(values)], exact: true };
  }
  const found = await stochasticLanczosQuadrature(operator, {
    probes: probesForMedian(operator.size, STEPS, PROBES),
    steps: STEPS,
    parallel: operator.blockSize,
    known: [],
    random: context.random(`preconditioned ${name}`),
  });
  return { ...found, exact: false };
}

const probesText = (count: number): string => (count === 1 ? 'a probe' : `${count} probes`);

const valueText = (quantity: Quantity): string => ('value' in quantity ? short(quantity.value) : 'not known');

const headline = (kappa: Quantity, median: Quantity): string =>
  `The steepest direction is ${valueText(kappa)} times as curved as the flattest one that stands out of the bulk, and ${valueText(median)} times as curved as the median one.`;

function comparisonChart(plain: Quantity, compared: readonly Compared[]): Chart {
  const all = [{ name: 'none', quantity: plain }, ...compared];
  return {
    kind: 'bars',
    title: 'Condition number under preconditioners',
    caption:
      'λmax over the median positive eigenvalue of P^(−½)HP^(−½). The lower, the better a method with this preconditioner suits the loss.',
    categories: all.map(({ name }) => name),
    y: { title: 'condition number', scale: 'log' },
    series: [
      {
        name: 'λmax / median',
        values: all.map(({ quantity }) => ('value' in quantity ? quantity.value : null)),
        low: all.map(({ quantity }) => ('value' in quantity ? quantity.interval.low : null)),
        high: all.map(({ quantity }) => ('value' in quantity ? quantity.interval.high : null)),
      },
    ],
  };
}

const comparisonTable = (plain: Quantity, compared: readonly Compared[]): StudyTable => ({
  title: 'Preconditioners',
  columns: [
    { title: 'preconditioner' },
    { title: 'condition number' },
    { title: 'times smaller' },
    { title: 'λmax of P^(−½)HP^(−½)' },
    { title: 'why not' },
  ],
  rows: compared.map(({ name, quantity, largest }) => [
    name,
    'value' in quantity ? quantity.value : null,
    'value' in quantity && 'value' in plain ? plain.value / quantity.value : null,
    Number.isFinite(largest) ? largest : null,
    'value' in quantity ? '' : quantity.notComputed,
  ]),
});

function suited(plain: Quantity, compared: readonly Compared[]): string[] {
  const known = compared
    .flatMap(({ name, quantity }) => ('value' in quantity ? [{ name, value: quantity.value }] : []))
    .sort((a, b) => a.value - b.value);
  const [best] = known;
  if (best === undefined || !('value' in plain)) return [];
  return [
    best.value < plain.value
      ? `${best.name} suits this loss best: its preconditioner makes the condition number ${short(plain.value / best.value)} times smaller.`
      : 'No preconditioner that was tried makes the condition number smaller.',
  ];
}
