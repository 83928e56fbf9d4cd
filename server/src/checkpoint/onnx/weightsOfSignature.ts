/**
 * PyTorch's newer exporter notes the names of all parameters and the module of every operator. Of weights that the source shares it writes the last one
 * under its name, of weights that are equal the first one: an operator of a module that has lost a later one reads its own.
 */
import { MemoryByteSource } from '../byteSource';
import { elementCount } from '../elementCount';
import { elementWidth, isFloatingType } from '../elementType';
import { EqualWeights, inModule, isUniform, moduleInName } from './copiedModules';
import type { ExportedSignature } from './exportedSignature';
import { moduleOf } from './exporterNames';
import type { OnnxTensor } from './onnxModelFile';
import type { NodeMessage } from './schema';
import type { ReadModel, Separated } from './separateWeights';

/** Attributes of a module that an operator takes, by operand. */
const roles: Readonly<Record<string, readonly string[]>> = {
  Add: ['bias', 'bias'],
  BatchNormalization: ['', 'weight', 'bias', 'running_mean', 'running_var'],
  Conv: ['', 'weight', 'bias'],
  ConvTranspose: ['', 'weight', 'bias'],
  Gather: ['weight'],
  Gemm: ['', 'weight', 'bias'],
  InstanceNormalization: ['', 'weight', 'bias'],
  LayerNormalization: ['', 'weight', 'bias'],
  MatMul: ['', 'weight'],
  Mul: ['weight', 'weight'],
  PRelu: ['', 'weight'],
};

/** Operators whose scales, shifts and slopes the exporter reshapes. */
const reshaped: ReadonlySet<string> = new Set(['Add', 'Mul', 'PRelu']);

/** Where an initialiser is read: `module` by the operator with index `node`, as its operand `operand`. */
interface Use {
  readonly node: number;
  readonly operand: number;
  readonly tensor: OnnxTensor;
  readonly module: string;
  readonly role: string;
}

export async function fromSignature(model: ReadModel, signature: ExportedSignature): Promise<Separated> {
  const separation = new Separation(model, signature);
  return separation.isNeeded ? separation.run() : { nodes: model.nodes, added: [], rewritten: [] };
}

class Separation {
  private readonly nodes: NodeMessage[];
  private readonly places: ReadonlyMap<string, number>;
  /** Names of the source that the file does not have, and that nothing was found for yet. */
  private readonly missing: Set<string>;
  private readonly added = new Map<string, OnnxTensor>();
  /** By the name of one that was added: the tensor that the file has in its place. */
  private readonly written = new Map<string, OnnxTensor>();
  private readonly equal = new EqualWeights();

  constructor(
    private readonly model: ReadModel,
    private readonly signature: ExportedSignature,
  ) {
    this.nodes = [...model.nodes];
    this.places = new Map([...signature.kinds.keys()].map((name, place) => [name, place]));
    const present = new Set(model.initializers.map(({ name }) => name));
    this.missing = new Set([...this.places.keys()].filter((name) => !present.has(name)));
  }

  get isNeeded(): boolean {
    return this.missing.size > 0;
  }

  async run(): Promise<Separated> {
    const uses = this.uses();
    const isNoted = ({ tensor }: Use): boolean => this.places.has(tensor.name);
    const made = uses.filter((use) => !isNoted(use));
    this.claimMatrices(made.filter(({ role }) => role === 'weight'));
    await this.nameUniform(made);
    const noted = uses.filter(isNoted);
    const counts = new Map<string, number>();
    for (const { tensor } of noted) counts.set(tensor.name, (counts.get(tensor.name) ?? 0) + 1);
    for (const use of noted) if ((counts.get(use.tensor.name) ?? 0) > 1) this.separateNoted(use);
    await this.separateMatrices(made);
    this.addBiases();
    return { nodes: this.nodes, added: [...this.added.values()], rewritten: this.rewritten() };
  }

  /** Matrices and biases of recurrences are in another order in the file, but all there. */
  private rewritten(): string[] {
    const recurrent = new Set(
      this.nodes.filter(({ opType }) => ['GRU', 'LSTM', 'RNN'].includes(opType)).map((node) => moduleOf(node)),
    );
    return [...this.missing].filter(
      (name) => this.signature.kinds.get(name) === 'PARAMETER' && !recurrent.has(moduleInName(name)),
    );
  }

  private uses(): Use[] {
    const tensors = new Map(
      this.model.initializers
        .filter(({ type, shape }) => type !== undefined && isFloatingType(type) && elementCount(shape) > 1)
        .map((tensor) => [tensor.name, tensor]),
    );
    return this.nodes.flatMap((message, node) => {
      const module = moduleOf(message);
      return message.input.flatMap((name, operand): Use[] => {
        const tensor = tensors.get(name);
        if (tensor === undefined || module === undefined) return [];
        return [{ node, operand, tensor, module, role: roles[message.opType]?.[operand] ?? '' }];
      });
    });
  }

  private isProduct({ node }: Use): boolean {
    return ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'].includes(this.nodes[node]?.opType ?? '');
  }

  /** A matrix that was turned round stands for the weight that its module misses. */
  private claimMatrices(made: readonly Use[]): void {
    const lost = new Map<string, string[]>();
    for (const name of this.missing) {
      const own = lost.get(moduleInName(name)) ?? [];
      lost.set(moduleInName(name), own);
      if (name.includes('weight')) own.push(name);
    }
    for (const use of made.filter((each) => this.isProduct(each))) {
      const weight = lost.get(use.module)?.shift();
      if (weight !== undefined) this.missing.delete(weight);
    }
  }

  /** Scales, shifts and slopes of one value that the exporter reshaped. */
  private async nameUniform(made: readonly Use[]): Promise<void> {
    for (const use of made) {
      const name = inModule(use.module, use.role);
      const { opType = '' } = this.nodes[use.node] ?? {};
      if (reshaped.has(opType) && this.isOpen(name, use.tensor) && (await isUniform(use.tensor)))
        this.separate(use, name);
    }
  }

  /** A weight that is read several times, where a module of another name reads it. */
  private separateNoted(use: Use): void {
    const { tensor, module, role } = use;
    const parts = tensor.name.split('.');
    const likely = [role, ...[1, 2, 3].map((count) => parts.slice(-count).join('.'))].filter((leaf) => leaf !== '');
    const own = likely
      .map((leaf) => inModule(module, leaf))
      .find((name) => name === tensor.name || this.isOpen(name, tensor));
    if (own === undefined || own === tensor.name) return;
    if ((this.places.get(own) ?? 0) < (this.places.get(tensor.name) ?? 0)) return;
    this.separate(use, own);
  }

  /** Whether a name is missing, or already stands for this tensor. */
  private isOpen(name: string, tensor: OnnxTensor): boolean {
    return this.missing.has(name) || this.written.get(name) === tensor;
  }

  /** Turned matrices that several modules read: of copies of a layer, or of one value. */
  private async separateMatrices(made: readonly Use[]): Promise<void> {
    const first = new Map<OnnxTensor, Use>();
    for (const use of made.filter((each) => this.isProduct(each))) {
      const { module } = first.get(use.tensor) ?? use;
      if (!first.has(use.tensor)) first.set(use.tensor, use);
      if (module === use.module) continue;
      if (this.equal.areCopies(module, use.module) || (await isUniform(use.tensor)))
        this.separate(use, inModule(use.module, use.tensor.name));
    }
  }

  private separate({ node, operand, tensor }: Use, name: string): void {
    const message = this.nodes[node];
    if (message === undefined) return;
    this.missing.delete(name);
    this.equal.add(tensor.name, name);
    this.written.set(name, tensor);
    this.added.set(name, { ...tensor, name });
    this.nodes[node] = { ...message, input: message.input.map((each, i) => (i === operand ? name : each)) };
  }

  /** Biases of zero, which the exporter leaves out. */
  private addBiases(): void {
    const tensors = new Map([...this.model.initializers, ...this.added.values()].map((each) => [each.name, each]));
    this.nodes.forEach((message, node) => {
      const [x = '', w = '', bias = ''] = message.input;
      const weight = tensors.get(w);
      const length = weight === undefined ? undefined : outputsOf(message, weight);
      if (bias !== '' || weight?.type === undefined || length === undefined) return;
      if (!isFloatingType(weight.type) || !(length > 0 && length <= elementCount(weight.shape))) return;
      const modules = [moduleOf(message), moduleInName(w)];
      const name = modules
        .flatMap((module) => (module === undefined ? [] : [inModule(module, 'bias')]))
        .find((each) => this.missing.has(each) && this.signature.kinds.get(each) === 'PARAMETER');
      if (name === undefined) return;
      this.missing.delete(name);
      const bytes = new MemoryByteSource(name, new Uint8Array(length * elementWidth(weight.type)));
      this.added.set(name, { ...weight, name, shape: [length], bytes });
      this.nodes[node] = { ...message, input: [x, w, name] };
    });
  }
}

/** Length of the bias that a product can take. */
function outputsOf({ opType, attribute }: NodeMessage, { shape }: OnnxTensor): number | undefined {
  const number = (name: string): number | undefined => attribute.find((each) => each.name === name)?.i;
  if (opType === 'Conv') return shape[0];
  if (opType === 'ConvTranspose') return (shape[1] ?? 0) * (number('group') ?? 1);
  if (opType === 'Gemm') return shape[number('transB') === 1 ? 0 : 1];
  return undefined;
}
