/** The losses that are known by name, and what each compares the output with. */
import type { TargetOfData } from '../model';

/** What a loss compares the output with. */
export type TargetKind = 'classes' | 'values' | 'probabilities' | 'signs' | 'counts' | 'labels';

export interface LossRow {
  readonly target: TargetKind | TargetOfData;
  /** How it is called: `(output, target)`. */
  readonly callable: string;
}

/** Names of `--loss`, and the functions and classes of torch that they stand for. */
const losses: Readonly<Record<string, LossRow>> = {
  cross_entropy: { target: 'classes', callable: 'F.cross_entropy' },
  nll: { target: 'classes', callable: 'F.nll_loss' },
  mse: { target: 'values', callable: 'F.mse_loss' },
  l1: { target: 'values', callable: 'F.l1_loss' },
  smooth_l1: { target: 'values', callable: 'F.smooth_l1_loss' },
  huber: { target: 'values', callable: 'F.huber_loss' },
  bce: { target: 'probabilities', callable: 'F.binary_cross_entropy' },
  bce_with_logits: { target: 'probabilities', callable: 'F.binary_cross_entropy_with_logits' },
  kl_div: { target: 'probabilities', callable: 'F.kl_div' },
  poisson_nll: { target: 'counts', callable: 'F.poisson_nll_loss' },
  hinge_embedding: { target: 'signs', callable: 'F.hinge_embedding_loss' },
  soft_margin: { target: 'signs', callable: 'F.soft_margin_loss' },
  multi_margin: { target: 'classes', callable: 'F.multi_margin_loss' },
  multilabel_soft_margin: { target: 'probabilities', callable: 'F.multilabel_soft_margin_loss' },
};

/** Class and function names in code → row of `losses`. */
const namesInCode: Readonly<Record<string, string>> = {
  CrossEntropyLoss: 'cross_entropy',
  NLLLoss: 'nll',
  NLLLoss2d: 'nll',
  MSELoss: 'mse',
  L1Loss: 'l1',
  SmoothL1Loss: 'smooth_l1',
  HuberLoss: 'huber',
  BCELoss: 'bce',
  BCEWithLogitsLoss: 'bce_with_logits',
  KLDivLoss: 'kl_div',
  PoissonNLLLoss: 'poisson_nll',
  HingeEmbeddingLoss: 'hinge_embedding',
  SoftMarginLoss: 'soft_margin',
  MultiMarginLoss: 'multi_margin',
  MultiLabelSoftMarginLoss: 'multilabel_soft_margin',
  nll_loss: 'nll',
  mse_loss: 'mse',
  l1_loss: 'l1',
  smooth_l1_loss: 'smooth_l1',
  huber_loss: 'huber',
  binary_cross_entropy: 'bce',
  binary_cross_entropy_with_logits: 'bce_with_logits',
  poisson_nll_loss: 'poisson_nll',
  hinge_embedding_loss: 'hinge_embedding',
  soft_margin_loss: 'soft_margin',
  multi_margin_loss: 'multi_margin',
  multilabel_soft_margin_loss: 'multilabel_soft_margin',
};

/** Names `--loss` accepts. */
export const lossNames: readonly string[] = ['sum_squares', ...Object.keys(losses)];

/** Whether `--loss` knows it: a name of `lossNames`, or PyTorch's own. */
export const isLossName = (name: string): boolean => nameOfLoss(name) !== undefined;

/** The row of a name of `--loss` or of PyTorch's own name. */
export const lossRow = (name: string): LossRow | undefined => losses[nameOfLoss(name) ?? ''];

/** The name of `lossNames` that a name stands for: `CrossEntropyLoss` → `cross_entropy`. */
export function nameOfLoss(name: string): string | undefined {
  const known = namesInCode[name] ?? name;
  return lossNames.includes(known) ? known : undefined;
}
