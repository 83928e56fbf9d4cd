"""The time of a run is not known beforehand."""

from _host import unknown as _unknown


def _now(*args):
    return _unknown("the time of the run is not known")


time = perf_counter = monotonic = process_time = time_ns = perf_counter_ns = strftime = localtime = gmtime = ctime = asctime = mktime = _now


def sleep(seconds):
    pass
