"""Channel counts rounded as mobile networks do."""


def _make_divisible(v, divisor, min_value=None):
    """The multiple of `divisor` next to `v`, but not more than a tenth below it."""
    rounded = max(min_value or divisor, int(v + divisor / 2) // divisor * divisor)
    return rounded + divisor if rounded < 0.9 * v else rounded
