/** Studies are computed apart from the default set; together with what is known already they are one result. */
import type { AnalysisResult } from '../curvature/result';
import { isComputed, type Quantity } from '../curvature/quantity';
import type { Finding } from '../diagnosis/finding';

/** `base` with the studies of `more`, a result for the same parameters, data and seed. Numbers that both have stay those of `base`. */
export function mergeResults(base: AnalysisResult, more: AnalysisResult): AnalysisResult {
  const renewed = new Set(more.studies.flatMap(({ quantities }) => quantities));
  const quantities: Record<string, Quantity> = { ...base.quantities };
  for (const [id, quantity] of Object.entries(more.quantities))
    if (renewed.has(id) || (isComputed(quantity) && !known(base.quantities[id]))) quantities[id] = quantity;
  const ofSection = (section: string): Record<string, Quantity> =>
    Object.fromEntries(Object.entries(quantities).filter(([id]) => id.startsWith(section)));
  return {
    ...base,
    quantities,
    conditioning: ofSection('D'),
    sensitivity: ofSection('E'),
    studies: [...base.studies.filter(({ id }) => !more.studies.some((other) => other.id === id)), ...more.studies],
    guards: base.guards.length === 0 ? more.guards : base.guards,
    findings: [...base.findings, ...more.findings.filter((finding) => !base.findings.some(sameAs(finding)))],
    cost: {
      seconds: base.cost.seconds + more.cost.seconds,
      hvps: base.cost.hvps + more.cost.hvps,
      parts: [...base.cost.parts, ...more.cost.parts],
      peakMemory: Math.max(base.cost.peakMemory, more.cost.peakMemory),
    },
    complete: more.complete,
  };
}

const known = (quantity: Quantity | undefined): boolean => quantity !== undefined && isComputed(quantity);

/** A code says one thing of one place. */
const sameAs =
  (one: Finding) =>
  ({ code, file, line }: Finding): boolean =>
    code === one.code && file === one.file && line === one.line;
