/** All studies, in the order in which they run. */
import { adaptiveStability } from './adaptiveStability';
import { bitAllocation } from './bitAllocation';
import { classSpectra } from './classSpectra';
import { generalisation } from './generalisation';
import { dominatingSamples } from './dominatingSamples';
import { gradientSubspace } from './gradientSubspace';
import { modelRandomness } from './modelRandomness';
import { noiseTail } from './noiseTail';
import { generalisationGap } from './generalisationGap';
import { growth } from './growth';
import { randomisedBackprop } from './randomisedBackprop';
import { varianceReduction } from './varianceReduction';
import { gram } from './gram';
import { inputSensitivity } from './inputSensitivity';
import { layerCoupling } from './layerCoupling';
import { matrixChoice } from './matrixChoice';
import { predictedAndMeasured } from './predictedAndMeasured';
import { rank } from './rank';
import { pruning } from './pruning';
import { signalPropagation } from './signalPropagation';
import type { Study } from './study';
import { subsampling } from './subsampling';
import { whatIf } from './whatIf';
import { weightSpectra } from './weightSpectra';

export const studies: readonly Study[] = [
  rank, // A5
  classSpectra, // A6
  matrixChoice, // A7
  gram, // A8
  generalisation, // A9
  inputSensitivity, // A10
  layerCoupling, // A11
  subsampling, // A12
  growth, // C2
  dominatingSamples, // C3
  gradientSubspace, // C4
  generalisationGap, // C5
  varianceReduction, // C6
  randomisedBackprop, // C7
  modelRandomness, // C8
  noiseTail, // C9
  adaptiveStability, // B2
  whatIf, // B10
  weightSpectra, // D3
  signalPropagation, // D4
  bitAllocation, // E2
  pruning, // E3
  predictedAndMeasured, // E4
];
