/** Traces models of test/fixtures/models and evaluates them in float64 under the fill rule of its generate.py. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseInputSpec } from '../../../server/src/frontend/model';
import type { InputSpec, TracedModel } from '../../../server/src/frontend/model';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import type { TraceRequest } from '../../../server/src/frontend/torch/traceModel';
import { elementCount } from '../../../server/src/graph/node';
import type { Node } from '../../../server/src/graph/node';
import type { ConstantData, Shape } from '../../../server/src/graph/primitives';
import { diskSources } from '../../../server/src/project/diskSources';

export const modelsFolder = join(dirname(fileURLToPath(import.meta.url)), '../../fixtures/models');

export interface ExpectedModel {
  readonly module: string;
  readonly expression: string;
  readonly inputs: readonly string[];
  readonly parameters: readonly (readonly [string, number[], boolean])[];
  readonly stateKeys: readonly (readonly [string, string, number[]])[];
  readonly buffers: readonly string[];
  readonly layers: readonly string[];
  readonly outputShape: number[];
  readonly output: readonly number[];
  readonly outputSum: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly gv: number;
  readonly vHv: number;
}

export const expectedModels = JSON.parse(readFileSync(join(modelsFolder, 'expected.json'), 'utf8')) as ExpectedModel[];

/** `2x3x8x8` with its batch → an input; `tokens 2x8 19` → indices below 19. */
export function fixtureInput(text: string): { spec: InputSpec; batch: number } {
  const [first = '', shape = '', vocabulary = ''] = text.split(' ');
  if (first === 'tokens') {
    const sizes = shape.split('x').map(Number);
    return { spec: parseInputSpec(`torch.randint(0, ${vocabulary}, (${sizes.join(', ')}))`), batch: sizes[0] ?? 0 };
  }
  const [batch = 0, ...sample] = first.split('x').map(Number);
  return { spec: { kind: 'shape', sample }, batch };
}

export function traceFixture(
  { module, expression, inputs }: ExpectedModel,
  more: Partial<TraceRequest> = {},
): TracedModel {
  const parsed = inputs.map(fixtureInput);
  const file = join(modelsFolder, `${module}.py`);
  return traceModel({
    file,
    // generate.py made the models with this default; lines stay the same.
    source: `import torch; torch.set_default_dtype(torch.float64); ${readFileSync(file, 'utf8')}`,
    sources: diskSources({ root: modelsFolder }),
    model: expression,
    inputs: parsed.map(({ spec }) => spec),
    batch: parsed[0]?.batch ?? 1,
    ...more,
  });
}

/** Traces Python text as the file model.py. */
export function traceText(source: string, more: Partial<TraceRequest> = {}): TracedModel {
  return traceModel({
    file: 'model.py',
    source,
    sources: { read: () => undefined, resolveModule: () => undefined },
    ...more,
  });
}

function filled(name: string, shape: Shape, k: number): Float64Array {
  const count = elementCount(shape);
  const size = shape.length >= 2 ? 1 / Math.sqrt(count / (shape[0] ?? 1)) : 0.05;
  const offset = shape.length === 1 && name.endsWith('weight') ? 1 : 0;
  return Float64Array.from({ length: count }, (_, i) => size * Math.sin(0.7 * i + 1.3 * k) + offset);
}

/** Values for every input of the graph by the rule. */
export function fixtureFeeds(traced: TracedModel): Map<Node, ConstantData> {
  const feeds = new Map<Node, ConstantData>();
  traced.parameters.forEach(({ name, shape, node }, k) => feeds.set(node, filled(name, shape, k)));
  for (const { node, initial } of traced.buffers) if (node.primitive === 'input') feeds.set(node, initial());
  for (const { node, shape, dtype, range = 1 } of traced.inputs) {
    const count = elementCount(shape);
    feeds.set(
      node,
      dtype === 'float'
        ? Float64Array.from({ length: count }, (_, i) => Math.sin(0.37 * i))
        : Int32Array.from({ length: count }, (_, i) => (7 * i + 3) % range),
    );
  }
  return feeds;
}

/** v = cos(0.11 i + 0.5 k) for the k-th parameter. */
export const probe = (shape: Shape, k: number): Float64Array =>
  Float64Array.from({ length: elementCount(shape) }, (_, i) => Math.cos(0.11 * i + 0.5 * k));
