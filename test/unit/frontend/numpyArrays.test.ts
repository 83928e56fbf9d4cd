/** numpy and inspect as model code uses them. Expected values: numpy 2 and CPython 3.11. */
import { describe, expect, it } from 'vitest';
import { openSession } from '../../../server/src/frontend/torch/session';
import { expressionScope } from '../../../server/src/frontend/torch/traceScope';

const nothing = { read: () => undefined, resolveModule: () => undefined };

const source = `
import inspect
import numpy as np
import torch

class A:
    def __init__(self, a, b=2, *c, d, **e): pass
    def m(self, q): pass
`;
const session = openSession({ file: 'model.py', source, sources: nothing, seed: 0 });

const valueOf = (expression: string): string =>
  session.interpreter.repr(session.interpreter.evaluateExpression(expression, expressionScope(session, expression)));

describe('numpy in model code', () => {
  it.each([
    ['np.pi', '3.141592653589793'],
    ['np.sqrt(6 / 4)', '1.224744871391589'],
    ['np.prod([3, 4])', '12'],
    ['int(np.log2(8))', '3'],
    ["3 * np.ceil(np.log(32)).astype('int').item()", '12'],
    ['np.floor(2.5).astype(np.int64) + np.sqrt(4).astype(float)', '4.0'],
    ['(np.array([1, 2]) / 2).tolist()', '[0.5, 1.0]'],
    ['(2 ** np.arange(6).reshape(2, 3)).tolist()', '[[1, 2, 4], [8, 16, 32]]'],
    ['[p for p in np.linspace(0, 0.5, 3)]', '[0.0, 0.25, 0.5]'],
    ['np.arange(6).reshape(2, 3).std()', '1.707825127659933'],
    ["np.triu(np.ones((3, 3)), k=1).astype('uint8').tolist()", '[[0, 1, 1], [0, 0, 1], [0, 0, 0]]'],
    ['np.cumsum([1, 2, 3]).tolist()', '[1, 3, 6]'],
    ['np.meshgrid(np.arange(2), np.arange(3))[0].tolist()', '[[0, 1], [0, 1], [0, 1]]'],
    ['np.float32(0.1) == 0.1', 'False'],
    ['np.power(10000, 2 / 8)', '10.0'],
    ['np.array([[1, 2], [3, 4.5]]).dtype', "dtype('float64')"],
    ['np.array(([1, 2], (3, 4))).dtype', "dtype('int64')"],
    ['np.array([np.array([1, 2]), [3, 0.5]]).tolist()', '[[1.0, 2.0], [3.0, 0.5]]'],
    ['np.zeros(2, dtype=np.float).tolist()', '[0.0, 0.0]'],
    ['torch.from_numpy(np.array([1.0, 2.0])).dtype', 'torch.float64'],
    ['torch.tensor(np.ones((2, 2)), dtype=torch.float32).dtype', 'torch.float32'],
    ['tuple(torch.FloatTensor(np.array([1, 2])).shape)', '(2,)'],
  ])('%s', (expression, expected) => {
    expect(valueOf(expression)).toBe(expected);
  });

  it('makes a table of positions, number by number, within a reading', () => {
    const { steps } = session.interpreter;
    const table = 'np.array([[p / np.power(10000, 2 * (j // 2) / 200) for j in range(200)] for p in range(200)])';
    expect(valueOf(`${table}[199, 3]`)).toBe('181.49015703182602');
    // A list of a script may take 500,000 steps, which a table of 256 × 128 numbers has to keep; times depend on what else the machine does.
    expect((session.interpreter.steps - steps) / (200 * 200)).toBeLessThan(500_000 / (256 * 128));
  });

  it('draws random numbers without a value of its own', () => {
    expect(valueOf('(np.random.seed(0), np.random.rand(2, 3).shape)')).toBe('(None, (2, 3))');
  });
});

describe('inspect', () => {
  it.each([
    ['list(inspect.signature(A).parameters)', "['a', 'b', 'c', 'd', 'e']"],
    ['list(inspect.signature(A(1, d=2).m).parameters)', "['q']"],
    ['inspect.signature(A).parameters["b"].default', '2'],
    ['inspect.getfullargspec(A.__init__).args', "['self', 'a', 'b']"],
    ['inspect.isclass(A), inspect.isfunction(A), inspect.isclass(3)', '(True, False, False)'],
  ])('%s', (expression, expected) => {
    expect(valueOf(expression)).toBe(expected);
  });
});
