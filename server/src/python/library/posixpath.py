"""Path arithmetic; what is on disk stays unknown."""

from _host import is_unknown as _is_unknown
from _host import unknown as _unknown

sep = "/"
pardir = ".."
curdir = "."
extsep = "."


def _of_known(function):
    """What is made of a path that is not known is not known."""

    def on_path(*paths):
        for path in paths:
            if _is_unknown(path):
                return path
        return function(*paths)

    return on_path


def fspath(path):
    return path if isinstance(path, str) else path.__fspath__() if hasattr(path, "__fspath__") else path


@_of_known
def join(first, *others):
    path = fspath(first)
    for other in others:
        other = fspath(other)
        if other.startswith("/"):
            path = other
        elif not path or path.endswith("/"):
            path += other
        else:
            path += "/" + other
    return path


@_of_known
def normpath(path):
    path = fspath(path)
    rooted = path.startswith("/")
    pieces = []
    for piece in path.split("/"):
        if piece in ("", "."):
            continue
        if piece == ".." and pieces and pieces[-1] != "..":
            pieces.pop()
        elif piece != ".." or not rooted:
            pieces.append(piece)
    return ("/" if rooted else "") + "/".join(pieces) or "."


@_of_known
def normal_join(*parts):
    path = join(*parts)
    pieces = [piece for piece in path.split("/") if piece not in ("", ".")]
    return ("/" if path.startswith("/") else "") + "/".join(pieces) or "."


@_of_known
def split(path):
    path = fspath(path)
    at = path.rfind("/") + 1
    head, tail = path[:at], path[at:]
    return (head.rstrip("/") or head), tail


def basename(path):
    return split(path)[1]


def dirname(path):
    return split(path)[0]


@_of_known
def splitext(path):
    path = fspath(path)
    name = path[path.rfind("/") + 1:]
    dot = name.rfind(".")
    if dot <= 0 or not name[:dot].strip("."):
        return path, ""
    return path[:len(path) - len(name) + dot], name[dot:]


def abspath(path):
    return normpath(path)


def realpath(path, *args, **kwargs):
    return normpath(path)


@_of_known
def expanduser(path):
    return fspath(path)


def expandvars(path):
    return fspath(path)


@_of_known
def isabs(path):
    return fspath(path).startswith("/")


def relpath(path, start="."):
    path, start = normpath(path), normpath(start)
    if start == ".":
        return path
    here, there = start.split("/"), path.split("/")
    shared = 0
    while shared < min(len(here), len(there)) and here[shared] == there[shared]:
        shared += 1
    return "/".join([".."] * (len(here) - shared) + there[shared:]) or "."


def commonprefix(paths):
    if not paths:
        return ""
    low, high = min(paths), max(paths)
    for i, character in enumerate(low):
        if character != high[i]:
            return low[:i]
    return low


def exists(path):
    return _unknown("whether a file exists is not looked up")


def isfile(path):
    return exists(path)


def isdir(path):
    return exists(path)


def islink(path):
    return exists(path)


def getsize(path):
    return _unknown("the size of a file is not looked up")


def getmtime(path):
    return _unknown("the age of a file is not looked up")
