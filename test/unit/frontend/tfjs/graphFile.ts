/** Graph models as converters write them: nodes of TensorFlow with their attributes, and one shard with the constants. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs';

export type Attribute = number | boolean | string | readonly number[] | readonly string[] | { readonly float: number };

const base64 = (text: string): string => Buffer.from(text).toString('base64');

function attributeValue(value: Attribute): object {
  if (typeof value === 'boolean') return { b: value };
  if (typeof value === 'number') return { i: String(value) };
  if (typeof value === 'string') return value.startsWith('DT_') ? { type: value } : { s: base64(value) };
  if ('float' in value) return { f: value.float };
  const [first] = value;
  return typeof first === 'string'
    ? { list: { s: value.map((each) => base64(String(each))) } }
    : { list: { i: value.map(String) } };
}

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export class GraphFile {
  private readonly nodes: object[] = [];
  private readonly specs: io.WeightsManifestEntry[] = [];
  private readonly data: (Float32Array | Int32Array)[] = [];
  private made = 0;

  /** An input [?, …sample]. */
  input(sample: readonly number[]): string {
    const dim = [-1, ...sample].map((size) => ({ size: String(size) }));
    this.nodes.push({ name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } } });
    return 'x';
  }

  private constant(name: string, values: Float32Array | Int32Array, shape: readonly number[]): string {
    const isFloat = values instanceof Float32Array;
    const dtype = isFloat ? 'DT_FLOAT' : 'DT_INT32';
    const tensor = { dtype, tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } };
    this.nodes.push({ name, op: 'Const', attr: { dtype: { type: dtype }, value: { tensor } } });
    this.specs.push({ name, shape: [...shape], dtype: isFloat ? 'float32' : 'int32' });
    this.data.push(values);
    return name;
  }

  /** A weight with numbers that are all different; `base` is added to them. */
  weight(shape: readonly number[], base = 0): string {
    const phase = ++this.made;
    const values = Float32Array.from({ length: count(shape) }, (_, i) => base + 0.5 * Math.sin(1.3 * i + phase));
    return this.constant(`part${phase}/ReadVariableOp`, values, shape);
  }

  number(value: number): string {
    return this.constant(`const${++this.made}`, Float32Array.of(value), []);
  }

  ints(...values: number[]): string {
    return this.constant(`ints${++this.made}`, Int32Array.from(values), [values.length]);
  }

  int(value: number): string {
    return this.constant(`int${++this.made}`, Int32Array.of(value), []);
  }

  node(op: string, input: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = `${op}_${++this.made}`;
    const attr = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, attributeValue(value)]));
    this.nodes.push({ name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } });
    return name;
  }

  private shard(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.data.map((part) => Buffer.from(part.buffer))));
  }

  /** As TensorFlow.js loads it. */
  artifacts(): io.ModelArtifacts {
    const topology = { node: this.nodes, library: {}, versions: {} };
    return {
      modelTopology: topology,
      weightSpecs: this.specs,
      weightData: this.shard().buffer as ArrayBuffer,
      format: 'graph-model',
    };
  }

  /** Gives the path of `model.json`. */
  write(folder: string): string {
    const { modelTopology, weightSpecs, format } = this.artifacts();
    writeFileSync(join(folder, 'group1-shard1of1.bin'), this.shard());
    const weightsManifest = [{ paths: ['group1-shard1of1.bin'], weights: weightSpecs }];
    const file = join(folder, 'model.json');
    writeFileSync(file, JSON.stringify({ format, modelTopology, weightsManifest }));
    return file;
  }
}
