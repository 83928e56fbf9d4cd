import { locationOf, type StaticRule } from '../staticRule';

export const checkpointDamaged: StaticRule = {
  code: 'HL403',
  title: 'A checkpoint is damaged or unhealthy',
  documentation: `A checkpoint that the code or the configuration names cannot be read to its end (truncated, not the format its name says), or holds what training should never save: NaN or infinite weights, tensors of types that cannot be read.

**What to do.** Save or copy the file again; take an earlier checkpoint where weights are not finite, since the run had diverged when this one was written.`,
  check: ({ checkpoints }) =>
    checkpoints.flatMap(({ file, fit, warnings, place }) =>
      [
        ...(fit.kind === 'unreadable' ? [`${file} cannot be read: ${fit.reason}`] : []),
        ...warnings
          .filter(({ code }) => code === 'HL403')
          .map(({ message, where }) => `${file}: ${message} (${where})`),
      ].map((message) => ({ ...locationOf(place), code: 'HL403', severity: 'warning' as const, message, related: [] })),
    ),
};
