/** Quantities that `denseDefinitions.test.ts` has no dense definition for and no row of `docs/intervals.md` measures, with the test that looks at them and what it must name. */

export interface Elsewhere {
  readonly why: string;
  /** In the folder of this one's parent. */
  readonly file: string;
  /** What the file says where it looks at them. */
  readonly names: string;
  readonly ids: readonly string[];
}

export const withoutDefinition: readonly Elsewhere[] = [
  { why: 'A count of what was done', file: 'workPlan.test.ts', names: 'A3.probes', ids: ['A3.probes'] },
  {
    why: 'Deep linear chains alone have it; there it is the rank of the dense Hessian',
    file: 'rank.test.ts',
    names: 'A5.rankBound',
    ids: ['A5.rankBound'],
  },
  {
    why: 'Needs fewer outputs than parameters; there it is that of the dense kernel',
    file: 'gram.test.ts',
    names: 'A8.kernelCondition',
    ids: ['A8.kernelCondition'],
  },
  {
    why: 'A law fitted to drawn batches',
    file: 'batchEdge.test.ts',
    names: 'B4.lambdaBatch',
    ids: ['B4.lambdaBatch', 'B4.limitAtBatch'],
  },
  {
    why: 'Trial runs: compared with a training loop of its own',
    file: 'whatIf.test.ts',
    names: 'B10.rise',
    ids: ['B10.rise', 'B10.largestStable'],
  },
  { why: 'Trial runs with ramps', file: 'scalingAndWarmUp.test.ts', names: 'B6.steps', ids: ['B6.steps'] },
  {
    why: 'Several checkpoints, or the end of a flow',
    file: 'sharpening.test.ts',
    names: 'B7.sharpness',
    ids: ['B7.sharpness', 'B7.flowSharpness'],
  },
  {
    why: 'Where the line of B7.rate reaches a limit',
    file: 'sharpening.test.ts',
    names: 'reaches the edge where the line does',
    ids: ['B7.edgeStep'],
  },
  {
    why: 'The end of a search, compared with a cubic whose trusted steps are known',
    file: 'trustRegion.test.ts',
    names: 'B9.gradientStep',
    ids: ['B9.gradientStep', 'B9.newtonStep', 'B9.normalisedSmoothness'],
  },
  {
    why: 'One of two noise scales, which have rows',
    file: 'sampleStudies.test.ts',
    names: 'C1.criticalBatch',
    ids: ['C1.criticalBatch'],
  },
  {
    why: 'The tightest bound over measured points, by linear programming',
    file: 'noiseStudies.test.ts',
    names: 'C2.expectedSmoothness',
    ids: ['C2.expectedSmoothness', 'C2.gradientSlope', 'C2.constant', 'C2.affineSlope', 'C2.affineConstant'],
  },
  {
    why: 'Another checkpoint is needed',
    file: 'noiseStudies.test.ts',
    names: 'C6.checkpointCorrelation',
    ids: ['C6.checkpointCorrelation', 'C6.checkpointVarianceLeft', 'C6.checkpointBestVarianceLeft'],
  },
  { why: 'Another checkpoint is needed', file: 'sampleStudies.test.ts', names: 'C4.overlap', ids: ['C4.overlap'] },
  {
    why: 'The network has negative curvature as large as positive; there the spectrum is given',
    file: 'conditioning.test.ts',
    names: 'D1.kappa',
    ids: ['D1.kappa'],
  },
  {
    why: 'A law of eigenvalues needs more of them than small matrices have',
    file: 'weightSpectra.test.ts',
    names: 'fitMarchenkoPastur',
    ids: ['D3.spikes', 'D3.noiseDistance'],
  },
  {
    why: 'A law of eigenvalues needs more of them than small matrices have',
    file: 'weightSpectra.test.ts',
    names: 'D3.tailExponent',
    ids: ['D3.tailExponent'],
  },
  {
    why: 'Rectifiers alone can be dead',
    file: 'signalPropagation.test.ts',
    names: 'D4.deadShare',
    ids: ['D4.deadShare'],
  },
  {
    why: 'Compared with dense tangent features',
    file: 'signalPropagation.test.ts',
    names: 'D4.alignment',
    ids: ['D4.alignment'],
  },
  {
    why: 'The difference of two precisions',
    file: 'precision.test.ts',
    names: 'D6.productError',
    ids: ['D6.productError', 'D6.floor', 'D6.curvature'],
  },
  {
    why: 'The end of a search, compared with dense damped steps',
    file: 'damping.test.ts',
    names: 'D7.damping',
    ids: ['D7.damping', 'D7.reductionRatio'],
  },
  {
    why: 'An expansion of the outputs, compared with losses where it is exact',
    file: 'quantisation.test.ts',
    names: 'E2.predicted${bits}',
    ids: [
      'E2.predicted2',
      'E2.predicted3',
      'E2.predicted4',
      'E2.predicted8',
      'E2.plannedIncrease',
      'E2.uniformIncrease',
    ],
  },
  {
    why: 'The optimum of an integer program, compared with all allocations and with published ones',
    file: 'quantisation.test.ts',
    names: 'E2.bits',
    ids: ['E2.bits'],
  },
  {
    why: 'Given by the user',
    file: 'quantisation.test.ts',
    names: 'E2.latency${bits}',
    ids: ['E2.latency2', 'E2.latency3', 'E2.latency4', 'E2.latency8', 'E2.latencyIncrease'],
  },
  {
    why: 'Random signs on an activation',
    file: 'activationBits.test.ts',
    names: 'E2.activation4',
    ids: ['E2.activation2', 'E2.activation3', 'E2.activation4', 'E2.activation8', 'E2.activationBits'],
  },
  {
    why: 'An activation is rounded: compared with plain arithmetic, and with a network where the expansion is exact',
    file: 'activationBits.test.ts',
    names: 'E2.activationPredicted',
    ids: [
      'E2.activationPredicted2',
      'E2.activationPredicted3',
      'E2.activationPredicted4',
      'E2.activationPredicted8',
      'E2.activationMeasured',
    ],
  },
  {
    why: 'Depends on the allocation that was chosen',
    file: 'quantisation.test.ts',
    names: 'E2.coupledIncrease',
    ids: ['E2.coupledIncrease', 'E2.interaction', 'E2.coupledBest'],
  },
  {
    why: 'An expansion of the outputs, compared with losses where it is exact',
    file: 'predictedAndMeasured.test.ts',
    names: 'E4.predicted',
    ids: ['E4.predicted'],
  },
  {
    why: 'A cubic equation, compared with its definition',
    file: 'cubicRemainder.test.ts',
    names: 'trustedLength',
    ids: ['E4.trustedLength'],
  },
  {
    why: 'Ranks of numbers that are looked at one by one',
    file: 'predictedAndMeasured.test.ts',
    names: 'rankCorrelation',
    ids: [
      'E4.rankCorrelation',
      'E4.quadraticRankCorrelation',
      'E4.trustedRankCorrelation',
      'E4.traceRankCorrelation',
      'E4.pruningRankCorrelation',
    ],
  },
];
