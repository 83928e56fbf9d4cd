import { percent } from '../../curvature/numberText';
import { isComputed } from '../../curvature/quantity';
import type { Rule } from '../rule';

/** Half of Σ‖gᵢ‖² in this share of the samples or less. */
const FEW = 0.02;
const NAMED = 10;

export const samplesDominate: Rule = {
  code: 'HL202',
  title: 'A few samples make most of the gradient',
  documentation: `At most 2 % of the analysed samples hold half of Σ‖gᵢ‖², the summed squared norms of their gradients. The direction of training then hangs on these samples; in data that a model already fits well they are often
mislabelled, damaged or of a kind of their own.

**How it is computed.** The gradient of every analysed sample by itself (quantity C3). The table of C3 lists the samples with their losses and classes.

**When it is wrong.** Near the end of training nearly all gradients are small, and hard but correct samples stand out as they should. Fewer than 100 samples are not judged.

**What to do.** Look at the samples named. Correct or remove those that are wrong; if they are right, clip the gradient or use a loss that bounds the influence of one sample.

**Source.** Katharopoulos and Fleuret 2018, Not All Samples Are Created Equal; Lu et al. 2023, PA&DA: Jointly Sampling PAth and DAta for Consistent NAS.`,
  check: (result, facts) => {
    const share = result.quantities['C3.halfShare'];
    if (share === undefined || !isComputed(share) || share.value > FEW || share.samples * FEW < 2) return [];
    const count = Math.round(share.value * share.samples);
    const study = result.studies.find(({ id }) => id === 'C3');
    const samples = study?.tables.flatMap((table) => table.samples ?? []).slice(0, Math.min(count, NAMED)) ?? [];
    return [
      {
        ...facts.modelAt,
        code: 'HL202',
        severity: 'information',
        message:
          `${count} of ${share.samples} samples (${percent(share.value)}) hold half of the squared gradient: ${samples.join(', ')}${count > samples.length ? ', …' : ''}. ` +
          'Check their labels and contents; if they are right, clip the gradient.',
        related: [],
      },
    ];
  },
};
