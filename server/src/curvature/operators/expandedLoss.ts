/**
 * The losses after a step of the parameters, as derivatives at θ predict them: the exact loss of outputs that are expanded along the step (`afterStep`). The loss is bounded where it is,
 * and grows as it does; of a model that is linear in what moves the prediction is exact. Linearised outputs in the exact loss: Immer, Korzepa and Bauer 2021, Improving predictions of
 * Bayesian neural nets via local linearization.
 */
import { afterStep } from '../../autodiff/finiteExpansion';
import { vmap } from '../../autodiff/vmap';
import type { ArrayValue, Engine } from '../../engine/engine';
import type { Graph, Node } from '../../graph/node';
import * as op from '../../graph/operations';
import { substitute } from '../../graph/simplify/substitute';
import type { LossGraph, Problem } from '../problem';
import { ChunkedProgram } from './chunkedProgram';
import { planRuns } from './chunks';
import { splitFlat } from './flatVector';
import { modelEnd } from './modelEnd';

export interface ExpandedLoss {
  /** Losses of every sample at θ + `step`; of an inseparable loss, its value alone. */
  readonly evaluate: (step: Float64Array) => Promise<Float64Array>;
  readonly dispose: () => void;
}

/** `batch`: most samples per run; all for an inseparable loss. */
export function createExpandedLoss(
  problem: Problem,
  engine: Engine,
  options: { readonly batch: number; readonly signal?: AbortSignal },
): ExpandedLoss {
  const { sampleCount, separable } = problem;
  const chunks = planRuns(problem, engine, options.batch);
  const program = new ChunkedProgram(problem, engine, (n) => expandedGraph(problem, n));
  return {
    evaluate: async (step) => {
      const losses = new Float64Array(separable ? sampleCount : 1);
      const extra: ArrayValue[] = [{ shape: [step.length], dtype: 'float', data: step }];
      await program.runAll(
        chunks,
        (chunk) => ({ chunk, extra }),
        (chunk, [result]) => losses.set(result?.data ?? [NaN], separable ? (chunk[0] ?? 0) : 0),
        options.signal,
      );
      return losses;
    },
    dispose: () => program.dispose(),
  };
}

/** Parameters, buffers, data and the step → losses of n samples, or their mean where they see each other. */
function expandedGraph(problem: Problem, n: number): Graph {
  const graph = problem.trace(problem.separable ? 1 : n);
  const step = op.input('step', [problem.theta.length]);
  const loss = op.reshape(lossAfter(graph, splitFlat(step, problem.parameters)), []);
  const inputs = [...graph.parameters, ...graph.buffers, ...graph.data, step];
  const single: Graph = { inputs, outputs: [loss] };
  return problem.separable ? vmap(single, new Set(graph.data), n) : single;
}

/** What the loss takes from parameters beside the model (weight decay) is exact, too. */
function lossAfter(graph: LossGraph, steps: readonly Node[]): Node {
  const moving = new Map<Node, Node>(graph.parameters.map((parameter, i) => [parameter, steps[i] as Node]));
  const end = modelEnd(graph);
  const ahead = afterStep(end, moving);
  const replaced = new Map<Node, Node>([
    ...[...moving].map(([parameter, change]): [Node, Node] => [parameter, op.add(parameter, change)]),
    ...end.map((node, i): [Node, Node] => [node, ahead[i] as Node]),
  ]);
  return substitute([graph.loss], replaced)[0] as Node;
}
