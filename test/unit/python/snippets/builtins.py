#: str methods
s = '  Hello, World  '
print(s.strip(), s.lower().strip(), s.upper().split(), 'a,b,,c'.split(','), 'a  b c'.split(), 'a b c d'.split(' ', 2), 'a b c'.rsplit(' ', 1), '-'.join(['x', 'y']), 'abc'.replace('b', 'Z'), 'aaa'.replace('a', 'b', 2))
print('abc'.find('c'), 'abc'.find('z'), 'abcabc'.rfind('b'), 'abc'.index('b'), 'aXbX'.count('X'), 'file.txt'.endswith('.txt'), 'abc'.startswith(('x', 'a')), 'abc'.startswith('b', 1), 'Ab'.swapcase(), 'hello world'.title(), 'hELLO'.capitalize())
print('7'.zfill(3), '-7'.zfill(4), 'ab'.ljust(5, '.'), 'ab'.rjust(5), 'ab'.center(5, '*'), 'abc'.center(6), 'a=b=c'.partition('='), 'a=b=c'.rpartition('='), 'x'.partition('='), 'a\nb\r\nc'.splitlines(), 'xxaxx'.strip('x'), 'xxa'.lstrip('x'), 'pre_a'.removeprefix('pre_'), 'a.py'.removesuffix('.py'), 'a\tb'.expandtabs(4))
print('123'.isdigit(), 'ab1'.isalnum(), 'ab'.isalpha(), ' '.isspace(), 'AB'.isupper(), 'ab'.islower(), 'a_1'.isidentifier(), ''.isdigit(), 'abc'.translate(str.maketrans('ab', 'xy', 'c')), 'é'.encode(), b'ab'.decode(), 'ß'.upper())
#: str indexing and membership
s = 'héllo😀'
print(len(s), s[1], s[-1], s[::-1], 'él' in s, 'x' not in s, s * 2, sorted('banana'), list('abc'), max('abc'), 'a' 'b')
#: str.format
print('{} {}'.format(1, 'a'), '{1}{0}'.format('a', 'b'), '{x} {y:>5}'.format(x=1, y='q'), '{0.real} {1[0]} {2[k]}'.format(3, [9], {'k': 'v'}), '{:{}}'.format('a', 5), '{{}}'.format(), '{!r}'.format('a'), '{:,.2f}'.format(12345.678), '{:08.3f}'.format(-3.14159), '{:+d} {:x} {:#b}'.format(5, 255, 5))
#: percent formatting
print('%d %5d|%-5d|%05d' % (1, 2, 3, 4), '%s %r' % ('a', 'a'), '%.3f %8.2f %e %g' % (1.5, 2.345, 12345.678, 0.0001), '%x %X %o' % (255, 255, 8), '%(k)s-%(n)03d' % {'k': 'v', 'n': 7}, '%%', '%c' % 65, '%5s|%-5s|' % ('a', 'b'), '%s' % [1], '%s' % ((1, 2),), '%+d' % 5, '%.2s' % 'abc', '%g %g' % (1e10, 123456789))
#: float formatting
for v in [0.0, 1.0, 0.5, 2.5, 1234567.891, 1e-7, 123456789.123, 1e22, -0.0, 0.1, 1/3, float('inf'), float('nan')]:
    print(v, f'{v:.0f}', f'{v:.2f}', f'{v:.3e}', f'{v:g}', f'{v:.3g}', f'{v:10.1f}|', f'{v:<10.2f}|', f'{v:,.1f}', f'{v:.1%}', f'{v:+.1f}', f'{v:010.2f}', f'{v:.3}')
#: int formatting
for v in [0, 5, -5, 1234567, 10**20]:
    print(f'{v:d}', f'{v:,}', f'{v:_}', f'{v:5d}|', f'{v:<5}|', f'{v:^7}|', f'{v:+}', f'{v:x}', f'{v:#X}', f'{v:b}', f'{v:o}', f'{v:08d}', f'{v:*>10}', f'{v:=+8}', f'{v:.2f}', f'{v:e}', f'{v:%}', f'{v: }', f'{v:010,}')
#: repr of strings and floats
print(repr('a'), repr("it's"), repr('say "x"'), repr('both \' "'), repr('\n\t\\\x00\x7fé\u200b'), repr(1e100), repr(1e-10), repr(123456789.123456789), repr(1.1e16), repr(5e-324), repr(1.7976931348623157e308), repr(100000.0), repr(0.0001), repr(0.00001))
#: int and float construction
print(int('42'), int(' -7 '), int('ff', 16), int('0x1f', 0), int('1_000'), int(3.9), int(-3.9), int(True), int('101', 2), float('1.5'), float(' 1e3 '), float('inf'), float('-inf'), float('nan') != float('nan'), float(3), bool(''), bool('a'), str(1.0), str(None), str(True), int(), float(), str(), bool())
#: int methods
print((10).bit_length(), (255).bit_count(), (3.0).is_integer(), (3.5).is_integer(), (0.5).as_integer_ratio(), (5).real, abs(-5), abs(-2.5), pow(2, 10), pow(3, 4, 5), bin(10), hex(255), oct(8), -bin(3).count('1'))
#: rounding
print(round(0.5), round(1.5), round(2.5), round(-0.5), round(2.675, 2), round(1.005, 2), round(1234, -2), round(1250, -2), round(1350, -2), round(-1.5), round(3.14159, 3), round(5, 2), round(1e20), round(0.125, 2), round(-2.5), type(round(1.0)), type(round(1.0, 0)))
#: list methods
l = [3, 1, 2]
l.append(5); l.extend([4, 4]); l.insert(0, 9); l.insert(-1, 8); l.insert(100, 7)
print(l, l.pop(), l.pop(0), l.index(4), l.count(4), l)
l.remove(4); l.sort(); print(l); l.sort(reverse=True); print(l); l.reverse(); print(l, l.copy() is l)
l.clear(); print(l, [0] * 3, [[]] * 2, [1] + [2], 3 in [1, 2, 3], [1, 2] == [1, 2], [1, [2, 3]][1][0])
#: sorting
words = ['banana', 'kiwi', 'Apple', 'fig']
print(sorted(words), sorted(words, key=len), sorted(words, key=str.lower, reverse=True), sorted([(1, 'b'), (1, 'a'), (0, 'z')]), sorted({3: 1, 1: 2}), sorted([True, 0, 2.5, -1]))
pairs = [(1, 'a'), (2, 'b'), (1, 'c'), (2, 'd')]
print(sorted(pairs, key=lambda p: p[0], reverse=True), min(pairs, key=lambda p: p[1]), max(words, key=len))
#: dict methods
d = {'a': 1, 'b': 2}
d['c'] = 3; d.update(x=9); d.update([('y', 8)]); d.update({'a': 0})
print(d, d.get('q'), d.get('q', 5), d.pop('x'), d.pop('zz', None), d.setdefault('n', []), d.setdefault('a', 7), list(d), list(d.values()), list(d.items()), 'a' in d, len(d))
print(d.popitem(), dict(a=1), dict([(1, 2)]), dict({1: 2}, b=3), dict.fromkeys('ab', 0), {1: 'a', 1.0: 'b', True: 'c'}, d.copy() == d, d | {'z': 1}, {**d, 'a': 5}, dict(zip('ab', [1, 2])))
print(d.keys(), d.items(), d.keys() & {'a', 'q'}, sorted(d.keys() | {'q'}), list(reversed(d)), {} == {}, {1: 2} == {1: 2.0}, {'a': {'b': [1]}} == {'a': {'b': [1]}}, list(d.keys())[0])
del d['a']
for k, v in d.items(): print(k, v)
#: set methods
a, b = {1, 2, 3}, {2, 3, 4}
print(a | b, a & b, a - b, a ^ b, a.union([9]), a.intersection(b, {3}), a.difference(b), a.issubset({1, 2, 3, 4}), a >= {1}, a < a, a.isdisjoint({7}), frozenset([1]) | {2}, {1} == frozenset([1]), len(a), 2 in a, set('a'), set())
a.add(5); a.discard(99); a.remove(1); a.update([7, 8]); a -= {7}
print(sorted(a), {frozenset([1]): 'x'}[frozenset([1])])
try: a.remove(100)
except KeyError as e: print('KeyError', e)
#: tuple operations
t = (1, 2, 2, 3)
print(t.count(2), t.index(2), t + (4,), t * 2, t[1:3], (1,), (), tuple('ab'), hash((1, 2)) == hash((1, 2)), (1, 2) == (1, 2.0), {(1, 2): 'k'}[1, 2], (1, 'a') < (1, 'b'), tuple(i for i in range(2)))
#: ranges
r = range(2, 20, 3)
print(r, len(r), r[1], r[-1], list(r), 5 in r, 6 in r, r[1:3], list(range(5, 0, -2)), range(3) == range(0, 3), r.start, r.stop, r.step, r.index(8), list(range(0)), sum(range(101)), list(reversed(range(3))), max(range(5)))
#: builtin functions
print(sum([1, 2.5]), sum([[1], [2]], []), min(3, 1), max([1, 5, 2]), max('a', 'b', key=ord), min([], default=0), any([0, 1]), all([]), all([1, 0]), list(map(str, [1, 2])), list(filter(None, [0, 1, '', 'a'])), list(zip([1, 2], 'ab')), list(enumerate('ab', 1)), list(map(lambda a, b: a + b, [1, 2], [3, 4])))
print(list(reversed([1, 2, 3])), abs(-1), divmod(7, 3), chr(97), ord('a'), len('abc'), type([]).__name__, callable(len), id(1) == id(1), isinstance(5, object), sorted(vars(type('X', (), {'a': 1})()).items()), list(iter([1])), next(iter([5])), next(iter([]), 'end'), repr([1, 'a']), ascii('é'), format(3.14159, '.2f'), format('a', '>3'))
print([*zip(*[(1, 'a'), (2, 'b')])], list(zip([1, 2, 3], [1])), hash('a') == hash('a'), slice(1, 5, 2).indices(4), [1, 2, 3, 4][slice(1, 3)], int.__name__, str(type(1)), type(None), type(len), type(lambda: 0))
#: iter with sentinel, zip strict
vals = iter([1, 2, 0, 3])
print(list(iter(lambda: next(vals), 0)))
try: list(zip([1], [1, 2], strict=True))
except ValueError as e: print(e)
#: bytes
b = b'abc'
print(b[0], b[1:], len(b), b + b'd', b'a' in [b'a'], bytes([65, 66]), bytes(3), b.decode('utf-8'), b == b'abc', b.hex(), list(b), int.from_bytes(b'\x01\x00', 'big'))
#: type conversions of containers
print(list((1, 2)), tuple([1]), set([1, 1]), dict([('a', 1)]), list('ab'), list({'k': 1}), str([1, 'a', None]), list(range(3)), tuple({1: 2}), str({'a': (1,)}), str({1}), str(frozenset()), str(()))
#: nested data
cfg = {'layers': [{'type': 'conv', 'ch': [3, 64]}, {'type': 'fc', 'n': 10}], 'lr': 1e-3}
print(cfg['layers'][0]['ch'][1], [l['type'] for l in cfg['layers']], {k: type(v).__name__ for k, v in cfg.items()}, cfg)
import copy
c2 = copy.deepcopy(cfg); c2['layers'][0]['ch'][1] = 0
c3 = copy.copy(cfg); c3['lr'] = 5
print(cfg['layers'][0]['ch'], c3['layers'] is cfg['layers'], cfg['lr'])
#: cyclic repr
l = [1]; l.append(l)
d = {}; d['d'] = d
print(l, d)
#: VGG style config
cfgs = {'A': [64, 'M', 128, 'M'], 'B': [64, 64, 'M']}
def make(cfg, batch_norm=False):
    layers, in_c = [], 3
    for v in cfg:
        if v == 'M': layers += ['pool']
        else:
            layers += [f'conv{in_c}-{v}'] + (['bn'] if batch_norm else []) + ['relu']
            in_c = v
    return layers
print(make(cfgs['A']), make(cfgs['B'], True))
#: make divisible
def _make_divisible(v, divisor, min_value=None):
    if min_value is None: min_value = divisor
    new_v = max(min_value, int(v + divisor / 2) // divisor * divisor)
    if new_v < 0.9 * v: new_v += divisor
    return new_v
print([_make_divisible(c * w, 8) for c in (16, 24, 32, 96) for w in (0.35, 0.75, 1.0, 1.4)])
#: conv output arithmetic
def out(n, k, s=1, p=0, d=1): return (n + 2 * p - d * (k - 1) - 1) // s + 1
print([out(32, k, s, p) for k in (1, 3, 5) for s in (1, 2) for p in (0, 1)], out(224, 7, 2, 3), (lambda x: x if isinstance(x, tuple) else (x, x))(3))
#: global counters and lists of classes
class Block: expansion = 1
class Bottleneck(Block): expansion = 4
def plan(block, num_blocks, strides=(1, 2)):
    planes, result = 16, []
    for i, (n, s) in enumerate(zip(num_blocks, strides)):
        for stride in [s] + [1] * (n - 1):
            result.append((planes, planes * block.expansion, stride))
            planes = 16 * 2 ** i * block.expansion
    return result
print(plan(Block, [2, 1]), plan(Bottleneck, [1, 2]))
