/** What the front ends build on: imports, natives, unknown values, tolerant mode. */
import { describe, expect, it } from 'vitest';
import { asInts, asNumber, asShape } from '../../../server/src/python/conversions';
import { LimitExceeded, PythonException, TraceStop } from '../../../server/src/python/errors';
import type { InterpreterOptions } from '../../../server/src/python/interpreter';
import { Interpreter } from '../../../server/src/python/interpreter';
import { native, nativeClass, nativeProperty } from '../../../server/src/python/native';
import { PyDict, PyInstance, PyModule, PyTuple, Unknown } from '../../../server/src/python/values';
import type { PyValue } from '../../../server/src/python/values';

function sources(files: Readonly<Record<string, string>>): Pick<InterpreterOptions, 'sources'> {
  return {
    sources: {
      read: (path) => files[path],
      resolveModule(name) {
        const path = name.replaceAll('.', '/');
        const file = [`${path}.py`, `${path}/__init__.py`].find((candidate) => candidate in files);
        if (file !== undefined) return { file, source: files[file] ?? '', isPackage: file.endsWith('__init__.py') };
        const isFolder = Object.keys(files).some((candidate) => candidate.startsWith(`${path}/`));
        return isFolder ? { file: path, source: '', isPackage: true } : undefined;
      },
    },
  };
}

const run = (code: string, options: InterpreterOptions = {}) =>
  new Interpreter(options).runModule(code, 'main.py').attributes;
const shown = (code: string, options: InterpreterOptions = {}): string => {
  let text = '';
  new Interpreter({ ...options, print: (part) => (text += part) }).runModule(code, 'main.py');
  return text.trimEnd();
};

describe('imports', () => {
  const files = {
    'pkg/__init__.py': 'from .a import A\nfrom . import b\n__version__ = "1"\n',
    'pkg/a.py': 'from .b import helper\nfrom ..outside import O\nclass A:\n    v = helper(O)\n',
    'pkg/b.py': 'def helper(x): return x + 1\n_private = 1\nVALUE = 3\n',
    'pkg/sub/__init__.py': '',
    'pkg/sub/deep.py':
      'from ..b import VALUE\nfrom ... import outside\nfrom .. import a\nD = VALUE + outside.O + a.A.v\n',
    'outside.py': 'O = 10\n',
    'star.py': '__all__ = ["x", "_y"]\nx = 1\n_y = 2\nz = 3\n',
    'star2.py': 'x = 5\n_hidden = 6\nimport math\n',
    'cyclic1.py': 'import cyclic2\nA = 1\ndef get(): return cyclic2.B\n',
    'cyclic2.py': 'import cyclic1\nB = 2\ndef get(): return cyclic1.A\n',
    'space/inner.py': 'N = 7\n',
    'broken.py': 'x = (\n',
    'raises.py': 'raise ValueError("at import")\n',
  };
  it.each([
    ['import pkg\nprint(pkg.A.v, pkg.b.VALUE, pkg.__version__)', '11 3 1'],
    ['import pkg.sub.deep as d\nprint(d.D)', '24'],
    ['from pkg.sub import deep\nprint(deep.D, deep.__name__)', '24 pkg.sub.deep'],
    ['import pkg.sub.deep\nprint(pkg.sub.deep.D)', '24'],
    ['from star import *\nprint(x, _y, "z" in globals())', '1 2 False'],
    ['from star2 import *\nprint(x, "_hidden" in globals(), math.pi > 3)', '5 False True'],
    ['import cyclic1\nprint(cyclic1.get(), cyclic1.cyclic2.get())', '2 1'],
    ['import space.inner\nfrom space import inner\nprint(inner.N)', '7'],
    ['from pkg.b import helper as h, VALUE\nprint(h(VALUE))', '4'],
    ['import pkg.b as m\nm.VALUE = 9\nfrom pkg.b import VALUE\nprint(VALUE)', '9'],
  ])('%j', (code, expected) => {
    expect(shown(code, sources(files))).toBe(expected);
  });

  it('errors of an imported file are shown there', () => {
    const interpreter = new Interpreter(sources(files));
    expect(() => interpreter.runModule('import raises', 'main.py')).toThrow('ValueError: at import (raises.py:1:1)');
    expect(() => new Interpreter(sources(files)).runModule('import broken', 'main.py')).toThrow(
      /never closed.*broken\.py:1:5/,
    );
  });

  it('a missing name is an ImportError', () => {
    expect(() => run('from star import nope', sources(files))).toThrow(
      "ImportError: cannot import name 'nope' from 'star'",
    );
  });

  it('code that is not read is unknown, unless its absence is provided for', () => {
    const names = run(
      'import apex\nfrom timm.models import layer as L\ny = apex.amp.initialize(L)\n' +
        'try:\n    import flash_attn\n    fast = True\nexcept ImportError:\n    fast = False\n',
    );
    expect(names.get('y')).toBeInstanceOf(Unknown);
    expect((names.get('L') as Unknown).reason).toBe("module 'timm.models' is not read");
    expect((names.get('L') as Unknown).origin).toMatchObject({ line: 2 });
    expect(names.get('fast')).toBe(false);
  });

  it('a class derived from one that is not read still works', () => {
    const code =
      'import lightning as pl\nclass M(pl.LightningModule):\n    def __init__(self):\n        super().__init__()\n        self.a = 1\n        self.save_hyperparameters()\nm = M()\nx = m.a\ny = m.trainer.max_epochs';
    const names = run(code);
    expect(names.get('x')).toBe(1n);
    expect(names.get('y')).toBeInstanceOf(Unknown);
  });

  it('reads json beside the code, and nothing else', () => {
    const options = sources({ 'config.json': '{"hidden": 64, "lr": 0.1, "act": null}' });
    expect(shown('import json\nwith open("config.json") as f: c = json.load(f)\nprint(c)', options)).toBe(
      "{'hidden': 64, 'lr': 0.1, 'act': None}",
    );
    expect(run('x = open("other.txt").read()', options).get('x')).toBeInstanceOf(Unknown);
  });
});

describe('unknown values', () => {
  const unknown = 'import unread\nu = unread.value\n';
  it.each([
    'u + 1',
    '1 - u',
    'u.a.b(c=1)[2]',
    '-u',
    'u < 3',
    'u == 1',
    'not u',
    'f"{u:.2f}"',
    'str(u) + "x"',
    '[1, 2][u]',
    'u if True else 1',
    'len(u)',
    'int(u)',
    'max(u, 1)',
    'u is None',
    '"%s" % u',
    'abs(u)',
    'round(u)',
    'isinstance(u, int)',
    'u and 1',
    '{1: 2}.get(u)',
    'getattr(u, "x", 1)',
    'range(3)[u]',
  ])('%s stays unknown', (expression) => {
    const names = run(`${unknown}x = ${expression}` + (expression === 'u and 1' ? ' if 0 else u' : ''));
    expect(names.get('x')).toBeInstanceOf(Unknown);
  });

  it.each([
    ['if u: pass', 3, 4],
    ['while u > 1: pass', 3, 7],
    ['for i in u: pass', 3, 10],
    ['x = 1 if u else 2', 3, 10],
    ['[i for i in range(3) if u]', 3, 25],
    ['range(u)', 3, 1],
    ['u and 1', 3, 1],
  ])('%s stops there, and says where the value comes from', (code, line, column) => {
    try {
      run(unknown + code);
    } catch (error) {
      expect(error).toBeInstanceOf(TraceStop);
      expect((error as TraceStop).span).toMatchObject({ line, column });
      expect((error as TraceStop).reason).toContain("module 'unread' is not read (from main.py:1:8)");
      return;
    }
    expect.fail('did not stop');
  });

  it('cannot be caught by the program', () => {
    expect(() => run(`${unknown}try:\n    if u: pass\nexcept:\n    x = 1\n`)).toThrow(TraceStop);
  });
});

describe('natives', () => {
  const calls: PyValue[][] = [];
  const library = (): PyModule => {
    const module = new PyModule('lib');
    const define = (signature: string, ...names: string[]): void => {
      const callee = native(signature, (args) => {
        calls.push(names.map((name) => args[name] ?? null));
        return null;
      });
      module.attributes.set(callee.name, callee);
    };
    define('softmax(input, dim=None, *, dtype=None)', 'input', 'dim', 'dtype');
    define('pad(x, /, *sizes, mode="constant", value=-0.5, **rest)', 'x', 'sizes', 'mode', 'value', 'rest');
    define('defaults(a=(1, -2), b=[3], c=True, d=...)', 'a', 'b', 'c', 'd');
    return module;
  };
  const call = (code: string): readonly PyValue[] => {
    calls.length = 0;
    run(`import lib\n${code}`, { libraries: new Map([['lib', library]]) });
    return calls[0] ?? [];
  };

  it('binds positional, keyword, star and default arguments', () => {
    expect(call('lib.softmax(1, dtype=2)')).toEqual([1n, null, 2n]);
    const [x, sizes, mode, value, rest] = call('lib.pad(1, 2, 3, q=4)');
    expect([x, (sizes as PyTuple).items, mode, value, (rest as PyDict).entries()]).toEqual([
      1n,
      [2n, 3n],
      'constant',
      -0.5,
      [['q', 4n]],
    ]);
    expect((call('lib.defaults()')[0] as PyTuple).items).toEqual([1n, -2n]);
  });

  it.each([
    ['lib.softmax()', "TypeError: softmax() missing 1 required positional argument: 'input'"],
    ['lib.softmax(1, 2, 3)', 'TypeError: softmax() takes from 1 to 2 positional arguments but 3 were given'],
    ['lib.softmax(1, axis=2)', "TypeError: softmax() got an unexpected keyword argument 'axis'"],
    ['lib.softmax(1, input=2)', "TypeError: softmax() got multiple values for argument 'input'"],
  ])('%s', (code, message) => {
    expect(() => call(code)).toThrow(message);
  });

  it('classes can be subclassed, with properties, class methods and operators', () => {
    const options: InterpreterOptions = {
      libraries: new Map([
        [
          'lib',
          (interpreter) => {
            const module = new PyModule('lib');
            const object = interpreter.builtins.get('object') as never;
            const cls = nativeClass('Tensor', [object], {
              methods: [
                native('__init__(self, *shape)', ({ self, shape }, inner) => {
                  (self as PyInstance).payload = asShape(shape, inner, 'shape');
                  return null;
                }),
                native(
                  'size(self, dim=None)',
                  ({ self }) => new PyTuple(((self as PyInstance).payload as number[]).map(BigInt)),
                ),
                native('__add__(self, other)', ({ other = null }, inner) => asNumber(other, inner, 'other') + 0.5),
                native('__radd__(self, other)', ({ other = null }) => new PyTuple([other])),
              ],
              properties: { rank: ({ self }) => BigInt(((self as PyInstance).payload as number[]).length) },
              classMethods: [native('make(cls, n)', ({ cls = null, n = null }, inner) => inner.call(cls, [n]))],
              attributes: {
                flag: nativeProperty(
                  'flag',
                  () => 1n,
                  (self, value) => void ((self as PyInstance).payload = [Number(value)]),
                ),
              },
            });
            module.attributes.set('Tensor', cls);
            module.attributes.set(
              'pair',
              native('pair(x)', ({ x }, inner) => new PyTuple(asInts(x, 2, inner, 'x').map(BigInt))),
            );
            return module;
          },
        ],
      ]),
    };
    expect(
      shown(
        'import lib\nclass P(lib.Tensor):\n    def extra(self): return self.rank\np = P(3, 4)\nprint(p.size(), p.rank, p.extra(), p + 1, 2 + p, P.make(5).size(), type(P.make(1)).__name__, lib.pair(3), lib.pair((1, 2)))\np.flag = 9\nprint(p.flag, p.size())',
        options,
      ),
    ).toBe('(3, 4) 2 2 1.5 (2,) (5,) P (3, 3) (1, 2)\n1 (9,)');
  });

  it('exceptions raised here can be caught there', () => {
    const options: InterpreterOptions = {
      libraries: new Map([
        [
          'lib',
          () => {
            const module = new PyModule('lib');
            module.attributes.set(
              'fail',
              native('fail()', (_, inner) => inner.raise('RuntimeError', 'shapes differ')),
            );
            return module;
          },
        ],
      ]),
    };
    expect(shown('import lib\ntry:\n    lib.fail()\nexcept RuntimeError as e:\n    print(e)', options)).toBe(
      'shapes differ',
    );
    expect(() => run('import lib\nx = 1\ny = [lib.fail()]', options)).toThrow(
      'RuntimeError: shapes differ (main.py:3:6)',
    );
  });

  it("library code written in Python shows the user's call", () => {
    const options: InterpreterOptions = {
      libraries: new Map([
        [
          'lib',
          (interpreter) =>
            interpreter.runLibrarySource(
              'def f(x):\n    return g(x)\ndef g(x):\n    return x.missing\n',
              '<lib>/lib.py',
              'lib',
            ),
        ],
      ]),
    };
    expect(() => run('import lib\n\nz = 1 + lib.f(3)', options)).toThrow(
      /'int' object has no attribute 'missing' \(main\.py:3:9\)/,
    );
  });

  it('evaluates expressions in a module and calls from outside', () => {
    const interpreter = new Interpreter();
    const module = interpreter.runModule(
      'class Net:\n    def __init__(self, n, act="relu"): self.n, self.act = n, act\n    def __call__(self, x): return x * sum(self.n)\n',
      'net.py',
    );
    const net = interpreter.evaluateExpression(' Net([2, 2], act="tanh")', module);
    expect(interpreter.getAttribute(net, 'act')).toBe('tanh');
    expect(interpreter.call(net, [3n])).toBe(12n);
    expect(() => interpreter.evaluateExpression('Net(', module)).toThrow("'(' was never closed");
    expect(() => interpreter.evaluateExpression('Net()', module)).toThrow(PythonException);
  });
});

describe('tolerant mode', () => {
  const tolerant = (code: string): { names: Map<string, PyValue>; lines: (number | undefined)[] } => {
    const interpreter = new Interpreter({ mode: 'tolerant' });
    const module = interpreter.runModule(code, 'train.py');
    return { names: module.attributes, lines: interpreter.incidents.map(({ span }) => span?.line) };
  };

  it('skips what fails and marks its targets unknown', () => {
    const { names, lines } = tolerant(
      'a = 1\nb, (c, *d) = undefined()\nx.y = 3\nimport torchvision as tv\ne = tv.load()\nf = a + 1\n',
    );
    expect(lines).toEqual([2, 3]);
    for (const name of ['b', 'c', 'd', 'e']) expect(names.get(name)).toBeInstanceOf(Unknown);
    expect(names.get('f')).toBe(2n);
  });

  it('runs both branches of an unknown condition', () => {
    const { names } = tolerant(
      'import m\nsame = 1\nif m.cuda():\n    device = "cuda"\n    same = 2\n    only = 1\nelse:\n    device = "cpu"\n    same = 2\n',
    );
    expect(names.get('device')).toBeInstanceOf(Unknown);
    expect(names.get('same')).toBe(2n);
    expect(names.get('only')).toBe(1n);
  });

  it('runs cheap loops to their end, and forgets what others count', () => {
    const { names } = tolerant(
      'import m\nn = k = w = 0\nseen = []\nfor epoch in range(100): n += 1\nfor batch in m.loader: k += 1\nwhile True: w += 1\nfor x in ["a", "b", "c"]: seen.append(x)\n',
    );
    expect(names.get('n')).toBe(100n);
    for (const name of ['k', 'w']) expect(names.get(name)).toBeInstanceOf(Unknown);
    expect((names.get('seen') as { items: PyValue[] } | undefined)?.items).toEqual(['a', 'b', 'c']);
  });

  it('knows what a list holds although not how much', () => {
    const { names } = tolerant(
      'import m\nlines = []\nfor line in m.file: lines.append(7)\nfirst = lines[0]\ncount = len(lines)\ndoubled = [2 * x for x in lines][3]\n',
    );
    expect(names.get('first')).toBe(7n);
    expect(names.get('count')).toBeInstanceOf(Unknown);
    expect(names.get('doubled')).toBe(14n);
  });

  it('does not know how long a list is that grows in functions called from such a loop', () => {
    const { names } = tolerant(`
import m
class Dictionary:
    def __init__(self):
        self.words, self.index = [], {}
    def add(self, word):
        local = []
        local.append(word)
        self.size = len(local)
        self.words.append(word)
        self.index[word] = 1
words = Dictionary()
for word in m.file: words.add(word)
count, entries, local, first = len(words.words), len(words.index), words.size, words.words[0]
`);
    for (const name of ['count', 'entries']) expect(names.get(name)).toBeInstanceOf(Unknown);
    expect(names.get('local')).toBe(1n);
  });

  it('follows main() and argparse defaults', () => {
    const { names, lines } = tolerant(`
import argparse, torch
def parse():
    p = argparse.ArgumentParser()
    p.add_argument('--lr', type=float, default=0.1)
    p.add_argument('--data', required=True)
    return p.parse_args()
found = {}
def main():
    args = parse()
    if not torch.cuda.is_available():
        raise RuntimeError('needs a GPU')
    found['lr'] = args.lr
    found['data'] = args.data
    for epoch in range(10):
        found['epoch'] = epoch
        loss = torch.step(epoch)
        if loss.item() > 3:
            return
    found['end'] = True
if __name__ == '__main__':
    main()
`);
    const found = names.get('found') as PyDict;
    expect(found.get('lr')).toBe(0.1);
    expect(found.get('data')).toBeInstanceOf(Unknown);
    expect(found.get('end')).toBe(true);
    expect(lines).toEqual([12]);
  });

  it('a try in the script still catches', () => {
    const { names } = tolerant('try:\n    x = int("q")\n    y = 1\nexcept ValueError:\n    x = 5\n');
    expect(names.get('x')).toBe(5n);
    expect(names.has('y')).toBe(false);
  });

  it('joins the values a function may return', () => {
    const { names } = tolerant(
      'import m\ndef f():\n    if m.x: return 1\n    return 2\ndef g():\n    if m.x: return 3\n    return 3\na, b = f(), g()\n',
    );
    expect(names.get('a')).toBeInstanceOf(Unknown);
    expect(names.get('b')).toBe(3n);
  });

  it('still ends', () => {
    expect(() => tolerant('def f(): return f() + f()\nx = f()')).toThrow(LimitExceeded);
  });
});
