#: registry by decorator
REG = {}
def register(name=None):
    def add(cls):
        REG[name or cls.__name__.lower()] = cls
        return cls
    return add
@register()
class Alpha: pass
@register('b')
class Beta(Alpha): pass
print(sorted(REG), REG['b']().__class__.__name__, globals()['Alpha'] is REG['alpha'], getattr(REG['b'], '__mro__')[1] is Alpha)
#: setattr and getattr loops
class Net:
    def __init__(self, n):
        for i in range(n):
            setattr(self, f'layer{i}', (i, i * 2))
        self.names = [k for k in self.__dict__ if k.startswith('layer')]
    def forward(self): return [getattr(self, name)[1] for name in self.names]
net = Net(4)
print(net.forward(), net.names, hasattr(net, 'layer9'))
#: module-like registration through __setattr__
class Param:
    def __init__(self, v): self.v = v
class Mod:
    def __init__(self):
        object.__setattr__(self, '_params', {})
        object.__setattr__(self, '_mods', {})
    def __setattr__(self, k, v):
        if isinstance(v, Param): self._params[k] = v
        elif isinstance(v, Mod): self._mods[k] = v
        else: object.__setattr__(self, k, v)
    def __getattr__(self, k):
        for store in ('_params', '_mods'):
            d = self.__dict__.get(store, {})
            if k in d: return d[k]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{k}'")
    def __delattr__(self, k):
        if k in self._params: del self._params[k]
        else: object.__delattr__(self, k)
    def named(self, prefix=''):
        for k, p in self._params.items(): yield prefix + k, p.v
        for k, m in self._mods.items(): yield from m.named(prefix + k + '.')
class Inner(Mod):
    def __init__(self):
        super().__init__()
        self.w = Param(1)
        self.plain = 5
class Outer(Mod):
    def __init__(self):
        super(Outer, self).__init__()
        self.a = Inner(); self.b = Inner(); self.bias = Param(9)
m = Outer()
print(list(m.named()), m.a.w.v, m.b.plain)
del m.bias
try:
    m.bias
except AttributeError as e:
    print(e)
m.a.w.v = 3
print(dict(m.named()))
#: forgetting super().__init__
class B(object):
    def __setattr__(self, k, v):
        if '_ready' not in self.__dict__: raise AttributeError('cannot assign before __init__() call')
        object.__setattr__(self, k, v)
try:
    B().x = 1
except AttributeError as e: print(e)
#: kwargs passing through several layers
def inner(a, *args, scale=1, **kw): return a, args, scale, sorted(kw.items())
def middle(*args, **kwargs): return inner(*args, **{**kwargs, 'extra': True})
def outer(cfg, **over): return middle(cfg['a'], *cfg.get('rest', []), **{k: v for k, v in cfg.items() if k not in ('a', 'rest')}, **over)
print(outer({'a': 1, 'rest': [2, 3], 'scale': 4}, z=5), outer({'a': 0}))
#: tuples as sizes
def pair(x): return tuple(x) if isinstance(x, (list, tuple)) else (x, x)
img, patch = pair(224), pair((16, 16))
print((img[0] // patch[0]) * (img[1] // patch[1]), *[h // p for h, p in zip(img, patch)], pair([1, 2]) + (3,), pair(2) == (2, 2))
#: stage configuration with nested tuples and None
cfg = [(3, 16, 1), (3, 24, 2, True), None, ('dw', {'k': 5})]
for i, item in enumerate(cfg):
    if item is None: continue
    head, *rest = item
    print(i, head, rest, len(item), item[-1] if isinstance(item[-1], dict) else '-')
#: class attributes as configuration and type(self)
class Base:
    depth = 1
    cfg = dict(width=8)
    def total(self): return type(self).depth * self.cfg['width']
class Deep(Base):
    depth = 3
    cfg = {**Base.cfg, 'width': 16}
print(Base().total(), Deep().total(), Deep.cfg is Base.cfg)
#: mutable class attribute shared and shadowed
class A:
    shared = []
    n = 0
    def add(self, x):
        self.shared.append(x)
        self.n += 1
        return self
a, b = A().add(1), A().add(2)
print(a.shared, A.shared is b.shared, a.n, A.n)
#: method chaining and returning self
class B:
    def __init__(self): self.ops = []
    def __getattr__(self, name):
        if name.startswith('_'): raise AttributeError(name)
        def op(*a): self.ops.append((name, a)); return self
        return op
print(B().conv(1, 2).relu().ops)
#: lambda tables and dispatch
act = {'relu': lambda x: max(x, 0), 'neg': lambda x: -x, None: lambda x: x}
print([act[k](v) for k, v in [('relu', -3), ('neg', 2), (None, 7)]], (lambda f, *a: f(*a))(max, 1, 5))
#: recursion over nested structures
def flatten(t, prefix=''):
    out = {}
    for k, v in t.items():
        key = f'{prefix}.{k}' if prefix else k
        if isinstance(v, dict): out.update(flatten(v, key))
        else: out[key] = v
    return out
print(flatten({'a': {'b': 1, 'c': {'d': 2}}, 'e': 3}))
def apply(fn, x):
    if isinstance(x, (list, tuple)): return type(x)(apply(fn, i) for i in x)
    if isinstance(x, dict): return {k: apply(fn, v) for k, v in x.items()}
    return fn(x)
print(apply(lambda v: v + 1, {'a': [1, (2, 3)], 'b': 4}))
#: string driven construction
spec = 'conv:3-64, pool, fc:10'
parsed = [(p.strip().split(':')[0], [int(q) for q in p.split(':')[1].split('-')] if ':' in p else []) for p in spec.split(',')]
print(parsed, eval('dict(a=1, b=[1, 2])'), 'Net' + '_'.join(map(str, [1, 2])), '{}x{}'.format(*(3, 4)))
#: conditional imports and try
try:
    import this_does_not_exist as lib
    HAS = True
except ImportError:
    lib, HAS = None, False
else:
    print('never')
finally:
    print('done')
print(HAS, lib is None)
#: assertion and errors as control flow
def check(n, heads):
    assert n % heads == 0, f'{n} not divisible by {heads}'
    if heads > 8: raise ValueError(f'heads must be <= 8, got {heads!r}')
    return n // heads
for args in [(8, 2), (7, 2), (90, 9)]:
    try: print(check(*args))
    except (AssertionError, ValueError) as e: print(type(e).__name__, e)
#: number helpers of model code
import math
def make_div(v, d=8, lo=None):
    new = max(lo or d, int(v + d / 2) // d * d)
    return new + d if new < 0.9 * v else new
depth = [int(math.ceil(d * 1.8)) for d in (1, 2, 2, 3)]
dp = [0.1 * i / 11 for i in range(3)]
print([make_div(32 * w) for w in (0.5, 0.75, 1.0, 1.4)], depth, [round(x, 6) for x in dp], int(math.log2(64)), 2 ** (5 - 1), -(-7 // 2), [16 << i for i in range(3)], 10 ** -3, 1e-3 == 10 ** -3)
#: positional encoding arithmetic
rows = [[math.sin(p / 10000 ** (2 * (i // 2) / 4)) if i % 2 == 0 else math.cos(p / 10000 ** (2 * (i // 2) / 4)) for i in range(4)] for p in range(2)] if (math := __import__('math')) else []
print([[round(v, 8) for v in r] for r in rows])
#: generators as layers
def blocks(n):
    for i in range(n):
        yield f'block{i}'
        if i < n - 1: yield 'pool'
print(list(blocks(3)), [*blocks(1), 'head'], dict(enumerate(blocks(2))), ' > '.join(blocks(2)))
#: zip, slicing and pairwise of channels
ch = [3, 16, 32, 64]
print(list(zip(ch[:-1], ch[1:])), list(zip(ch, ch[1:], ch[2:])), ch[::-1], [a * b for a, b in zip(ch, reversed(ch))], ch[-1:] + ch[:1], sum(a * b for a, b in zip(ch[:-1], ch[1:])))
#: global state and counters
_id = 0
def fresh(prefix='n'):
    global _id
    _id += 1
    return f'{prefix}{_id}'
print([fresh() for _ in range(3)], fresh('x'), _id)
#: closures capturing loop variables properly
fns = []
for i in range(3):
    def f(x, i=i): return x + i
    fns.append(f)
print([f(10) for f in fns], f.__defaults__)
#: multiple inheritance mixins with super and kwargs
class Log:
    def __init__(self, *a, tag='log', **k): self.tag = tag; super().__init__(*a, **k)
class Core:
    def __init__(self, n): self.n = n
    def run(self): return [self.n]
class Twice:
    def run(self): return super().run() * 2
class Net(Log, Twice, Core):
    def run(self): return [self.tag] + super().run()
print(Net(3, tag='t').run(), Net(4).tag)
#: properties computed from others, and hasattr with property errors
class C:
    def __init__(self): self._x = None
    @property
    def x(self):
        if self._x is None: raise AttributeError('not set')
        return self._x
    @property
    def twice(self): return self.x * 2
c = C(); print(hasattr(c, 'x'), getattr(c, 'twice', 'none'))
c._x = 4; print(c.x, c.twice, hasattr(c, 'x'))
#: __len__, __iter__ and slicing of containers of layers
class Seq:
    def __init__(self, *l): self.l = list(l)
    def __getitem__(self, i): return Seq(*self.l[i]) if isinstance(i, slice) else self.l[i]
    def __len__(self): return len(self.l)
    def __iter__(self): return iter(self.l)
    def __setitem__(self, i, v): self.l[i] = v
    def __add__(self, o): return Seq(*self, *o)
s = Seq('a', 'b', 'c')
s[-1] = 'z'
print(len(s), list(s[1:]), s[-1], [x for x in s + s[:1]], 'b' in s, list(reversed(s)), list(enumerate(s)), *s)
#: exec defined functions and nested f-strings
src = '\n'.join(f'def op{i}(x): return x * {i}' for i in range(3))
exec(src)
print([globals()[f'op{i}'](5) if f'op{i}' in globals() else eval(f'op{i}')(5) for i in range(3)], f"{', '.join(f'{k}={v}' for k, v in dict(a=1, b=2).items())}")
#: chained string building and formatting of shapes
shape = (2, 3, 4)
print('x'.join(map(str, shape)), f'{shape}', f'{shape[0]}x{shape[-1]}', '%s' % (shape,), 'Size(%s)' % ', '.join(['%d' % d for d in shape]), f'{"Layer":<10}|{"Param":>8}|', '-' * 10, f'{12345678:,d} params', f'{0.000123:.2e}', f'{98.7654:.1f}%')
#: sets and dict order
seen, order = set(), []
for n in [3, 1, 3, 2, 1]:
    if n not in seen: seen.add(n); order.append(n)
d = {}
for k in 'hello': d[k] = d.get(k, 0) + 1
print(order, d, sorted(d, key=d.get, reverse=True)[0], max(d, key=lambda k: (d[k], k)), {v: k for k, v in d.items()}, list(dict.fromkeys([3, 1, 3])))
#: bit operations and integer parsing
print(int('0b11', 2), int('z', 36), bin(5 | 8), 0xFF & ~0xF, (1 << 5) - 1, 5 ^ 1, not 5 & 2, True + True, sum([True, False, True]), int(True), -5 >> 1, 2 ** 0.5 * 2 ** 0.5, 1 / 3 * 3 == 1.0, 0.1 * 3)
#: deep copies of layers
import copy
class Layer:
    def __init__(self, n): self.n = n; self.w = [n]
def clones(m, k): return [copy.deepcopy(m) for _ in range(k)]
l = Layer(2); cs = clones(l, 2); cs[0].w.append(9); shared = [l] * 2
print(cs[0].w, cs[1].w, l.w, shared[0] is shared[1], cs[0] is cs[1])
#: while loops computing sizes
size, n = 224, 0
while size > 7:
    size = (size + 2 * 1 - 3) // 2 + 1
    n += 1
print(size, n)
k, steps = 27, 0
while k != 1: k, steps = (k // 2 if k % 2 == 0 else 3 * k + 1), steps + 1
print(steps)
#: weird but legal
x = [1, 2, 3]
x[0], x[x[0]] = x[1], 9
i = 0
i, x[i] = 2, 7
print(x, i, (1,)[0], [][:], ''.join([]), {}.get('a', {}).get('b'), [[]] == [[]], 3 if [] else 4, *[], not not 1, 1 if 0 else 2 if 0 else 3, (lambda: (yield))().__class__.__name__)
