"""numpy's constants, and names that it gave up in 1.24 and in 2.0, which older code still uses."""

import builtins
import math

from torch._registry import unknown

pi = math.pi
e = math.e
inf = math.inf
nan = math.nan
euler_gamma = 0.5772156649015329
newaxis = None
little_endian = True
True_ = True
False_ = False
Inf = infty = Infinity = PINF = inf
NINF = -inf
NaN = NAN = nan
PZERO = 0.0
NZERO = -0.0

float = builtins.float
int = builtins.int
bool = builtins.bool
object = builtins.object
str = str_ = unicode_ = builtins.str
bytes_ = builtins.bytes
object_ = builtins.object

__version__ = unknown("numpy.__version__ is not read")
