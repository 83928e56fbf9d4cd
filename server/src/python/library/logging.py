"""Log records go nowhere."""

CRITICAL, ERROR, WARNING, INFO, DEBUG, NOTSET = 50, 40, 30, 20, 10, 0
WARN, FATAL = WARNING, CRITICAL


class Handler:
    def __init__(self, *args, **kwargs):
        self.level = NOTSET

    def setLevel(self, level):
        self.level = level

    def setFormatter(self, formatter):
        pass

    def addFilter(self, filter):
        pass

    def emit(self, record):
        pass

    def flush(self):
        pass

    def close(self):
        pass


class StreamHandler(Handler):
    pass


class FileHandler(Handler):
    pass


class NullHandler(Handler):
    pass


class Formatter:
    def __init__(self, *args, **kwargs):
        pass


class Filter:
    def __init__(self, *args, **kwargs):
        pass


class Logger:
    def __init__(self, name="root", level=NOTSET):
        self.name = name
        self.level = level
        self.handlers = []
        self.propagate = True

    def setLevel(self, level):
        self.level = level

    def addHandler(self, handler):
        self.handlers.append(handler)

    def removeHandler(self, handler):
        if handler in self.handlers:
            self.handlers.remove(handler)

    def addFilter(self, filter):
        pass

    def isEnabledFor(self, level):
        return False

    def hasHandlers(self):
        return bool(self.handlers)

    def getEffectiveLevel(self):
        return self.level

    def _log(self, *args, **kwargs):
        pass

    debug = info = warning = warn = error = critical = exception = log = _log


_loggers = {}
root = Logger()


def getLogger(name=None):
    if name is None:
        return root
    if name not in _loggers:
        _loggers[name] = Logger(name)
    return _loggers[name]


def basicConfig(*args, **kwargs):
    pass


def _log(*args, **kwargs):
    pass


debug = info = warning = warn = error = critical = exception = log = disable = captureWarnings = _log
