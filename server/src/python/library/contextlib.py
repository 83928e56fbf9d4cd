"""Context managers from generators and other helpers for `with`."""

from functools import wraps


class ContextDecorator:
    def __call__(self, function):
        @wraps(function)
        def inner(*args, **kwargs):
            with self._again():
                return function(*args, **kwargs)

        return inner

    def _again(self):
        return self


class AbstractContextManager:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return None


class _GeneratorContextManager(ContextDecorator):
    def __init__(self, function, args, kwargs):
        self._make = lambda: function(*args, **kwargs)
        self._recreate = lambda: _GeneratorContextManager(function, args, kwargs)
        self._generator = self._make()

    def _again(self):
        return self._recreate()

    def __enter__(self):
        try:
            return next(self._generator)
        except StopIteration:
            raise RuntimeError("generator didn't yield") from None

    def __exit__(self, kind, value, traceback):
        if kind is None:
            try:
                next(self._generator)
            except StopIteration:
                return False
            raise RuntimeError("generator didn't stop")
        try:
            self._generator.throw(value)
        except StopIteration as stop:
            return stop is not value
        except BaseException as error:
            if error is value:
                return False
            raise
        raise RuntimeError("generator didn't stop after throw()")


def contextmanager(function):
    @wraps(function)
    def make(*args, **kwargs):
        return _GeneratorContextManager(function, args, kwargs)

    return make


class nullcontext(AbstractContextManager):
    def __init__(self, enter_result=None):
        self.enter_result = enter_result

    def __enter__(self):
        return self.enter_result


class suppress:
    def __init__(self, *exceptions):
        self._exceptions = exceptions

    def __enter__(self):
        return None

    def __exit__(self, kind, value, traceback):
        return kind is not None and issubclass(kind, self._exceptions)


class closing(AbstractContextManager):
    def __init__(self, thing):
        self.thing = thing

    def __enter__(self):
        return self.thing

    def __exit__(self, kind, value, traceback):
        self.thing.close()


class redirect_stdout(nullcontext):
    pass


class redirect_stderr(nullcontext):
    pass


class ExitStack:
    def __init__(self):
        self._callbacks = []

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        swallowed = False
        while self._callbacks:
            if self._callbacks.pop()(kind, value, traceback):
                swallowed = True
                kind = value = traceback = None
        return swallowed

    def enter_context(self, manager):
        result = manager.__enter__()
        self._callbacks.append(manager.__exit__)
        return result

    def push(self, callback):
        self._callbacks.append(getattr(callback, "__exit__", callback))
        return callback

    def callback(self, function, /, *args, **kwargs):
        self._callbacks.append(lambda kind, value, traceback: function(*args, **kwargs) and None)
        return function

    def pop_all(self):
        moved = ExitStack()
        moved._callbacks, self._callbacks = self._callbacks, []
        return moved

    def close(self):
        self.__exit__(None, None, None)
