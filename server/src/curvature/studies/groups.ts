/** What people ask for together: each group has a command in the editor, a name for `--quantities`, and a page in the panel. */
export const studyGroups = {
  spectrum: {
    title: 'Explain the spectrum',
    about:
      'Rank and effective dimension, the spectrum of each class, other curvature matrices, and which layers interact.',
  },
  stability: {
    title: 'Explain stability',
    about:
      'Stability of adaptive and mini-batch training, warm-up, checkpoints over time, and how far the quadratic model holds.',
  },
  batchSize: {
    title: 'Batch-size study',
    about: 'Sharpness of sub-batches, the largest stable learning rate for every batch size, and scaling rules.',
  },
  samples: {
    title: 'Noise and samples',
    about:
      'Which samples dominate the gradient, how heavy its tails are, and what importance sampling, clipping and variance reduction would gain.',
  },
  conditioning: {
    title: 'Explain conditioning',
    about:
      'Condition numbers with and without preconditioners, weight matrices, Lipschitz bounds, precision and damping.',
  },
  propagation: {
    title: 'Signal propagation',
    about: 'Activations forward and gradients backward through the layers: vanishing, exploding and dead units.',
  },
  quantisation: {
    title: 'Plan quantisation',
    about:
      'How much each layer suffers from few bits, and the best bit widths under a budget; predicted against measured.',
  },
  pruning: {
    title: 'Plan pruning',
    about: 'What removing weights or channels costs, by four saliency measures; predicted against measured.',
  },
  whatIf: {
    title: 'What if I train with…',
    about:
      'Real training steps from this checkpoint with several optimizers, learning rates and batch sizes: which diverge.',
  },
} as const;

export type StudyGroup = keyof typeof studyGroups;

export const isStudyGroup = (name: string): name is StudyGroup => name in studyGroups;
