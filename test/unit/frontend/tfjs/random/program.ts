/**
 * A program of TensorFlow.js from a seed: sequential or a graph of layers with several inputs and outputs, shared layers, models as layers and layers of its
 * own. TensorFlow.js decides what fits: each part is made by it before it is taken.
 */
import * as tf from '@tensorflow/tfjs';
import { compileText } from './compileText';
import { customLayer } from './customLayer';
import type { Draw } from './draw';
import { layerText } from './layers';

/** Largest number of entries in a sample between layers, and of weights. */
const LARGEST_SAMPLE = 150;
const LARGEST_MODEL = 4000;

export interface Program {
  /** Defines `build()`, which returns the model; `tf` is TensorFlow.js. */
  readonly source: string;
  /** Numbers that each input may have, where they are the words of an embedding. */
  readonly vocabularies: readonly (number | undefined)[];
}

/** Runs a program of this folder: text that was drawn here, nothing else. */
export const built = (source: string): tf.LayersModel =>
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- The text is this generator's own.
  (new Function('tf', `${source}\nreturn build();`) as (library: typeof tf) => tf.LayersModel)(tf);

/** What an expression after these statements gives, or nothing where TensorFlow.js refuses it. */
function tried(statements: readonly string[], expression: string): unknown {
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- The text is this generator's own.
    return (new Function('tf', [...statements, `return ${expression};`].join('\n')) as (library: typeof tf) => unknown)(
      tf,
    );
  } catch {
    return undefined;
  }
}

const isUsable = (shape: readonly (number | null)[]): boolean => {
  const sample = shape.slice(1).map((size) => size ?? 0);
  const count = sample.reduce((product, size) => product * size, 1);
  return shape[0] === null && sample.length > 0 && sample.length < 5 && count > 0 && count <= LARGEST_SAMPLE;
};

const sampleOf = (shape: readonly (number | null)[]): number[] => shape.slice(1).map(Number);

const drawnSample = (draw: Draw): number[] =>
  draw.pick([
    () => [draw.integer(2, 6)],
    () => [draw.integer(3, 6), draw.integer(1, 4)],
    () => [draw.integer(4, 6), draw.integer(4, 6), draw.integer(1, 3)],
    () => [draw.integer(2, 3), draw.integer(3, 4), draw.integer(3, 4), draw.integer(1, 2)],
  ])();

/** Text of a list of layers that follow each other, for samples of this shape. */
function layerList(draw: Draw, sample: readonly number[], count: number, classes: readonly string[]): string[] {
  const own = classes.map((text) => `new ${/class (\w+)/.exec(text)?.[1]}({rate: 2})`);
  const made: string[] = [];
  let current = sample;
  for (let attempt = 0; attempt < 40 && made.length < count; attempt++) {
    const text = own.length > 0 && draw.chance(0.15) ? draw.pick(own) : layerText(draw, current);
    const chain = [...made, text].reduce(
      (x, layer) => `${layer}.apply(${x})`,
      `tf.input({shape: [${sample.join(', ')}]})`,
    );
    const output = tried(classes, chain) as tf.SymbolicTensor | undefined;
    if (output?.shape === undefined || !isUsable(output.shape)) continue;
    made.push(text);
    current = sampleOf(output.shape);
  }
  return made;
}

const inSettings = (layer: string, settings: string): string =>
  layer.replace(/\(\{?(.*?)\}?\)$/s, (_, rest: string) => `({${rest}${rest === '' ? '' : ', '}${settings}})`);

interface Start {
  readonly sample: readonly number[];
  readonly vocabulary?: number;
  /** Layers that must come first. */
  readonly first: readonly string[];
}

function drawnStart(draw: Draw): Start {
  if (!draw.chance(0.15)) return { sample: drawnSample(draw), first: [] };
  const vocabulary = draw.integer(4, 9);
  const masked = draw.chance(0.4) ? ', maskZero: true' : '';
  return {
    sample: [draw.integer(2, 5)],
    vocabulary,
    first: [`tf.layers.embedding({inputDim: ${vocabulary}, outputDim: ${draw.integer(1, 4)}${masked}})`],
  };
}

function sequentialStatements(draw: Draw, classes: readonly string[]): { lines: string[]; starts: Start[] } {
  const start = drawnStart(draw);
  const [opening, ...rest] = layerListFrom(draw, start, draw.integer(1, 6), classes);
  if (opening === undefined) return sequentialStatements(draw, classes);
  const shape = `[${start.sample.join(', ')}]`;
  const layers = draw.pick([
    () => [inSettings(opening, `inputShape: ${shape}`), ...rest],
    () => [inSettings(opening, `batchInputShape: [null, ${start.sample.join(', ')}]`), ...rest],
    () => [`tf.layers.inputLayer({inputShape: ${shape}})`, opening, ...rest],
  ])();
  // What a class of the code makes of its configuration does not hold an input shape.
  const list = opening.startsWith('new ') ? [`tf.layers.inputLayer({inputShape: ${shape}})`, opening, ...rest] : layers;
  return {
    starts: [start],
    lines: draw.chance(0.5)
      ? [`const model = tf.sequential({layers: [${list.join(', ')}]});`]
      : ['const model = tf.sequential();', ...list.map((layer) => `model.add(${layer});`)],
  };
}

function layerListFrom(draw: Draw, start: Start, count: number, classes: readonly string[]): string[] {
  if (start.first.length === 0) return layerList(draw, start.sample, count, classes);
  const input = `tf.input({shape: [${start.sample.join()}]})`;
  const embedded = tried([], `${start.first[0]}.apply(${input})`) as tf.SymbolicTensor | undefined;
  if (embedded === undefined) throw new RangeError('an embedding that is refused');
  return [...start.first, ...layerList(draw, sampleOf(embedded.shape), count, classes)];
}

const merges = ['add', 'average', 'maximum', 'minimum', 'multiply', 'concatenate', 'concatenate', 'dot'] as const;

/** Graphs of layers, statement by statement. */
class Graph {
  readonly lines: string[] = [];
  readonly starts: Start[] = [];
  private readonly tensors = new Map<string, readonly number[]>();
  private readonly reusable: string[] = [];

  constructor(
    private readonly draw: Draw,
    private readonly classes: readonly string[],
  ) {}

  private fresh(): string {
    return `x${this.lines.length}`;
  }

  /** Adds a tensor if TensorFlow.js makes it. */
  private take(expression: string, before: readonly string[] = []): boolean {
    const output = tried([...this.classes, ...this.lines, ...before], expression) as tf.SymbolicTensor | undefined;
    if (output?.shape === undefined || !isUsable(output.shape)) return false;
    const name = this.fresh();
    this.lines.push(...before, `const ${name} = ${expression};`);
    this.tensors.set(name, sampleOf(output.shape));
    return true;
  }

  addInput(): void {
    const start = drawnStart(this.draw);
    const name = this.draw.chance(0.3) ? `, name: 'in${this.starts.length}'` : '';
    const shape = start.sample.join(', ');
    const input = `tf.input({${this.draw.chance(0.7) ? `shape: [${shape}]` : `batchShape: [null, ${shape}]`}${name}})`;
    const chain = start.first.reduce((x, layer) => `${layer}.apply(${x})`, `in${this.starts.length}`);
    this.lines.push(`const in${this.starts.length} = ${input};`);
    this.starts.push(start);
    if (!this.take(chain)) throw new RangeError(`an input that is refused: ${input}`);
  }

  private tensor(): [string, readonly number[]] {
    return this.draw.pick([...this.tensors]);
  }

  addLayer(): void {
    const [x, sample] = this.tensor();
    const own = this.classes.map((text) => `new ${/class (\w+)/.exec(text)?.[1]}({rate: 2})`);
    const layer = own.length > 0 && this.draw.chance(0.2) ? this.draw.pick(own) : layerText(this.draw, sample);
    const shared = `part${this.lines.length}`;
    if (!this.draw.chance(0.3)) this.take(`${layer}.apply(${x})`);
    else if (this.take(`${shared}.apply(${x})`, [`const ${shared} = ${layer};`])) this.reusable.push(shared);
  }

  addShared(): void {
    if (this.reusable.length > 0) this.take(`${this.draw.pick(this.reusable)}.apply(${this.tensor()[0]})`);
  }

  addMerge(): void {
    const kind = this.draw.pick(merges);
    const names = Array.from({ length: kind === 'dot' ? 2 : this.draw.integer(2, 3) }, () => this.tensor());
    const [, first = []] = names[0] ?? [];
    const axis = this.draw.pick(['', 'axis: -1', 'axis: 1', 'axis: 2']);
    const settings =
      kind === 'dot'
        ? `{axes: ${this.draw.pick(['1', '-1', '[1, 2]', '2'])}${this.draw.chance(0.3) ? ', normalize: true' : ''}}`
        : kind === 'concatenate' && axis !== ''
          ? `{${axis}}`
          : '';
    // Tensors of one shape where merging wants it.
    const same = [...this.tensors].filter(([, sample]) => sample.join() === first.join()).map(([name]) => name);
    const chosen =
      kind === 'dot' || kind === 'concatenate' ? names.map(([name]) => name) : names.map(() => this.draw.pick(same));
    this.take(`tf.layers.${kind}(${settings}).apply([${chosen.join(', ')}])`);
  }

  addModel(): void {
    const [x, sample] = this.tensor();
    const [opening, ...rest] = layerList(this.draw, sample, this.draw.integer(1, 3), []);
    if (opening === undefined) return;
    const name = `inner${this.lines.length}`;
    const made = `tf.sequential({layers: [${[inSettings(opening, `inputShape: [${sample.join(', ')}]`), ...rest].join(', ')}]})`;
    if (this.take(`${name}.apply(${x})`, [`const ${name} = ${made};`])) this.reusable.push(name);
  }

  addStates(): void {
    const sequences = [...this.tensors].filter(([, sample]) => sample.length === 2);
    if (sequences.length === 0) return;
    const [x] = this.draw.pick(sequences);
    const [y] = this.draw.pick(sequences);
    const units = this.draw.integer(1, 3);
    const name = `states${this.lines.length}`;
    const kind = this.draw.pick(['lstm', 'gru', 'simpleRNN']);
    const states = kind === 'lstm' ? '[1, 2]' : '[1]';
    this.take(
      `tf.layers.${kind}({units: ${units}, returnSequences: ${this.draw.chance(0.5)}}).apply(${y}, {initialState: ${states}.map((i) => ${name}[i])})`,
      [`const ${name} = tf.layers.${kind}({units: ${units}, returnState: true}).apply(${x});`],
    );
  }

  /** Outputs are tensors that nothing reads; what no output needs is left out. */
  finish(): void {
    const isRead = (name: string): boolean => this.lines.some((line) => new RegExp(`[(\\[ ]${name}[\\]),]`).test(line));
    const ends = [...this.tensors.keys()].filter((name) => !isRead(name)).slice(-3);
    const [last = ''] = ends.slice(-1);
    const needed = neededLines(this.lines, ends);
    const inputs = this.starts
      .map((_, i) => `in${i}`)
      .filter((name) => needed.some((line) => line.startsWith(`const ${name} `)));
    const inputText = inputs.length === 1 && this.draw.chance(0.7) ? String(inputs[0]) : `[${inputs.join(', ')}]`;
    const outputText = ends.length === 1 && this.draw.chance(0.8) ? last : `[${ends.join(', ')}]`;
    const name = this.draw.chance(0.2) ? `, name: 'whole'` : '';
    const kept = this.starts.filter((_, i) => inputs.includes(`in${i}`));
    this.starts.splice(0, this.starts.length, ...kept);
    this.lines.splice(
      0,
      this.lines.length,
      ...needed,
      `const model = tf.model({inputs: ${inputText}, outputs: ${outputText}${name}});`,
    );
  }
}

/** The statements that these names follow from. */
function neededLines(lines: readonly string[], names: readonly string[]): string[] {
  const wanted = new Set(names);
  const kept = [...lines].reverse().filter((line) => {
    const [, name = '', value = ''] = /^const (\w+) = (.*)$/.exec(line) ?? [];
    if (!wanted.has(name)) return false;
    for (const [word] of value.matchAll(/\b[a-z]+\d+\b/g)) wanted.add(word);
    return true;
  });
  return kept.reverse();
}

function graphStatements(draw: Draw, classes: readonly string[]): { lines: string[]; starts: Start[] } {
  const graph = new Graph(draw, classes);
  for (let i = draw.integer(1, 2); i > 0; i--) graph.addInput();
  for (let i = draw.integer(3, 9); i > 0; i--) {
    const kind = draw.next();
    if (kind < 0.55) graph.addLayer();
    else if (kind < 0.65) graph.addShared();
    else if (kind < 0.85) graph.addMerge();
    else if (kind < 0.93) graph.addModel();
    else graph.addStates();
  }
  graph.finish();
  return { lines: graph.lines, starts: graph.starts };
}

/** A program whose model TensorFlow.js makes and runs; none where this draw gives one that it refuses. */
export function drawnProgram(draw: Draw): Program | undefined {
  const classes = Array.from({ length: draw.chance(0.35) ? draw.integer(1, 2) : 0 }, (_, i) =>
    customLayer(draw, `Own${i}`),
  );
  const { lines, starts } = draw.chance(0.4) ? sequentialStatements(draw, classes) : graphStatements(draw, classes);
  const model = tried([...classes, ...lines], 'model') as tf.LayersModel | undefined;
  if (model === undefined || model.countParams() > LARGEST_MODEL) return undefined;
  const compiled = draw.chance(0.7)
    ? [
        compileText(
          draw,
          model.outputs.map(({ shape }) => shape),
        ),
      ]
    : [];
  const body = [...lines, ...compiled, 'return model;'].map((line) => `  ${line}`);
  return {
    source: [...classes, 'function build() {', ...body, '}'].join('\n'),
    vocabularies: starts.map(({ vocabulary }) => vocabulary),
  };
}
