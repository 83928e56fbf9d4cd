#: math
import math
print(math.pi, math.sqrt(2), math.floor(-1.5), math.ceil(1.2), math.log(10), math.log2(8), math.log10(1000), math.log(8, 2), math.exp(1), math.prod([1, 2, 3]), math.gcd(12, 18), math.lcm(4, 6), math.factorial(10), math.comb(5, 2), math.perm(5, 2), math.isqrt(17), math.hypot(3, 4), math.inf, math.isnan(math.nan), math.isclose(0.1 + 0.2, 0.3), math.fsum([0.1] * 10), math.copysign(1, -0.0), math.trunc(-1.7), math.modf(1.25), math.frexp(8.0), math.ldexp(0.5, 3), math.degrees(math.pi), math.fabs(-1), math.pow(2, 3), math.fmod(-7, 3))
print(math.floor(5), type(math.floor(2.5)), math.ceil(-0.5), math.tau, math.sin(1), math.cos(1), math.tan(1), math.tanh(0.5), math.atan2(1, -1), round(math.erf(0.5), 14), round(math.erf(3.0), 14), round(math.gamma(4.5), 12), math.gamma(5), math.isinf(-math.inf), math.log1p(1e-10), math.expm1(1e-10))
for bad in ['math.sqrt(-1)', 'math.log(0)', 'math.factorial(-1)', 'math.floor(math.inf)']:
    try: eval(bad)
    except Exception as e: print(type(e).__name__)
#: functools
from functools import partial, reduce, wraps, lru_cache, cache, cached_property, total_ordering
import functools
p = partial(int, base=2)
q = partial(max, 5)
print(p('101'), q(3), q(9), p.keywords, q.args, reduce(lambda a, b: a * b, [1, 2, 3, 4]), reduce(lambda a, b: a + b, [], 'init'))
def deco(f):
    @wraps(f)
    def w(*a, **k): return f(*a, **k) + 1
    return w
@deco
def named(x):
    'doc'
    return x
print(named(1), named.__name__, named.__doc__, named.__wrapped__(1))
calls = []
@lru_cache(maxsize=None)
def fib(n):
    calls.append(n)
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(20), len(calls))
class A:
    n = 0
    @cached_property
    def v(self):
        A.n += 1
        return 'computed'
a = A(); a.v; a.v
print(a.v, A.n)
norm = partial(dict, eps=1e-6)
print(norm(affine=True), functools.partial(norm, eps=1)())
#: itertools
import itertools as it
print(list(it.chain([1], (2, 3))), list(it.chain.from_iterable([[1], [2]])), list(it.islice(it.count(5, 2), 3)), list(it.islice('abcdefg', 1, 6, 2)), list(it.product('ab', [1, 2])), list(it.product([0, 1], repeat=2)), list(it.permutations([1, 2, 3], 2)), list(it.combinations('abc', 2)))
print(list(it.accumulate([1, 2, 3])), list(it.accumulate([1, 2, 3], lambda a, b: a * b)), list(it.repeat('x', 2)), list(it.zip_longest([1], [2, 3], fillvalue=0)), list(it.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(it.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), [(k, list(g)) for k, g in it.groupby('aabbc')], list(it.pairwise([1, 2, 3])), list(it.starmap(pow, [(2, 3)])), list(it.compress('abc', [1, 0, 1])), [next(c) for c in [it.cycle('ab')] for _ in range(3)], list(it.filterfalse(lambda x: x % 2, range(5))), list(it.combinations_with_replacement('ab', 2)))
#: collections
from collections import OrderedDict, defaultdict, Counter, deque, ChainMap
import collections
od = OrderedDict([('a', 1), ('b', 2)])
od['c'] = 3; od.move_to_end('a')
print(dict(od), list(od), od.popitem(last=False), isinstance(od, dict), od == {'c': 3, 'a': 1})
dd = defaultdict(list)
dd['x'].append(1); dd['y']
print(dd, dict(dd), 'z' in dd, defaultdict(int, a=1)['q'])
c = Counter('abracadabra')
print(c.most_common(2), c['z'], sum(c.values()), Counter(a=1) + Counter(a=2, b=1), c)
dq = deque([1, 2, 3], maxlen=3)
dq.append(4); dq.appendleft(0)
print(dq, dq.popleft(), len(dq), list(dq), dq[0])
print(ChainMap({'a': 1}, {'a': 2, 'b': 3})['b'], list(OrderedDict(a=1).items()), isinstance([], collections.abc.Sequence), isinstance({}, collections.abc.Mapping), isinstance('a', collections.abc.Iterable), isinstance(5, collections.abc.Iterable), isinstance(len, collections.abc.Callable))
#: contextlib
from contextlib import contextmanager, nullcontext, suppress, ExitStack
@contextmanager
def cm(n):
    print('start', n)
    try:
        yield n * 2
    except ValueError as e:
        print('handled', e)
    finally:
        print('end', n)
with cm(1) as v: print(v)
with cm(2): raise ValueError('q')
try:
    with cm(3): raise KeyError('z')
except KeyError: print('passed on')
with nullcontext(5) as n, suppress(ZeroDivisionError): print(n); 1 / 0
with ExitStack() as st:
    print(st.enter_context(cm(4)))
@cm(9)
def deco(): return 'r'
print(deco())
#: argparse
import argparse
p = argparse.ArgumentParser(description='d', formatter_class=argparse.ArgumentDefaultsHelpFormatter)
p.add_argument('--lr', type=float, default=0.1, help='h', metavar='LR')
p.add_argument('-b', '--batch-size', type=int, default='64')
p.add_argument('--no-cuda', action='store_true')
p.add_argument('--keep', action='store_false', dest='kept')
p.add_argument('--arch', choices=['a', 'b'], default='a')
p.add_argument('--ms', nargs='+', type=int, default=[1, 2])
p.add_argument('-v', action='count', default=0)
p.add_argument('--flag', action=argparse.BooleanOptionalAction, default=True)
p.add_argument('--name')
g = p.add_argument_group('g'); g.add_argument('--in-group', default=3)
m = p.add_mutually_exclusive_group(); m.add_argument('--m1', action='store_const', const=7)
p.set_defaults(extra='e')
a = p.parse_args([])
print(sorted(vars(a).items()))
b = p.parse_args(['--lr', '0.5', '-b', '8', '--no-cuda', '--ms', '4', '5', '-v', '-v', '--no-flag', '--name=x', '--m1'])
print(sorted(vars(b).items()), b.lr, hasattr(b, 'zz'), 'lr' in b)
#: os.path and pathlib
import os, os.path as osp
from pathlib import Path
print(os.path.join('a', 'b', '/c', 'd'), osp.basename('/x/y.py'), osp.dirname('/x/y.py'), osp.splitext('a.tar.gz'), osp.split('a/b'), osp.normpath('a/../b/./c'), osp.join('a', ''), osp.isabs('/a'), osp.commonprefix(['abc', 'abd']), osp.splitext('.hidden'))
q = Path('runs') / 'exp' / 'best.pt'
print(str(q), q.name, q.stem, q.suffix, q.parent, q.with_suffix('.bin'), q.parts, Path('a//b/./c'), q.parent.parent, Path('/') / 'x', q == Path('runs/exp/best.pt'), f'{q}')
#: json
import json
print(json.loads('{"a": [1, 2.5, true, null, "x\\n\\u00e9"], "b": {}}'), json.dumps({'a': [1, 2.0, None, True, 'é"'], 'b': (1,)}), json.dumps({'a': {'b': 1}, 'c': []}, indent=2), json.loads('1e3'), json.loads('[]'))
#: operator, string, types
import operator, string
from types import SimpleNamespace
print(operator.itemgetter(1)([5, 6]), operator.attrgetter('real')(3), operator.mul(3, 4), list(map(operator.neg, [1, 2])), string.ascii_lowercase[:3], operator.itemgetter('a', 'b')({'a': 1, 'b': 2}), operator.methodcaller('upper')('a'))
n = SimpleNamespace(a=1, b='x'); n.c = [2]
print(n, n.a, vars(n), n == SimpleNamespace(a=1, b='x', c=[2]))
#: seeded random is Mersenne Twister
import random
random.seed(42)
print(random.random(), random.random(), random.randint(1, 100), random.choice('abcdef'), random.uniform(1, 2), random.sample(range(100), 5), random.gauss(0, 1), random.getrandbits(40))
l = list(range(10)); random.shuffle(l)
r = random.Random(7)
print(l, r.random(), r.randrange(0, 100, 5), r.choices([1, 2, 3], k=4))
#: typing does nothing
from typing import List, Dict, Optional, Union, Any, Callable, Tuple, TypeVar, Generic, Sequence, Type, Literal, TYPE_CHECKING, cast, Iterable
T = TypeVar('T')
class Box(Generic[T]):
    def __init__(self, v: T) -> None: self.v = v
def f(x: Optional[List[int]] = None, cb: Callable[[int], str] = str) -> Dict[str, Union[int, float]]: return {'a': x or 1}
Alias = Union[int, Tuple[int, ...]]
print(f(), Box[int](3).v, cast(int, 'x'), TYPE_CHECKING, isinstance([1], List), isinstance((1,), Sequence), isinstance(3, Iterable))
#: copy
import copy
class A:
    def __init__(self): self.l = [1]; self.me = self
a = A(); b = copy.copy(a); c = copy.deepcopy(a)
c.l.append(2)
print(a.l, b.l is a.l, c.l, c.me is c, copy.deepcopy((1, [2])), copy.copy({1: 2}))
x = [1]; y = copy.deepcopy([x, x])
print(y[0] is y[1])
#: imports
import os.path
import collections.abc as cabc
from math import sqrt as root, pi
from os import path
import math as m, json as j
print(root(4), m.pi == pi, path.join('a', 'b'), __name__)
try:
    import no_such_module_here
except ImportError as e:
    print(type(e).__name__, e)
try:
    from math import nope
except ImportError as e:
    print('ImportError')
#: logging and warnings are silent
import logging, warnings
log = logging.getLogger(__name__)
log.info('x %d', 1); logging.basicConfig(level=logging.INFO)
warnings.warn('w', UserWarning) if False else None
with warnings.catch_warnings():
    warnings.simplefilter('ignore')
print(logging.INFO, log.name)
