/** What the catalogue says of a quantity, and the phrases that many entries share. */
export interface QuantityDefinition {
  /** What a reader calls it. */
  readonly title: string;
  readonly unit: string;
  readonly formula: string;
  /** How it is estimated and where its error comes from. */
  readonly estimator: string;
  /** What has to hold for the number to mean what it says. */
  readonly assumptions: string;
  readonly source: string;
}

/** Part of the catalogue, by `ID.name`. */
export type Section = Readonly<Record<string, QuantityDefinition>>;

export const NOISE = 'McCandlish, Kaplan, Amodei et al. 2018, An Empirical Model of Large-Batch Training';
export const MEAN_LOSS = 'The loss is the mean over samples; θ are the trainable parameters.';
export const SAMPLES = 'Samples are drawn independently; the loss of a batch is the mean of a loss per sample.';
export const QUADRATIC =
  'The loss is quadratic along the step and the full gradient is used; mini-batch noise lowers the limit (B3).';
export const curvature = 'loss / parameter²';
export const rate = 'learning rate';
