/** All studies, in the order in which they run. */
import { adaptiveStability } from './adaptiveStability';
import { batchEdge } from './batchEdge';
import { batchScaling } from './batchScaling';
import { bitAllocation } from './bitAllocation';
import { classSpectra } from './classSpectra';
import { conditioning } from './conditioning';
import { dampedNewton } from './dampedNewton';
import { dominatingSamples } from './dominatingSamples';
import { generalisation } from './generalisation';
import { generalisationGap } from './generalisationGap';
import { gradientSubspace } from './gradientSubspace';
import { gram } from './gram';
import { growth } from './growth';
import { inputSensitivity } from './inputSensitivity';
import { jacobianSpectrum } from './jacobianSpectrum';
import { kroneckerQuality } from './kroneckerQuality';
import { layerCoupling } from './layerCoupling';
import { lipschitz } from './lipschitz';
import { matrixChoice } from './matrixChoice';
import { miniBatchStability } from './miniBatchStability';
import { modelRandomness } from './modelRandomness';
import { noiseTail } from './noiseTail';
import { noiseTemperature } from './noiseTemperature';
import { precision } from './precision';
import { predictedAndMeasured } from './predictedAndMeasured';
import { pruning } from './pruning';
import { randomisedBackprop } from './randomisedBackprop';
import { rank } from './rank';
import { sharpening } from './sharpening';
import { signalPropagation } from './signalPropagation';
import type { Study } from './study';
import { subsampling } from './subsampling';
import { trustRegion } from './trustRegion';
import { varianceReduction } from './varianceReduction';
import { warmUp } from './warmUp';
import { weightSpectra } from './weightSpectra';
import { whatIf } from './whatIf';

export const studies: readonly Study[] = [
  rank, // A5
  classSpectra, // A6
  matrixChoice, // A7
  gram, // A8
  generalisation, // A9
  inputSensitivity, // A10
  layerCoupling, // A11
  subsampling, // A12
  adaptiveStability, // B2
  miniBatchStability, // B3
  batchEdge, // B4
  batchScaling, // B5
  warmUp, // B6
  sharpening, // B7
  noiseTemperature, // B8
  trustRegion, // B9
  whatIf, // B10
  growth, // C2
  dominatingSamples, // C3
  gradientSubspace, // C4
  generalisationGap, // C5
  varianceReduction, // C6
  randomisedBackprop, // C7
  modelRandomness, // C8
  noiseTail, // C9
  conditioning, // D1
  kroneckerQuality, // D2
  weightSpectra, // D3
  signalPropagation, // D4
  lipschitz, // D5
  precision, // D6
  dampedNewton, // D7
  jacobianSpectrum, // D8
  bitAllocation, // E2
  pruning, // E3
  predictedAndMeasured, // E4
];
