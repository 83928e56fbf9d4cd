#: instance, class and method attributes
class A:
    n = 0
    items = []
    def __init__(self): A.n += 1; self.items.append(A.n)
    def get(self): return self.n
a, b = A(), A()
a.n = 10
print(A.n, a.n, b.n, A.items, a.get(), A.get(b), a.__dict__)
#: inheritance and super
class A:
    def __init__(self, x): self.x = x
    def f(self): return 'A.f'
class B(A):
    def __init__(self, x, y):
        super(B, self).__init__(x)
        self.y = y
    def f(self): return 'B' + super().f()
class C(B):
    def f(self): return 'C' + super(C, self).f()
c = C(1, 2)
print(c.f(), c.x, c.y, isinstance(c, A), issubclass(C, A), [k.__name__ for k in C.__mro__], C.__bases__)
#: diamond
class A:
    def f(self): return ['A']
class B(A):
    def f(self): return ['B'] + super().f()
class C(A):
    def f(self): return ['C'] + super().f()
class D(B, C):
    def f(self): return ['D'] + super().f()
print(D().f(), [k.__name__ for k in D.mro()])
#: inconsistent order
class A: pass
class B(A): pass
try:
    class C(A, B): pass
except TypeError as e:
    print(str(e).split('\n')[0])
#: cooperative init with keywords
class Base:
    def __init__(self, **kw): self.kw = kw
class M1(Base):
    def __init__(self, a=1, **kw): super().__init__(**kw); self.a = a
class M2(Base):
    def __init__(self, b=2, **kw): super().__init__(**kw); self.b = b
class X(M1, M2): pass
x = X(a=5, b=6, c=7)
print(x.a, x.b, x.kw)
#: properties
class A:
    def __init__(self): self._v = 1
    @property
    def v(self): return self._v
    @v.setter
    def v(self, value): self._v = value * 2
    @v.deleter
    def v(self): self._v = None
    ro = property(lambda self: 'ro')
a = A(); a.v = 5
print(a.v, a.ro)
del a.v
print(a.v)
try:
    a.ro = 1
except AttributeError as e:
    print(e)
#: classmethod and staticmethod
class A:
    name = 'A'
    @classmethod
    def make(cls, *a): return cls.name, a
    @staticmethod
    def st(x): return x + 1
class B(A): name = 'B'
print(A.make(1), B.make(2), B().make(), A.st(1), B().st(2))
#: getattr hooks
class A:
    def __init__(self): self.real = 1
    def __getattr__(self, n):
        if n.startswith('x'): return n.upper()
        raise AttributeError(f'no {n}')
    def __setattr__(self, n, v): object.__setattr__(self, n, (v, 'set'))
a = A()
print(a.real, a.xyz, hasattr(a, 'q'), getattr(a, 'q', 'dflt'), hasattr(a, 'xq'))
try:
    a.q
except AttributeError as e:
    print(e)
#: getattribute
class A:
    x = 1
    def __getattribute__(self, n):
        if n == 'x': return 'hooked'
        return super().__getattribute__(n)
    def y(self): return self.x
print(A().x, A().y(), A.x)
#: operators
class V:
    def __init__(self, *v): self.v = v
    def __add__(self, o): return V(*[a + b for a, b in zip(self.v, o.v)])
    def __mul__(self, k): return V(*[a * k for a in self.v]) if isinstance(k, (int, float)) else NotImplemented
    __rmul__ = __mul__
    def __matmul__(self, o): return sum(a * b for a, b in zip(self.v, o.v))
    def __neg__(self): return V(*[-a for a in self.v])
    def __eq__(self, o): return isinstance(o, V) and self.v == o.v
    def __lt__(self, o): return self.v < o.v
    def __len__(self): return len(self.v)
    def __getitem__(self, i): return self.v[i]
    def __contains__(self, x): return x in self.v
    def __bool__(self): return any(self.v)
    def __repr__(self): return f'V{self.v}'
    def __call__(self, x): return x, self
    def __iadd__(self, o): self.v = tuple(a + 10 for a in self.v); return self
    def __abs__(self): return sum(self.v)
    def __hash__(self): return 1
    def __int__(self): return 7
    def __float__(self): return 7.5
    def __index__(self): return 2
    def __round__(self, n=0): return ('r', n)
    def __invert__(self): return 'inv'
a, b = V(1, 2), V(3, 4)
print(a + b, a * 2, 2 * a, a @ b, -a, a == V(1, 2), a != b, a < b, len(a), a[1], 2 in a, bool(V(0)), a(5), abs(a), list(a), sorted([b, a]), {a: 1}[V(1, 2)] if False else '', int(a), float(a), [10, 20, 30][a], round(a, 2), ~a, a > b)
a += b
print(a)
try:
    a * 'x'
except TypeError as e:
    print(e)
#: reflected and priority of the subclass
class A:
    def __add__(self, o): return 'A.add'
    def __radd__(self, o): return 'A.radd'
class B(A):
    def __radd__(self, o): return 'B.radd'
print(A() + 1, 1 + A(), A() + B(), B() + A(), sum([A()]))
#: comparison fallbacks
class A:
    def __init__(self, v): self.v = v
    def __lt__(self, o): return self.v < o.v
    def __eq__(self, o): return NotImplemented
print(A(1) > A(0), A(1) == A(1), A(1) != A(1), max(A(1), A(3), A(2)).v, min([A(5), A(2)]).v)
#: iteration protocols
class It:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n == 0: raise StopIteration
        self.n -= 1
        return self.n
print(list(It(3)), sum(It(4)), [*It(2)], tuple(It(1)), 1 in It(3), dict(zip(It(2), It(2))))
class Old:
    def __getitem__(self, i):
        if i > 2: raise IndexError
        return i * 10
print(list(Old()), 20 in Old(), max(Old()))
class G:
    def __iter__(self):
        yield 1
        yield 2
a, b = G()
print(a, b, list(reversed([1, 2])), [x for x in G()])
#: container protocol
class D:
    def __init__(self): self.d = {}
    def __setitem__(self, k, v): self.d[k] = v
    def __getitem__(self, k): return self.d[k]
    def __delitem__(self, k): del self.d[k]
    def __len__(self): return len(self.d)
    def __missing__(self, k): return 'm'
d = D(); d['a'] = 1; d[1, 2] = 3
del d['a']
print(d[1, 2], len(d), bool(D()), d.d)
#: subclass of dict
class C(dict):
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self.extra = 'e'
    def __getattr__(self, n):
        try: return self[n]
        except KeyError: raise AttributeError(n)
    def __setattr__(self, n, v): self[n] = v
    def __missing__(self, k): return f'<{k}>'
c = C({'a': 1}, b=2)
c.z = 3
print(c.a, c['b'], c['q'], c.extra, dict(c), len(c), isinstance(c, dict), c == {'a': 1, 'b': 2, 'extra': 'e', 'z': 3}, 'z' in c, sorted(c.keys()))
#: subclass of list and tuple
class L(list):
    def total(self): return sum(self)
    def __getitem__(self, i): return ('item', super().__getitem__(i))
l = L([1, 2]); l.append(3)
print(l.total(), l, l[0], len(l), isinstance(l, list), l + [4], [x for x in l])
class T(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
    @property
    def first(self): return self[0]
print(T(1, 2).first, T(1, 2), T(1) == (1,))
#: subclass of str, int and float
class S(str):
    def shout(self): return self.upper() + '!'
class I(int):
    def __add__(self, o): return I(int(self) + o + 1)
class F(float): pass
print(S('ab').shout(), S('ab') + 'c', len(S('abc')), S('x') == 'x', {S('k'): 1}['k'], I(3) + 4, I(5) * 2, F(1.5) + 1, isinstance(I(1), int), I(2) == 2, f'{S("q"):>3}', S('abc')[1])
#: __new__
class Single:
    inst = None
    def __new__(cls, *a):
        if cls.inst is None: cls.inst = super().__new__(cls)
        return cls.inst
    def __init__(self, v=0): self.v = v
print(Single(1) is Single(2), Single.inst.v)
class N:
    def __new__(cls): return 5
print(N())
#: __init_subclass__ and __set_name__
class Reg:
    reg = []
    def __init_subclass__(cls, tag=None, **kw):
        super().__init_subclass__(**kw)
        Reg.reg.append((cls.__name__, tag))
class R1(Reg): pass
class R2(R1, tag='t'): pass
print(Reg.reg)
class Desc:
    def __set_name__(self, o, n): self.n = n
    def __get__(self, obj, cls=None): return self if obj is None else obj.__dict__.get(self.n, 'unset')
    def __set__(self, obj, v): obj.__dict__[self.n] = v * 2
class H: d = Desc()
h = H(); print(h.d); h.d = 4; print(h.d, H.d.n)
#: metaclass
class Meta(type):
    def __new__(mcs, name, bases, ns, **kw):
        ns['added'] = name.lower()
        return super().__new__(mcs, name, bases, ns)
    def __call__(cls, *a, **k):
        obj = super().__call__(*a, **k)
        obj.called = True
        return obj
    def hello(cls): return f'hi {cls.__name__}'
class A(metaclass=Meta):
    def __init__(self, x): self.x = x
class B(A): pass
print(A.added, B.added, B(3).x, B(3).called, B.hello(), type(B).__name__)
#: registry metaclass
class RegMeta(type):
    registry = {}
    def __init__(cls, name, bases, ns):
        super().__init__(name, bases, ns)
        RegMeta.registry[name] = cls
class P(metaclass=RegMeta): pass
class Q(P): pass
print(sorted(RegMeta.registry))
#: dynamic classes
T = type('T', (object,), {'x': 1, 'm': lambda self: self.x + 1})
print(T().m(), T.__name__, type(T()).__name__)
def build(n):
    class Inner:
        size = n
        def get(self): return n
    return Inner
print(build(3)().get(), build(4).size, build.__name__, build(1).__qualname__)
#: abstract classes
from abc import ABC, abstractmethod
class A(ABC):
    @abstractmethod
    def f(self): ...
    @property
    @abstractmethod
    def p(self): ...
class B(A):
    def f(self): return 'f'
    p = 1
print(B().f())
try:
    A()
except TypeError as e:
    print('TypeError')
#: class body scope
x = 'global'
class A:
    x = 'class'
    y = x + '!'
    def f(self): return x
    z = [i for i in range(3)]
print(A.y, A().f(), A.z)
#: slots and class variables through the instance
class A:
    __slots__ = ('a', 'b')
    def __init__(self): self.a = 1
print(A().a, A.__slots__)
#: str, repr, format
class A:
    def __str__(self): return 'S'
    def __repr__(self): return 'R'
    def __format__(self, spec): return f'F<{spec}>'
print(A(), [A()], f'{A()}', f'{A()!r}', f'{A():>5}', '%s %r' % (A(), A()), str(A()), '{:x}'.format(A()))
#: callable, hasattr, getattr, setattr, vars, dir
class A:
    def __init__(self): self.x = 1
    def m(self): pass
a = A()
setattr(a, 'y', 2)
print(callable(a), callable(a.m), callable(A), hasattr(a, 'y'), getattr(a, 'z', None), vars(a), 'm' in dir(a), a.m.__name__, A.m.__qualname__, a.m.__self__ is a)
#: bound methods
class A:
    def __init__(self, v): self.v = v
    def m(self): return self.v
a = A(1)
f = a.m
a.v = 5
A.n = lambda self: self.v * 2
a.k = lambda: 'plain'
print(f(), a.n(), a.k(), A.m(A(9)), list(map(A.m, [A(1), A(2)])), a.m == a.m)
#: isinstance forms
print(isinstance(True, int), isinstance(1, (str, int)), isinstance(1.0, int), isinstance(None, type(None)), isinstance([], (list, tuple)), type(1) is int, type('a') == str, isinstance(int, type), isinstance(print, object), isinstance(1, int | str), issubclass(bool, int))
#: private names and class attributes by name
class A:
    _p = 1
    def __init__(self): self.layers = []
    def __len__(self): return 3
print(A._p, len(A()), bool(A()), type(A()).__name__, A.__name__, A.__module__)
#: super in classmethod and class attribute lookup
class A:
    @classmethod
    def make(cls): return ['A', cls.__name__]
    @staticmethod
    def s(): return 'As'
class B(A):
    @classmethod
    def make(cls): return ['B'] + super().make()
    def t(self): return super().s()
print(B.make(), B().t())
#: __class__ and mutation
class A:
    def f(self): return __class__.__name__
class B(A): pass
b = B()
print(b.__class__.__name__, b.f(), b.__class__ is B, type(b).__mro__[1].__name__)
#: dataclass
from dataclasses import dataclass, field, asdict, replace, fields, astuple, is_dataclass, FrozenInstanceError
@dataclass
class C:
    a: int
    b: str = 'x'
    c: list = field(default_factory=list)
    d: float = field(default=1.5, repr=False)
    k = 7
    def __post_init__(self): self.sum = self.a + self.d
c = C(1); c2 = C(2, 'y', [1])
c.c.append(5)
print(c, c2, c == C(1, 'x', [5]), c != c2, c.sum, asdict(c), [f.name for f in fields(C)], replace(c, a=9), astuple(c), is_dataclass(c), C.k, C.b)
for bad in ['C()', 'C(1, 2, 3, 4, 5)', 'C(1, z=2)']:
    try: eval(bad)
    except TypeError as e: print(e)
#: dataclass inheritance, frozen, order, kw_only
from dataclasses import dataclass, field, asdict, replace, fields, astuple, is_dataclass, FrozenInstanceError
@dataclass
class A:
    x: int = 1
    y: int = 2
@dataclass
class B(A):
    z: int = 3
    x: int = 10
print(B(), B(5, 6, 7))
@dataclass(frozen=True, order=True)
class F:
    a: int
    b: int = 0
try:
    F(1).a = 2
except FrozenInstanceError as e:
    print(e)
print(F(1) < F(2), sorted([F(2), F(1, 5), F(1)]), hash(F(1)) == hash(F(1)), {F(1): 'v'}[F(1)])
@dataclass(kw_only=True)
class K:
    a: int
    b: int = 2
print(K(a=1))
try: K(1)
except TypeError as e: print(e)
#: dataclass with methods and ClassVar
from dataclasses import dataclass, field, asdict, replace, fields, astuple, is_dataclass, FrozenInstanceError
from typing import ClassVar, Optional
@dataclass
class Cfg:
    count: ClassVar[int] = 0
    lr: float = 1e-3
    opt: Optional[str] = None
    init: bool = field(init=False, default=True)
    @property
    def twice(self): return self.lr * 2
    @classmethod
    def make(cls, **kw): return cls(**kw)
print(Cfg(), Cfg.make(lr=0.1).twice, Cfg.count, [f.name for f in fields(Cfg)])
#: dataclass non-default after default
from dataclasses import dataclass, field, asdict, replace, fields, astuple, is_dataclass, FrozenInstanceError
try:
    @dataclass
    class Bad:
        a: int = 1
        b: int
except TypeError as e:
    print(e)
#: enum
from enum import Enum, IntEnum, auto
class Color(Enum):
    RED = 1
    GREEN = 'g'
    CRIMSON = 1
    def describe(self): return f'{self.name}={self.value}'
class N(IntEnum):
    A = auto()
    B = auto()
class S(str, Enum):
    X = 'x'
print(Color.RED, repr(Color.GREEN), Color(1), Color['GREEN'], Color.RED.name, Color.CRIMSON is Color.RED, [c.name for c in Color], len(Color), Color.RED.describe(), N.B + 1, N.A == 1, N.B > N.A, S.X == 'x', S.X.value, Color.RED == 1, isinstance(Color.RED, Color), {Color.RED: 1}[Color.RED], Color.RED in Color, list(N))
for bad in ["Color(9)", "Color['Q']"]:
    try: eval(bad)
    except Exception as e: print(type(e).__name__, e)
#: named tuples
from collections import namedtuple
from typing import NamedTuple
P = namedtuple('P', 'x y', defaults=[5])
class Q(NamedTuple):
    a: int
    b: str = 'd'
    def both(self): return f'{self.a}{self.b}'
p = P(1); q = Q(3)
a, b = p
print(p, p.x, p[1], p._replace(x=9), p._asdict(), P._fields, q, q.both(), Q(1, 'z') == (1, 'z'), isinstance(p, tuple), len(q), a + b, P(*[7, 8]), P(y=1, x=2))
try: P()
except TypeError: print('TypeError')
#: nested classes and functions in methods
class Outer:
    class Inner:
        v = 1
    def m(self):
        def helper(x): return x + self.Inner.v
        return [helper(i) for i in range(2)]
print(Outer().m(), Outer.Inner.v)
#: module-like class attribute functions
class Net:
    act = staticmethod(max)
    table = {'a': lambda x: x + 1, 'b': abs}
    def run(self): return self.act(1, 2), self.table['a'](1), self.table['b'](-3)
print(Net().run())
#: __call__ through the class only
class A:
    def __call__(self): return 'class'
a = A()
a.__call__ = lambda: 'instance'
print(a())
#: a named tuple that is replaced keeps its class, bound methods of any function
from collections import namedtuple
from types import MethodType
class Feature(namedtuple('Feature', ['name', 'size'])):
    def __new__(cls, name, size=4):
        return super().__new__(cls, name, size)
    def wide(self): return self.size * 2
f = Feature('a')
g = f._replace(size=1)
h = g._replace(name=None)
print(type(g).__name__, isinstance(g, Feature), g.wide(), g, h.name, type(Feature._make(['b', 2])).__name__)
class Holder: pass
o = Holder()
def scale(self, by): return (self is o, by)
o.scale = MethodType(scale, o)
print(o.scale(3), o.scale.__self__ is o)
