/** The state of torch that a trace carries: generator, gradient mode, phase. One per interpreter. */
import type { SourceSpan } from '../../../graph/node';
import type { Interpreter } from '../../../python/interpreter';
import type { TorchDtype } from '../../model';
import { RandomStream } from './randomStream';

export class TorchContext {
  seed = 0;
  private draws = 0;
  private derives = true;
  /** Calls of an `autograd.Function` that are being followed. */
  private followed = 0;
  defaultDtype: TorchDtype = 'float32';
  /**
   * `construct`: parameters and buffers have their initial values, and assignments change these.
   * `forward`: they are inputs of the graph, and branches on them depend on the data.
   */
  phase: 'construct' | 'forward' = 'construct';
  /** False: dropout passes everything through, also in train mode. */
  dropout = true;
  /** False: normal numbers that forward draws are zero, so that a sampling model gives its mean. */
  noise = true;
  /** Where forward drew random numbers: the traced function is one sample of a random one. */
  readonly stochastic: (SourceSpan | undefined)[] = [];
  /** Where forward applied a function whose derivative is written by hand. */
  readonly handDerivatives: { readonly name: string; readonly span: SourceSpan | undefined }[] = [];
  /** Where forward changed a parameter in place while gradients were recorded, which PyTorch refuses. */
  readonly changedLeaves: SourceSpan[] = [];

  /** `place`: the expression that is being evaluated. */
  constructor(private readonly place: () => SourceSpan | undefined = () => undefined) {}

  noteChangedLeaf(): void {
    const span = this.place();
    if (span !== undefined) this.changedLeaves.push(span);
  }

  get gradEnabled(): boolean {
    return this.derives;
  }

  set gradEnabled(enabled: boolean) {
    if (!this.ignoresCuts) this.derives = enabled;
  }

  /** PyTorch takes the derivative of an `autograd.Function` from its `backward`: what `forward` cuts off is none of it. */
  get ignoresCuts(): boolean {
    return this.followed > 0;
  }

  /** Runs the `forward` of an `autograd.Function` so that its value stays derivable. */
  following<T>(body: () => T): T {
    if (!this.derives) return body();
    this.followed++;
    try {
      return body();
    } finally {
      this.followed--;
    }
  }

  /** A fresh stream of random numbers; in forward this marks the trace as stochastic. */
  draw(span: SourceSpan | undefined): () => RandomStream {
    if (this.phase === 'forward') this.stochastic.push(span);
    const [seed, index] = [this.seed, this.draws++];
    return () => new RandomStream(seed, index);
  }

  reseed(seed: number): void {
    this.seed = seed;
    this.draws = 0;
  }

  /** Runs `body` in the given gradient mode. */
  withGradient<T>(enabled: boolean, body: () => T): T {
    const outer = this.gradEnabled;
    this.gradEnabled = enabled;
    try {
      return body();
    } finally {
      this.gradEnabled = outer;
    }
  }
}

const contexts = new WeakMap<Interpreter, TorchContext>();

export function torchContext(interpreter: Interpreter): TorchContext {
  let context = contexts.get(interpreter);
  if (context === undefined) contexts.set(interpreter, (context = new TorchContext(() => interpreter.currentSpan)));
  return context;
}
