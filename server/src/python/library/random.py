"""Random numbers. With a seed they are CPython's (Mersenne Twister, Matsumoto & Nishimura 1998); without one they are unknown."""

from _host import unknown as _unknown
from math import log as _log, sqrt as _sqrt, cos as _cos, sin as _sin, pi as _pi

_WIDTH, _SHIFT = 624, 397
_MASK = 0xFFFFFFFF


class Random:
    def __init__(self, seed=None):
        self._state = None
        self._next_gauss = None
        if seed is not None:
            self.seed(seed)

    def seed(self, seed=None, version=2):
        self._next_gauss = None
        if not isinstance(seed, int):
            self._state = None
            return
        number = abs(seed)
        key = []
        while number:
            key.append(number & _MASK)
            number >>= 32
        self._fill(key or [0])

    def _fill(self, key):
        state = [19650218]
        for i in range(1, _WIDTH):
            state.append((1812433253 * (state[i - 1] ^ (state[i - 1] >> 30)) + i) & _MASK)
        i, j = 1, 0
        for _ in range(max(_WIDTH, len(key))):
            state[i] = ((state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525)) + key[j] + j) & _MASK
            i, j = i + 1, (j + 1) % len(key)
            if i >= _WIDTH:
                state[0], i = state[_WIDTH - 1], 1
        for _ in range(_WIDTH - 1):
            state[i] = ((state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941)) - i) & _MASK
            i += 1
            if i >= _WIDTH:
                state[0], i = state[_WIDTH - 1], 1
        state[0] = 0x80000000
        self._state = state
        self._index = _WIDTH

    def _word(self):
        state = self._state
        if self._index >= _WIDTH:
            for k in range(_WIDTH):
                y = (state[k] & 0x80000000) | (state[(k + 1) % _WIDTH] & 0x7FFFFFFF)
                state[k] = state[(k + _SHIFT) % _WIDTH] ^ (y >> 1) ^ (0x9908B0DF if y & 1 else 0)
            self._index = 0
        y = state[self._index]
        self._index += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C5680
        y ^= (y << 15) & 0xEFC60000
        return y ^ (y >> 18)

    def _drawn(self):
        return _unknown("a random number without a seed")

    def random(self):
        if self._state is None:
            return self._drawn()
        return ((self._word() >> 5) * 67108864.0 + (self._word() >> 6)) / 9007199254740992.0

    def getrandbits(self, k):
        if self._state is None:
            return self._drawn()
        value, shift = 0, 0
        while k > 0:
            word = self._word()
            if k < 32:
                word >>= 32 - k
            value |= word << shift
            shift += 32
            k -= 32
        return value

    def _below(self, n):
        k = n.bit_length()
        value = self.getrandbits(k)
        while value >= n:
            value = self.getrandbits(k)
        return value

    def randrange(self, start, stop=None, step=1):
        if self._state is None:
            return self._drawn()
        if stop is None:
            start, stop = 0, start
        count = len(range(start, stop, step))
        if count <= 0:
            raise ValueError(f"empty range in randrange({start}, {stop}, {step})")
        return start + step * self._below(count)

    def randint(self, a, b):
        return self.randrange(a, b + 1)

    def choice(self, seq):
        if not len(seq):
            raise IndexError("Cannot choose from an empty sequence")
        if self._state is None:
            return self._drawn()
        return seq[self._below(len(seq))]

    def choices(self, population, weights=None, *, cum_weights=None, k=1):
        if self._state is None or weights is not None or cum_weights is not None:
            return [self._drawn() for _ in range(k)]
        n = len(population) + 0.0
        return [population[int(self.random() * n)] for _ in range(k)]

    def shuffle(self, x):
        if self._state is None:
            x[:] = [self._drawn() for _ in x]
            return
        for i in reversed(range(1, len(x))):
            j = self._below(i + 1)
            x[i], x[j] = x[j], x[i]

    def sample(self, population, k, *, counts=None):
        n = len(population)
        if not 0 <= k <= n:
            raise ValueError("Sample larger than population or is negative")
        if self._state is None or counts is not None:
            return [self._drawn() for _ in range(k)]
        size = 21
        if k > 5:
            power = 1
            while power < k * 3:
                power *= 4
            size += power
        result = [None] * k
        if n <= size:
            pool = list(population)
            for i in range(k):
                j = self._below(n - i)
                result[i] = pool[j]
                pool[j] = pool[n - i - 1]
            return result
        chosen = set()
        for i in range(k):
            j = self._below(n)
            while j in chosen:
                j = self._below(n)
            chosen.add(j)
            result[i] = population[j]
        return result

    def uniform(self, a, b):
        return a + (b - a) * self.random()

    def gauss(self, mu=0.0, sigma=1.0):
        if self._state is None:
            return self._drawn()
        z, self._next_gauss = self._next_gauss, None
        if z is None:
            angle = self.random() * 2.0 * _pi
            radius = _sqrt(-2.0 * _log(1.0 - self.random()))
            z = _cos(angle) * radius
            self._next_gauss = _sin(angle) * radius
        return mu + z * sigma

    def normalvariate(self, mu=0.0, sigma=1.0):
        return self._drawn()

    betavariate = expovariate = lognormvariate = normalvariate

    def getstate(self):
        return self._state

    def setstate(self, state):
        self._state = state


_shared = Random()
seed = _shared.seed
random = _shared.random
getrandbits = _shared.getrandbits
randrange = _shared.randrange
randint = _shared.randint
choice = _shared.choice
choices = _shared.choices
shuffle = _shared.shuffle
sample = _shared.sample
uniform = _shared.uniform
gauss = _shared.gauss
normalvariate = _shared.normalvariate
getstate = _shared.getstate
setstate = _shared.setstate
