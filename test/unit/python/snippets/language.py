#: arithmetic of ints
print(7 // 2, -7 // 2, 7 // -2, -7 % 3, 7 % -3, 2 ** 10, 2 ** -1, 10 / 4, -3 ** 2, (-3) ** 2)
print(1 << 70, -1 >> 3, 6 & 3, 6 | 3, 6 ^ 3, ~5, 0x1F, 0b101, 0o17, 1_000_000)
#: arithmetic of floats
print(7.5 // 2, -7.5 // 2, 7.5 % -2, -7.5 % 2, 0.1 + 0.2, 1e308 * 10, -1e308 * 10, 2.0 ** 0.5, 1e16, 1e15, 1.5e-5, 123456789012345680.0)
print(5 % 0.3, -1e-20 % 3, 1.0 // 0.1, 3 % -float('inf'), divmod(-7, 2), divmod(7.5, -2))
#: mixed comparisons
print(1 == 1.0, True == 1, 1 < 2.5, 2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 'a' < 'b', [1, 2] < [1, 3], (1,) < (1, 0), 1 != 1.0)
#: chained comparisons evaluate once
def f():
    print('f')
    return 5
print(1 < f() < 10, 1 > f() > f(), 3 == 3.0 == True + 2)
#: boolean operators return operands
print(0 or 'a', 1 and 'b', None or 0 or [], 1 and 0 and 2, not [], not 'x')
#: conditional expression and walrus
x = 5
print('big' if x > 3 else 'small', (y := x + 1) * 2, y)
print([z for n in range(5) if (z := n * n) > 3], z)
#: unpacking
a, (b, *c), d = 1, (2, 3, 4), 5
print(a, b, c, d)
*a, b = 'xyz'
print(a, b)
[p, q] = {1: 2, 3: 4}
print(p, q)
first, *_, last = range(6)
print(first, last)
#: unpacking errors
for code in ['a, b = 1, 2, 3', 'a, b, c = [1]', 'a, *b, c = (1,)', 'a, b = 5']:
    try:
        exec(code)
    except Exception as e:
        print(type(e).__name__, e)
#: swap and multiple targets
a = b = [1]
a.append(2)
print(a, b, a is b)
a, b = 1, 2
a, b = b, a
print(a, b)
#: augmented assignment
l = [1]; m = l
l += (2, 3); l *= 2
print(l, m is l)
t = (1,); u = t
t += (2,)
print(t, u)
d = {'a': 1}
d['a'] += 5; d |= {'b': 2}
print(d)
s = {1}; s |= {2}; s &= {2, 3}; s ^= {5}
print(sorted(s))
x = 7; x //= 2; x **= 3; x <<= 1; x ^= 5; x %= 11
print(x)
#: slices
s = list(range(10))
print(s[2:5], s[::-1], s[-3:], s[:-3], s[8:2:-2], s[20:], s[-20:3], 'hello'[1:4], 'hello'[::-2], (1, 2, 3)[1:], range(10)[2:8:3])
#: slice assignment
s = list(range(6))
s[1:3] = ['a', 'b', 'c']
print(s)
s[::2] = [0] * 4
print(s)
del s[1:3], s[0]
print(s)
s[len(s):] = [9, 9]
print(s)
try:
    s[::2] = [1]
except ValueError as e:
    print(e)
#: comprehensions
print([i * j for i in range(3) for j in range(i) if j % 2 == 0], {i: i * i for i in range(3)}, {c for c in 'a'}, list(x for x in 'ab'))
print([[j for j in range(i)] for i in range(3)], {k: v for d in [{1: 2}, {3: 4}] for k, v in d.items()})
x = 'outer'
print([x for x in range(2)], x)
#: while, else, break, continue
n = 0
while n < 5:
    n += 1
    if n == 2: continue
    if n == 4: break
else:
    print('never')
print(n)
for i in range(3):
    pass
else:
    print('else', i)
#: loop sees changes of the list
l = [1, 2, 3]
for x in l:
    if x < 3: l.append(x + 2)
print(l)
#: dict changed during iteration
d = {1: 1}
try:
    for k in d: d[k + 1] = 1
except RuntimeError as e:
    print(e)
#: try, except, else, finally order
def f(n):
    try:
        print('try')
        if n == 1: raise ValueError('v')
        if n == 2: return 'r'
    except ValueError as e:
        print('except', e)
        return 'e'
    else:
        print('else')
    finally:
        print('finally')
    return 'end'
print(f(0), f(1), f(2))
#: finally overrides return
def f():
    try:
        return 1
    finally:
        return 2
print(f())
def g():
    for i in range(3):
        try:
            continue
        finally:
            print('f', i)
g()
#: nested exceptions and reraise
try:
    try:
        1 / 0
    except ZeroDivisionError:
        try:
            {}['k']
        except KeyError as e:
            print('inner', e)
        raise
except Exception as e:
    print('outer', repr(e))
try:
    raise ValueError('a') from KeyError('b')
except (TypeError, ValueError) as e:
    print(e, e.args)
#: exception name is unbound after the handler
try:
    raise ValueError
except ValueError as e:
    pass
try:
    e
except NameError as err:
    print(err)
#: custom exceptions
class MyError(ValueError):
    def __init__(self, code, msg='m'):
        super().__init__(msg)
        self.code = code
try:
    raise MyError(3)
except ValueError as e:
    print(type(e).__name__, e, e.code, isinstance(e, Exception), e.args)
class Other(Exception): pass
print(repr(Other(1, 'a')), str(Other(1, 'a')), str(Other()), str(KeyError('k')), repr(Exception('x')))
#: error messages
for code in ['undefined', '1/0', '1//0', '1%0', '1.0/0', '[][0]', '()[1]', '"a"[5]', '{}["k"]', 'None.x', '1 + "a"', '"a" + 1', '[] + ()', '"a" * "b"', '-"a"',
             'len(5)', 'int("x")', 'float("y")', 'int(None)', '(5)()', 'object().x', '[1] < 1', 'sum(["a"])', 'abs("a")', 'for_x', '[].pop()', '{}.pop(1)',
             '"abc".index("z")', '[1].index(2)', '[1].remove(2)', 'iter(5)', 'next(iter([]))', 'list(5)', 'dict([1])', 'int("12", 3)', 'chr(-1)', 'ord("ab")', '{[]: 1}', '{{}}', 'range(1,2,0)',
             '"%d" % "a"', '"%s %s" % 1', '"%s" % (1, 2)', '"{}".format()', '"{x}".format()', 'f"{1:z}"', "f'{str(1):d}'", 'isinstance(1, 5)', '2**"a"', 'bytes([1])[3]', '[1,2]["a"]', '"a"["b"]', '1 in 5', '1 in "a"', 'divmod(1, 0)', 'round("a")', 'setattr(5, "a", 1)', 'type.nope', 'len.nope', '"".join([1])', 'sorted([1, "a"])', 'min(1, "a")']:
    try:
        eval(code)
        print(code, 'fine')
    except Exception as e:
        print(code, '->', type(e).__name__ + ':', e)
#: closures, nonlocal, global
count = 0
def make():
    n = 0
    def inc(by=1):
        nonlocal n
        global count
        n += by; count += 1
        return n
    return inc
i = make(); i(); i(5)
print(i(), count)
fs = [lambda: k for k in range(3)]
print([f() for f in fs])
fs = [lambda k=k: k for k in range(3)]
print([f() for f in fs])
#: unbound local
x = 1
def f():
    print(x)
    x = 2
try:
    f()
except UnboundLocalError as e:
    print(e)
#: default arguments are evaluated once
def f(a, l=[]):
    l.append(a)
    return l
print(f(1), f(2), f(3, []))
#: arguments of every kind
def f(a, b, /, c, d=4, *args, e, g=7, **kw):
    return a, b, c, d, args, e, g, kw
print(f(1, 2, 3, e=5), f(1, 2, c=3, e=5, z=9), f(*[1, 2, 3, 4, 5, 6], **{'e': 1, 'q': 2}))
#: argument errors
def f(a, b=2, *, c): pass
def g(): pass
def h(a, /): pass
class K:
    def m(self, x): pass
    def __init__(self, q=1): pass
for call in ['f()', 'f(1)', 'f(1, 2, 3, c=1)', 'f(1, a=2, c=3)', 'f(1, c=1, d=2)', 'g(1)', 'h(a=1)', 'K().m()', 'K().m(1, 2)', 'K(1, 2)', 'K(z=1)', 'f(c=1)', 'f(1, 2, c=1, **{"c": 2})', 'h(*[1, 2])']:
    try:
        eval(call)
        print('ok')
    except TypeError as e:
        print(call, '->', e)
#: decorators
def deco(tag):
    def wrap(fn):
        def inner(*a, **k):
            return f'{tag}:{fn(*a, **k)}'
        inner.__name__ = fn.__name__
        return inner
    return wrap
@deco('x')
@deco('y')
def hello(n='w'): return 'hello ' + n
print(hello(), hello('z'), hello.__name__)
#: generators
def g(n):
    got = yield 'start'
    print('got', got)
    for i in range(n):
        if i % 2: continue
        yield i
    return 'result'
it = g(4)
print(next(it), it.send('v'), list(it))
def outer():
    r = yield from g(2)
    print('r', r)
    yield 'after'
o = outer()
print(next(o), o.send(5), next(o))
#: generator exceptions
def g():
    try:
        yield 1
    except ValueError as e:
        print('caught', e)
        yield 2
    finally:
        print('cleanup')
it = g()
print(next(it), it.throw(ValueError('boom')))
it.close()
it2 = g(); next(it2)
try:
    it2.throw(KeyError, 'k')
except KeyError as e:
    print('out', e)
try:
    next(it2)
except StopIteration:
    print('stopped')
#: generator return value
def g():
    yield 1
    return 42
it = g(); next(it)
try:
    next(it)
except StopIteration as e:
    print(e.value)
#: infinite generator and laziness
def naturals():
    n = 0
    while True:
        yield n
        n += 1
print([x for x, _ in zip(naturals(), range(3))], next(x for x in naturals() if x > 5))
def rec(n):
    if n:
        yield n
        yield from rec(n - 1)
print(list(rec(4)))
#: yield inside with, if and try
class M:
    def __enter__(self): print('in'); return self
    def __exit__(self, *a): print('out', a[0] is None)
def g(flag):
    with M() as m:
        if flag:
            x = yield 1
        else:
            x = yield 2
        y = (yield x) or 'none'
        print(x, y)
    while (v := (yield 'loop')): print('v', v)
it = g(True); print(next(it), it.send('a'), it.send('b'), it.send(3))
print(list(g(False)))
#: context managers
class C:
    def __init__(self, n, swallow=False): self.n, self.s = n, swallow
    def __enter__(self): print('enter', self.n); return self.n
    def __exit__(self, t, v, tb): print('exit', self.n, t and t.__name__, v); return self.s
with C(1) as a, C(2) as b: print(a, b)
with C(3, True): raise ValueError('x')
with (C(4) as a, C(5)):
    print('both')
def f():
    with C(6): return 'ret'
print(f())
#: match
def m(v):
    match v:
        case 0 | 1: return 'small'
        case int(n) if n > 100: return f'big {n}'
        case 'a' | 'b' as s: return s
        case [x, y]: return f'pair {x} {y}'
        case [x, *rest]: return f'list {x} {rest}'
        case {'k': k, **rest}: return f'map {k} {rest}'
        case P(x=0, y=yy): return f'P0 {yy}'
        case P(a, b): return f'P {a} {b}'
        case None: return 'none'
        case -1.5: return 'neg'
        case str(): return 'str'
        case _: return 'other'
class P:
    __match_args__ = ('x', 'y')
    def __init__(self, x, y): self.x, self.y = x, y
for v in [0, 1, 500, 50, 'a', 'zz', [1, 2], (1, 2, 3), [], {'k': 1, 'z': 2}, P(0, 9), P(1, 2), None, -1.5, 3.0, True]:
    print(m(v))
match = 3
print(match)
#: f-strings
w, x, name = 10, 3.14159, 'bob'
print(f'{x:.2f}|{x:{w}.3f}|{name!r:>8}|{name:^9}|{w:05d}|{x:e}|{1000000:,}|{0.25:.1%}|{255:#x}|{255:b}|{w!s:*<5}|{{}}|{x = }|{w=!r}|{name + "z"}')
print(f"{'a' if w > 5 else 'b'}", f'{[i for i in range(3)]}', f'{ {1: 2}[1] }', f'{(lambda v: v * 2)(4)}', f'{w:>{w}}', f'{name[0]}{name[-1]}', rf'\d{w}', f'''a
{w}''')
print(f'{True:d} {None} {1.0} {1e10} {w:+} {-w: } {"é":>3}', 'a' f'{w}' 'b')
#: string literals
print('a\tb\x41\u00e9\n', r'\n', "it's", 'say "hi"', 'a' 'b', b'x\x00\xff', '''multi
line''', '\N{BULLET}' if False else '', "\101", 'a\
b')
#: lambda forms
print((lambda: 1)(), (lambda *a, **k: (a, k))(1, b=2), (lambda x, y=2, *, z: x + y + z)(1, z=3))
#: global statements at module level and del
x = 1
del x
try:
    x
except NameError as e:
    print(e)
d = {1: 2, 3: 4}
del d[1]
print(d)
class A: pass
a = A(); a.v = 1
del a.v
print(hasattr(a, 'v'))
#: assert
try:
    assert 1 == 2, f'bad {1}'
except AssertionError as e:
    print('A', e)
try:
    assert []
except AssertionError as e:
    print(repr(e))
assert (1, 'always true')
#: exec and eval
ns = {}
exec('def sq(v):\n    return v * v\ny = sq(4)', ns)
print(ns['y'], eval('y + 1', ns), eval('[i for i in range(3)]'), eval('a + b', {'a': 1}, {'b': 2}))
#: star expressions in displays
a = [1, 2]
print([*a, 3, *a], (*a,), {*a, 5} == {1, 2, 5}, {**{'a': 1}, 'b': 2, **{'a': 3}})
print(*a, *'xy', sep='-')
#: recursion
def fact(n): return 1 if n < 2 else n * fact(n - 1)
print(fact(30), fact(50))
def hanoi(n, a, b, c): return [] if n == 0 else hanoi(n - 1, a, c, b) + [(a, c)] + hanoi(n - 1, b, a, c)
print(len(hanoi(6, 1, 2, 3)))
#: semicolons, one-line blocks, line continuation
if True: a = 1; b = 2
x = a + \
    b
print(x); print((1 +
                 2))
class A: x = 1; y = 2
print(A.x + A.y)
#: type annotations do nothing
from __future__ import annotations
x: int = 'text'
def f(a: 'undefined_type', b: List[NoSuch] = 1) -> Nope: return b if False else a
y: int
try:
    y
except NameError as e:
    print(e)
#: identity
print(None is None, [] is [], () == (), 'a' is not None, 1 is not 2, not 1 is 2)
#: print separators
print(1, 2, sep='', end='!\n')
print()
print('a', [None, True, 1.0, 'q', b'b', (1,), {2}, {3: 'x'}, range(3), slice(1, 2), ...])
