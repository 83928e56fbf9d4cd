/** The arrays that a model is fitted to, followed back to what libraries gave. */
import { topologicalOrder, type Node } from '../../../graph/node';
import { sliceAxis } from '../../../graph/operations';
import { plainGraph } from '../../../graph/plainGraph';
import { SAMPLE_WEIGHT } from '../../../dataset/sampleWeights';
import { isUnknownExtent } from '../../../dataset/unknownExtent';
import { PyInstance, PyList, Unknown } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import type { LibraryCall, ModuleRecords } from '../moduleRecords';
import { keyText } from '../keyText';
import { payloadOf } from '../tensor/tensor';
import type { Fact, FittedData } from './facts';
import { plain, type ScriptReader } from './scriptReader';

/** Steps between files and `fit`; more are no preparation of data. */
const MOST_STEPS = 4096;
/** Numbers that the code brings along: means, permutations. */
const MOST_NUMBERS = 1 << 20;

/** Of the calls of `fit`, the first of the model that is trained. */
export function fittedData(reader: ScriptReader, model: PyInstance | undefined): Fact<FittedData> | null {
  const calls = reader.calls('fit');
  const call = calls.find(({ instance }) => instance === model) ?? calls[0];
  if (call === undefined) return null;
  const value = followed(call, reader.session.records, leftOut(reader.session.records));
  return value === undefined ? null : { value, span: call.span ?? reader.start(), certain: calls.length === 1 };
}

/** One call may leave out several things. */
const leftOut = ({ libraryCalls }: ModuleRecords): string[] =>
  libraryCalls.filter(({ kind }) => kind === 'omitted').map(({ args }) => keyText(args.get('what')));

const itemsOf = (value: PyValue | undefined): readonly PyValue[] => (value instanceof PyList ? value.items : []);

/** Undefined where the code gives nothing that could be data. */
function followed(
  { args }: LibraryCall,
  { dataSources }: ModuleRecords,
  notApplied: readonly string[],
): FittedData | undefined {
  const inputs = itemsOf(args.get('inputs'));
  const targets = itemsOf(args.get('targets'));
  const weights = [args.get('sample_weight')].filter((each) => each instanceof PyInstance);
  const given = [...inputs, ...targets, ...weights];
  const unknown = given.find((each) => each instanceof Unknown);
  if (unknown instanceof Unknown) return { unfollowed: unknown.reason };
  const nodes = given.map((each) => payloadOf(each)?.node);
  if (inputs.length === 0 || nodes.some((node) => node === undefined)) return undefined;
  const arrays = trainingPart(
    nodes.filter((node) => node !== undefined),
    plain(args.get('validation_split')),
  );
  if (arrays === undefined) return { unfollowed: 'the part that validation_split leaves is not known' };
  const order = topologicalOrder(arrays);
  const leaves = order.filter((node) => node.primitive === 'input');
  const other = leaves.find((leaf) => !dataSources.has(leaf));
  if (other !== undefined) return { unfollowed: reasonOf(other) };
  if (order.length > MOST_STEPS || numbersIn(order) > MOST_NUMBERS)
    return { unfollowed: `the data follow from ${order.length} steps, too many` };
  // None: the code brings all numbers along.
  const sources = leaves.flatMap((leaf) => dataSources.get(leaf) ?? []);
  return {
    sources: sources.map(({ call, array, shape }) => ({ call, array, shape })),
    program: plainGraph(leaves, arrays),
    names: [...named('x', inputs.length), ...named('y', targets.length), ...weights.map(() => SAMPLE_WEIGHT)],
    omitted: [...new Set([...itemsOf(args.get('omitted')).filter((text) => typeof text === 'string'), ...notApplied])],
  };
}

const named = (name: string, count: number): string[] =>
  count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}${i + 1}`);

/** Keras keeps the end of the samples for validation. */
function trainingPart(nodes: readonly Node[], split: ReturnType<typeof plain>): readonly Node[] | undefined {
  if (split === null || split === 0) return nodes;
  if (typeof split !== 'number' || split < 0 || split >= 1) return undefined;
  if (nodes.some(({ shape: [count = 0] }) => isUnknownExtent(count))) return undefined;
  return nodes.map((node) => sliceAxis(node, 0, 0, Math.floor((node.shape[0] ?? 0) * (1 - split))));
}

const numbersIn = (order: readonly Node[]): number =>
  order.reduce((sum, node) => sum + (node.primitive === 'constant' ? node.parameters.data.length : 0), 0);

function reasonOf({ parameters, span }: Node<'input'>): string {
  const where = span === undefined ? '' : ` (${span.file}:${span.line})`;
  return parameters.name === 'data' ? `data that are not followed${where}` : `${parameters.name}${where}`;
}
