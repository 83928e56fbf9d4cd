import { foldChannelScales } from '../../graph/simplify/channelScales';
import { simplify } from '../../graph/simplify/simplify';
import type { LossGraph } from '../problem';

/** The same loss with batch normalisation on fixed statistics inside the convolutions, whose derivatives are cheaper. */
export function withFoldedScales(graph: LossGraph): LossGraph {
  const inputs = [...graph.parameters, ...graph.buffers, ...graph.data];
  const { outputs } = foldChannelScales(simplify({ inputs, outputs: [graph.loss, graph.output] }));
  const [loss = graph.loss, output = graph.output] = outputs;
  return { ...graph, loss, output };
}
