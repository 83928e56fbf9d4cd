import { short } from '../../curvature/numberText';
import { isComputed } from '../../curvature/quantity';
import type { Rule } from '../rule';

/** Relative error of products from which on it is told although the largest curvature stands above the floor. */
const TOLD = 0.01;

export const curvatureIsRounding: Rule = {
  code: 'HL305',
  title: 'Curvature is below the rounding of float32',
  documentation: `Hessian-vector products in float32 differ from those in float64 by more than the largest curvature that was met (a warning), or by more than a hundredth of their
length (information). Eigenvalues, traces and limits computed in float32 are then rounding, wholly or in part, and so are second-order steps of a training in float32.

**How it is computed.** D6.floor, the largest ‖(Ĥ − H)v‖ over eigenvectors of A1 and random directions of length 1, against D6.curvature, the largest |vᵀHv| along the same directions in
float64; D6.productError is the relative difference. On up to 16 samples. Computed on demand: \`--quantities D6\`.

**When it is wrong.** More samples average rounding out in part. Directions that were not tried may be worse or better.

**What to do.** Analyse with --precision float64. In training: scale inputs and targets to about one, avoid differences of large numbers in the loss (log-sum-exp instead of log of a sum),
or compute the loss in float64.

**Source.** Hrycej, Bermeitinger and Handschuh 2022, Training Neural Networks in Single vs. Double Precision.`,
  check: (result, { modelAt }) => {
    const { 'D6.floor': floor, 'D6.curvature': curvature, 'D6.productError': relative } = result.quantities;
    if (floor === undefined || curvature === undefined || !isComputed(floor) || !isComputed(curvature)) return [];
    const finding = { ...modelAt, code: 'HL305', related: [] };
    if (floor.value > 0 && floor.value >= curvature.value)
      return [
        {
          ...finding,
          severity: 'warning',
          message: `Rounding to float32 moves products with the Hessian by ${short(floor.value)}, and the largest curvature met is ${short(curvature.value)}: numbers about curvature are rounding here. Analyse with --precision float64.`,
        },
      ];
    if (relative === undefined || !isComputed(relative) || !((relative.interval.low ?? 0) >= TOLD)) return [];
    return [
      {
        ...finding,
        severity: 'information',
        message: `Products with the Hessian in float32 are off by ${short(100 * relative.value)} % of their length: small eigenvalues are rounding. Analyse with --precision float64.`,
      },
    ];
  },
};
