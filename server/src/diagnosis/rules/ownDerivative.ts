import type { DerivativeHazard } from '../../frontend/torch/derivativeHazards';
import type { Finding } from '../finding';
import { locationOf, stoppedFinding, type StaticFacts, type StaticRule } from '../staticRule';

export const ownDerivative: StaticRule = {
  code: 'HL405',
  title: 'A second derivative that is missing or another one in PyTorch',
  documentation: `**A derivative written by hand** (information). \`forward\` applies a subclass of \`torch.autograd.Function\`. Its \`backward\` may be anything, a straight-through estimate for example, and need not be the derivative of its \`forward\`. The Hessian of such a
model is that of whatever \`backward\` says; Hessian Lens derives everything from \`forward\` alone. Shapes and parameters are shown, but an analysis is refused rather than show the curvature of another function. Not meant is a \`backward\` that runs
\`forward\` again under \`torch.autograd.grad\` or \`torch.autograd.backward\` to save memory: its derivative is that of the value.

**A derivative that PyTorch lacks on a GPU** (hint). cuDNN's recurrent layers (\`nn.LSTM\`, \`nn.GRU\`, \`nn.RNN\`) and the fused kernels of \`scaled_dot_product_attention\` have a first derivative only: training works, while a
Hessian-vector product in PyTorch by a second \`backward\` ends in an error there. Hessian Lens computes with formulas of its own and is not affected.

**A parameter changed in place** (information). \`forward\` writes to a parameter that requires a gradient (\`self.scale += 1\`, \`self.fc.weight.clamp_(0)\`). PyTorch refuses that wherever gradients are recorded, as in training, and says
"a leaf Variable that requires grad is being used in an in-place operation".

**When it is wrong.** Hints say nothing about training, and nothing about PyTorch on a CPU. The refusal is wrong where \`backward\` is the exact derivative and only saves memory or time; the model can then be analysed with the same formula written in plain operations. A model that is only ever
called under \`torch.no_grad()\` may change its parameters as it likes.

**What to do.** In PyTorch, run second derivatives under \`torch.backends.cudnn.flags(enabled=False)\`, and attention under \`torch.nn.attention.sdpa_kernel(SDPBackend.MATH)\`. Of a derivative by hand: write the operation with PyTorch's own functions, or choose a model of the file that does not use it. Of a parameter changed in place: make a new value of it (\`self.fc.weight.clamp(0)\`), or write to it under \`torch.no_grad()\`.`,
  check: ({ file, models, hazards }) => [
    ...models.flatMap((model) => {
      const described = { code: 'HL405', severity: 'information', text: `${model.name} cannot be analyzed` } as const;
      return stoppedFinding(file, { ...model, stopped: model.handDerivative }, described) ?? [];
    }),
    ...changedLeaves(file, models),
    ...(models.length === 0 ? [] : hazards.map(hint)),
  ],
};

/** Each place once, whichever models run it. */
function changedLeaves(file: string, models: StaticFacts['models']): Finding[] {
  const places = models.flatMap(({ changedLeaves: own }) => own).filter((place) => place.file === file);
  const distinct = new Map(places.map((place) => [`${place.line}:${place.column}`, place]));
  return [...distinct.values()].map((place) => ({
    ...locationOf(place),
    code: 'HL405',
    severity: 'information',
    message:
      'A parameter that requires a gradient is changed in place: PyTorch refuses this while it records gradients. Make a new value of it, or write under torch.no_grad()',
    related: [],
  }));
}

const hint = ({ kind, name, span }: DerivativeHazard): Finding => ({
  ...locationOf(span),
  code: 'HL405',
  severity: 'hint',
  message:
    kind === 'recurrent'
      ? `nn.${name} has no second derivative under cuDNN: to take one in PyTorch on a GPU, use torch.backends.cudnn.flags(enabled=False). Hessian Lens is not affected`
      : `${name} has no second derivative in its fused kernels: to take one in PyTorch on a GPU, use sdpa_kernel(SDPBackend.MATH). Hessian Lens is not affected`,
  related: [],
});
