import type { AnalysisOptions } from '../analysis/options';

/** Where the script has no weight decay, the damping is this share of the largest eigenvalue. */
const USUAL_DAMPING = 1e-3;

/** The α of (H + αI): weight decay adds it to the curvature of the loss. */
export function dampingOf(
  { optimizer }: Pick<AnalysisOptions, 'optimizer'>,
  largest: number,
): { readonly alpha: number; readonly origin: string } {
  const decay = optimizer?.weightDecay ?? 0;
  return decay > 0
    ? { alpha: decay, origin: 'the weight decay' }
    : { alpha: USUAL_DAMPING * largest, origin: 'a thousandth of the largest eigenvalue' };
}
