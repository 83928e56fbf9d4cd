"""Modules of Node that programs read their settings with: files of the workspace, paths and addresses."""

import posixpath

from _javascript import Record, unread
from _javascript_host import file_text


def read_file(path, *more):
    """Text of a file of the workspace; what it becomes later is waited for by nobody."""
    return file_text(path)


def read_then(path, *more):
    """With a function that is called when the file was read."""
    text = file_text(path)
    return more[-1](None, text) if more and callable(more[-1]) else text


def refused(what):
    return lambda *more: unread(what)


promises = Record({"readFile": read_file})
fs = Record(
    {
        "promises": promises,
        "readFile": read_then,
        "readFileSync": read_file,
        "existsSync": refused("whether a file exists"),
        "readdirSync": refused("a folder"),
        "mkdirSync": lambda *more: None,
        "writeFileSync": lambda *more: None,
        "writeFile": lambda *more: None,
    }
)


def join(*parts):
    return posixpath.normpath(posixpath.join(*[part if index == 0 else part.lstrip("/") for index, part in enumerate(parts)]))


def without_end(name, ending):
    return name[: len(name) - len(ending)] if ending and name.endswith(ending) else name


path = Record(
    {
        "join": join,
        "resolve": lambda *parts: posixpath.normpath(posixpath.join(*parts)),
        "dirname": lambda path, *more: posixpath.dirname(path),
        "basename": lambda path, ending="", *more: without_end(posixpath.basename(path), ending),
        "extname": lambda path, *more: posixpath.splitext(path)[1],
        "sep": "/",
    }
)
url = Record({"fileURLToPath": lambda address, *more: address[len("file://") :] if address.startswith("file://") else address})
