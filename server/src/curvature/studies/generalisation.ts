/** A9: criteria of Loss Landscape Analysis on the balance between negative and positive curvature. */
import { estimate, notComputed, withInterval, type Circumstances } from '../analysis/quantities';
import { spectralRatio, type ProbedSpectrum } from '../estimators/spectralSum';
import { percent, short } from '../numberText';
import { symmetricSpread, type Quantity } from '../quantity';
import { StudyRefusal, type Study, type StudyContext, type StudyOutcome } from './study';

/** Share of the whole curvature from which on one sign is the main one. */
const MAIN = 2 / 3;
/** Share of eigenvalues near zero from which on a spectrum counts as quasi-singular. */
const SINGULAR = 0.99;

export const generalisation: Study = {
  id: 'A9',
  title: 'Balance of negative and positive curvature',
  group: 'spectrum',
  quantities: ['A9.endRatio', 'A9.balance', 'A9.rootBalance'],
  byDefault: false,
  needs: ['A1', 'A3'],
  products: () => 0,
  run: (context) => Promise.resolve(run(context)),
};

function run(context: StudyContext): StudyOutcome {
  const { density, problem } = context;
  if (density === undefined) throw new StudyRefusal('needs the spectral density (A3)');
  const spectrum: ProbedSpectrum = { ...density, exact: density.density.exact };
  const circumstances = { hvps: 0, samples: problem.sampleCount };
  const balance = balanceQuantity('A9.balance', spectrum, 1, circumstances);
  return {
    quantities: [
      endRatio(context, circumstances),
      balance,
      balanceQuantity('A9.rootBalance', spectrum, 0.5, circumstances),
    ],
    remarks: 'value' in balance ? [typeOf(balance.value, context)] : [],
  };
}

/** r_e = |λmin/λmax|. */
function endRatio({ ends }: StudyContext, circumstances: Circumstances): Quantity {
  const [top, bottom] = [ends?.top[0], ends?.bottom[0]];
  if (top === undefined || bottom === undefined) return notComputed('A9.endRatio', 'needs both ends (A1)');
  if (!(top.value > 0)) return notComputed('A9.endRatio', 'no eigenvalue is positive');
  const value = Math.abs(bottom.value / top.value);
  const error = value * Math.hypot(bottom.error / Math.abs(bottom.value), top.error / top.value);
  return estimate(
    'A9.endRatio',
    value,
    { method: 'from A1', estimator: symmetricSpread(Number.isFinite(error) ? error : 0), sampling: null },
    circumstances,
  );
}

/** Σ |λ₋|ⁿ / Σ λ₊ⁿ. */
function balanceQuantity(
  id: 'A9.balance' | 'A9.rootBalance',
  spectrum: ProbedSpectrum,
  power: number,
  circumstances: Circumstances,
): Quantity {
  const { value, halfWidth } = spectralRatio(
    spectrum,
    (each) => (each < 0 ? Math.abs(each) ** power : 0),
    (each) => (each > 0 ? each ** power : 0),
  );
  if (!Number.isFinite(value)) return notComputed(id, 'no eigenvalue is positive');
  const method = spectrum.exact ? 'all eigenvalues' : `quadrature, ${spectrum.perProbe.length} probes`;
  const interval = {
    low: Math.max(0, value - halfWidth),
    high: value + halfWidth,
    estimator: halfWidth,
    sampling: null,
  };
  return withInterval(id, value, interval, { method }, circumstances);
}

function typeOf(balance: number, { quantity }: StudyContext): string {
  const negative = balance / (1 + balance);
  const sign = negative > MAIN ? 'mainly negative' : negative < 1 - MAIN ? 'mainly positive' : 'of both signs';
  const near = quantity('A4.massAtZero');
  const singular =
    near !== undefined && 'value' in near && near.value >= SINGULAR
      ? `, and quasi-singular: ${percent(near.value)} of the eigenvalues are near zero`
      : '';
  return `The spectrum is ${sign}: negative eigenvalues hold ${percent(negative)} of Σ|λ| (their sum is ${short(balance)} times that of the positive ones)${singular}.`;
}
