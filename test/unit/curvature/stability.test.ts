import { describe, expect, test } from 'vitest';
import type { MomentumSettings } from '../../../server/src/curvature/estimators/stability';
import { largestStableRate, marginAt, momentumThreshold } from '../../../server/src/curvature/estimators/stability';

/** |θ| after `steps` of torch.optim.SGD's update on ½λθ², started off balance. */
function simulate(lambda: number, learningRate: number, settings: MomentumSettings, steps: number): number {
  const { momentum, nesterov, dampening, weightDecay } = settings;
  let [theta, buffer] = [1, 0];
  let first = true;
  for (let i = 0; i < steps && Math.abs(theta) < 1e200; i++) {
    const gradient = lambda * theta + weightDecay * theta;
    let update = gradient;
    if (momentum !== 0) {
      buffer = first ? gradient : momentum * buffer + (1 - dampening) * gradient;
      update = nesterov ? gradient + momentum * buffer : buffer;
    }
    first = false;
    theta -= learningRate * update;
  }
  return Math.abs(theta);
}

const cases: [string, MomentumSettings][] = [
  ['gradient descent', { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 }],
  [
    'gradient descent with dampening, which then does nothing',
    { momentum: 0, nesterov: false, dampening: 0.5, weightDecay: 0 },
  ],
  ['gradient descent with weight decay', { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0.7 }],
  ['heavy ball', { momentum: 0.9, nesterov: false, dampening: 0, weightDecay: 0 }],
  ['heavy ball, little momentum', { momentum: 0.3, nesterov: false, dampening: 0, weightDecay: 0.2 }],
  ['heavy ball with dampening', { momentum: 0.9, nesterov: false, dampening: 0.4, weightDecay: 0.1 }],
  ['Nesterov', { momentum: 0.9, nesterov: true, dampening: 0, weightDecay: 0 }],
  ['Nesterov with weight decay', { momentum: 0.5, nesterov: true, dampening: 0, weightDecay: 0.3 }],
];

describe.each(cases)('%s', (_, settings) => {
  test.each([0.01, 1, 80])('converges just below its limit and diverges just above, λ = %f', (lambda) => {
    const limit = largestStableRate(momentumThreshold(settings), lambda);
    expect(simulate(lambda, 0.99 * limit, settings, 20_000)).toBeLessThan(1e-6);
    expect(simulate(lambda, 1.01 * limit, settings, 20_000)).toBeGreaterThan(1e6);
    expect(marginAt(momentumThreshold(settings), limit, lambda)).toBeCloseTo(1, 12);
  });
});

test('published limits: 2/λ, 2(1+β)/λ, 2(1+β)/((1+2β)λ)', () => {
  const plain = { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 };
  expect(largestStableRate(momentumThreshold(plain), 10)).toBeCloseTo(0.2, 12);
  expect(largestStableRate(momentumThreshold({ ...plain, momentum: 0.9 }), 10)).toBeCloseTo(0.38, 12);
  expect(largestStableRate(momentumThreshold({ ...plain, momentum: 0.9, nesterov: true }), 10)).toBeCloseTo(
    3.8 / 28,
    12,
  );
});

test('without positive curvature no learning rate is too large', () => {
  const plain = { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 };
  expect(largestStableRate(momentumThreshold(plain), -1)).toBe(Infinity);
  expect(marginAt(momentumThreshold(plain), 5, -1)).toBe(0);
});
