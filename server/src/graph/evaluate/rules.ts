import type { Node } from '../node';
import type { Primitive } from '../primitives';
import { dot } from './contraction';
import { convolutionRules } from './convolution';
import { elementwiseRules } from './elementwise';
import { indexingRules } from './indexing';
import type { EvaluationRule, Kernel } from './kernel';
import { reductionRules } from './reduction';
import { structureRules } from './structure';

/** What every primitive computes, in float64. `input` alone has no rule: its value comes from outside. */
export const evaluationRules: { readonly [P in Exclude<Primitive, 'input'>]: EvaluationRule<P> } = {
  ...structureRules,
  ...elementwiseRules,
  dot,
  ...convolutionRules,
  ...reductionRules,
  ...indexingRules,
};

/** Prepares the evaluation of one node: index tables are built here, so that running the kernel is only arithmetic. */
export function kernelFor(node: Exclude<Node, Node<'input'>>): Kernel {
  // A node's primitive selects the rule for its own parameters; TypeScript does not follow the correlation.
  const rule = evaluationRules[node.primitive] as EvaluationRule<Primitive>;
  return rule(node);
}
