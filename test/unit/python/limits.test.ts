/** Every program ends, with an error that names the place. */
import { describe, expect, it } from 'vitest';
import { LimitExceeded } from '../../../server/src/python/errors';
import type { InterpreterOptions } from '../../../server/src/python/interpreter';
import { Interpreter } from '../../../server/src/python/interpreter';
import { PythonSyntaxError } from '../../../server/src/python/errors';

function limitOf(code: string, options: InterpreterOptions = {}): LimitExceeded {
  try {
    new Interpreter(options).runModule(code, 'm.py');
  } catch (error) {
    if (error instanceof LimitExceeded) return error;
    throw error;
  }
  throw new Error('the program ended by itself');
}

describe('endless programs', () => {
  it.each([
    ['a while loop', 'x = 0\nwhile True:\n    x += 1\n', 2],
    ['an empty loop', 'while True: pass', 1],
    ['a loop that catches everything', 'while True:\n    try:\n        raise ValueError\n    except: pass', undefined],
    ['a loop that finally continues', 'while 1:\n    try:\n        pass\n    finally:\n        continue', 1],
    ['a native consumer', 'x = 1\nsum(range(10**12))', 2],
    ['membership in a huge range', '"x" in range(10**12)', 1],
  ])('%s ends by steps, at its line', (_, code, line) => {
    const error = limitOf(code, { limits: { steps: 100_000 } });
    expect(error.reason).toContain('100,000 steps');
    if (line !== undefined) expect(error.span?.line).toBe(line);
  });

  it('ends by the clock', () => {
    let now = 0;
    const error = limitOf('while True:\n  x = 1', { now: () => (now += 500), limits: { seconds: 3, steps: Infinity } });
    expect(error.reason).toContain('within 3 s');
  });

  it.each([
    ['recursion', 'def f(n):\n    return f(n + 1)\nf(0)', 2],
    ['__repr__', 'class A:\n    def __repr__(self): return repr(self)\nrepr(A())', 2],
    ['a property', 'class A:\n  @property\n  def x(self): return self.x\nA().x', 3],
    ['__getattr__', 'class A:\n  def __getattr__(self, n): return self.zz\nA().x', 2],
    ['generators inside generators', 'def g(n):\n    yield n\n    yield from g(n + 1)\nlist(g(0))', 3],
    ['mutual recursion through lambdas', 'f = lambda n: g([h(n) for h in [g]])\ng = lambda n: f(n)\nf(1)', undefined],
  ])('%s ends by depth', (_, code, line) => {
    const error = limitOf(code);
    expect(error.reason).toContain('200 calls inside each other');
    if (line !== undefined) expect(error.span?.line).toBe(line);
  });

  it('allows 190 calls inside each other through every kind of call', () => {
    const code = `
class A:
    def __init__(self, n): self.n = n
    def __call__(self, *args, **kwargs): return [self.step(*args, **kwargs) for _ in range(1)][0]
    def step(self, *args, **kwargs):
        with self as me:
            try:
                return 0 if me.n <= 0 else (1 + A(me.n - 1)(*[a for a in args], **kwargs))
            finally:
                pass
    def __enter__(self): return self
    def __exit__(self, *args): return None
result = A(60)(1, k=2)
`;
    expect(new Interpreter().runModule(code, 'm.py').attributes.get('result')).toBe(60n);
  });
});

describe('sizes', () => {
  it.each([
    ['[0] * 10**9'],
    ["'a' * 10**10"],
    ['list(range(10**9))'],
    ['sorted(range(10**9))'],
    ['set(range(10**9))'],
    ['10**10**10'],
    ['1 << 10**12'],
    ["'%1000000000d' % 1"],
    ["f'{1:1000000000}'"],
    ["'a'.rjust(10**9)"],
    ['bytes(10**10)'],
    ["','.join(['a' * 1000000] * 1000)"],
    ["'a'.replace('a', 'b' * 4000000).replace('b', 'cccc')"],
  ])('%s is refused before it is made', (expression) => {
    const error = limitOf(`x = 1\ny = ${expression}`);
    expect(error.reason).toMatch(/exceeds the limit/);
    expect(error.span?.line).toBe(2);
  });

  it.each([
    ['squaring', 'x = 3\nwhile True: x = x * x'],
    ['doubling text', "x = 'ab'\nwhile True: x = x + x"],
    ['many lists', 'l = []\nwhile True: l.append([0] * 1000000)'],
    ['an exponential repr', 'x = [1]\nfor i in range(60): x = [x, x]\nrepr(x)'],
  ])('%s ends', (_, code) => {
    expect(limitOf(code).span?.file).toBe('m.py');
  });

  it.each([
    ['repr', 'repr(x)'],
    ['comparison', 'x == y'],
    ['copying', 'import copy; copy.deepcopy(x)'],
  ])('%s of deeply nested data ends with a place', (_, use) => {
    const error = limitOf(`x = []\ny = []\nfor i in range(100000): x, y = [x], [y]\n${use}`);
    expect(error.reason).toContain('nested too deeply');
    expect(error.span?.line).toBe(4);
  });

  it('deeply nested text is a syntax error', () => {
    expect(() => new Interpreter().runModule('('.repeat(100_000), 'm.py')).toThrow(PythonSyntaxError);
    expect(() => new Interpreter().runModule('not '.repeat(100_000) + '1', 'm.py')).toThrow(PythonSyntaxError);
    expect(() => new Interpreter().runModule('-'.repeat(100_000) + '1', 'm.py')).toThrow(PythonSyntaxError);
  });
});
