/** Per-layer traces, largest eigenvalues and gradients. */
import { layerLambdaMax } from '../estimators/layerLambdaMax';
import type { Probed } from '../estimators/hutchPlusPlus';
import type { CurvatureOperator } from '../operators/curvatureOperator';
import type { ParameterBlock, ParameterGroup } from '../problem';
import { symmetricSpread, valueOf, type Quantity } from '../quantity';
import type { LayerResult, TensorResult } from '../result';
import type { LayerGradients } from './gradient';
import type { AnalysisOptions } from './options';
import { estimate, notComputed, scaledQuantity, type Circumstances } from './quantities';

const LAYER_APPLICATIONS = 120;
const LAYER_BASIS = 60;
const LAYER_TOLERANCE = 1e-3;
/** Where the work is bounded. */
const BRIEF_APPLICATIONS = 5;
const BRIEF_TOLERANCE = 0.1;

/** λmax of every layer's block, in the order of `groups`. */
export async function layerEigenvalues(
  operator: CurvatureOperator,
  groups: readonly ParameterGroup[],
  options: AnalysisOptions,
  /** Where the work is bounded: an eigenvector of the whole to begin with. */
  near: Float64Array | undefined,
  circumstances: () => Circumstances,
): Promise<Quantity[]> {
  const isBrief = near !== undefined;
  const found = await layerLambdaMax(operator, groups, {
    tolerance: isBrief ? BRIEF_TOLERANCE : Math.min(LAYER_TOLERANCE, Math.max(options.eigenvalueTolerance, 1e-8)),
    maxApplications: isBrief ? BRIEF_APPLICATIONS : LAYER_APPLICATIONS,
    maxBasis: LAYER_BASIS,
    seed: options.seed,
    ...(isBrief ? { near } : {}),
  });
  return found.map(({ pair, applications }, i) =>
    estimate(
      'E1.layerLambdaMax',
      pair.value,
      {
        method: `Lanczos on the block, ${applications} products`,
        estimator: symmetricSpread(pair.error),
        sampling: null,
        ...(pair.converged ? {} : { notResolved: `not converged after ${applications} products` }),
      },
      circumstances(),
      groups[i]?.name,
    ),
  );
}

interface TraceQuantities {
  readonly trace: Quantity;
  readonly meanEigenvalue: Quantity;
}

/** Trace of a group; `probed` undefined: not asked for. */
function groupTrace(
  name: string,
  size: number,
  probed: Probed | undefined,
  method: string,
  circumstances: Circumstances,
): TraceQuantities {
  const trace =
    probed === undefined
      ? notComputed('A2.layerTrace', 'not asked for', name)
      : estimate(
          'A2.layerTrace',
          probed.value,
          { method, estimator: symmetricSpread(probed.halfWidth), sampling: null },
          circumstances,
          name,
        );
  return { trace, meanEigenvalue: scaledQuantity('A2.layerMeanEigenvalue', trace, 1 / size, name) };
}

export interface GroupTraces {
  /** Layers first, then tensors. */
  readonly probed: readonly Probed[];
  readonly method: string;
  readonly whole: Quantity;
}

export function layerResults(
  groups: readonly ParameterGroup[],
  traces: GroupTraces | undefined,
  lambdaMax: readonly Quantity[] | undefined,
  gradients: readonly LayerGradients[] | undefined,
  /** Of the traces. */
  circumstances: Circumstances,
): LayerResult[] {
  const whole = valueOf(traces?.whole);
  return groups.map(({ name, size }, i) => {
    const { trace, meanEigenvalue } = groupTrace(name, size, traces?.probed[i], traces?.method ?? '', circumstances);
    const own = valueOf(trace);
    return {
      name,
      parameters: size,
      trace,
      traceShare: own === undefined || whole === undefined || whole === 0 ? null : own / whole,
      meanEigenvalue,
      lambdaMax: lambdaMax?.[i] ?? notComputed('E1.layerLambdaMax', 'not asked for', name),
      gradientNorm: gradients?.[i]?.norm ?? notComputed('C1.layerGradientNorm', 'not asked for', name),
      signalToNoise: gradients?.[i]?.signalToNoise ?? notComputed('C1.layerSignalToNoise', 'not asked for', name),
    };
  });
}

export function tensorResults(
  parameters: readonly ParameterBlock[],
  traces: GroupTraces | undefined,
  layerCount: number,
  circumstances: Circumstances,
): TensorResult[] {
  return parameters.map(({ name, layer, size }, i) => ({
    name,
    layer,
    parameters: size,
    ...groupTrace(name, size, traces?.probed[layerCount + i], traces?.method ?? '', circumstances),
  }));
}
