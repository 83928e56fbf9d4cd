import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArrayValue, Engine } from '../../../../server/src/engine/engine';
import { createOnnxEngine } from '../../../../server/src/engine/onnx/onnxEngine';
import { lowerings } from '../../../../server/src/engine/onnx/lowering/lowerings';
import type { ConstantData, Primitive } from '../../../../server/src/graph/primitives';
import type { Node } from '../../../../server/src/graph/node';
import { createRng, exampleFor } from '../../../support/randomGraphs';
import { expectClose, inFloat32, reference } from './reference';

let engine: Engine;
beforeAll(async () => {
  engine = await createOnnxEngine({ threads: 1 });
});
afterAll(() => engine.dispose());

const value = (node: Node, data: ConstantData): ArrayValue => ({ shape: node.shape, dtype: node.dtype, data });

const primitives = (Object.keys(lowerings) as Primitive[]).filter((primitive) => primitive !== 'input');

describe.each(primitives)('%s', (primitive) => {
  it.each(['smooth', 'edge'] as const)('equals the float64 reference to single precision on %s data', async (kind) => {
    for (let seed = 0; seed < 6; seed++) {
      const rng = createRng(1000 * seed + 7);
      const example = exampleFor(primitive, rng);
      const data = example.data(rng, kind).map(inFloat32);
      const graph = { inputs: example.inputs, outputs: [example.node] };
      const [expected] = reference(graph, data);
      const executable = await engine.compile(graph);
      const [actual] = await executable.run(
        example.inputs.map((node, i) => value(node, data[i] ?? new Float64Array())),
      );
      executable.dispose();
      expectClose(actual, example.node, expected, `${primitive}, seed ${seed}`);

      const bound = new Map(example.inputs.map((node, i) => [node, value(node, data[i] ?? new Float64Array())]));
      const folded = await engine.compile(graph, { bound });
      const [known] = await folded.run([]);
      folded.dispose();
      expect(known?.data, `${primitive}, seed ${seed}, all inputs bound`).toEqual(actual?.data);
    }
  });
});
