"""Paths as text; nothing is looked up on disk."""

import posixpath as _path
from _host import unknown as _unknown


class PurePath:
    def __init__(self, *parts):
        self._text = _path.normal_join(*[str(part) for part in parts]) if parts else "."

    def __str__(self):
        return self._text

    def __fspath__(self):
        return self._text

    def __repr__(self):
        return f"PosixPath({self._text!r})"

    def __eq__(self, other):
        return isinstance(other, PurePath) and self._text == other._text

    def __hash__(self):
        return hash(self._text)

    def __lt__(self, other):
        return self._text < other._text

    def __truediv__(self, other):
        return type(self)(self._text, other)

    def __rtruediv__(self, other):
        return type(self)(other, self._text)

    @property
    def name(self):
        return _path.basename(self._text)

    @property
    def stem(self):
        return _path.splitext(self.name)[0]

    @property
    def suffix(self):
        return _path.splitext(self.name)[1]

    @property
    def suffixes(self):
        pieces = self.name.lstrip(".").split(".")
        return ["." + piece for piece in pieces[1:]]

    @property
    def parent(self):
        return type(self)(_path.dirname(self._text) or ".")

    @property
    def parents(self):
        found, current = [], self
        while str(current.parent) != str(current):
            current = current.parent
            found.append(current)
        return found

    @property
    def parts(self):
        pieces = tuple(piece for piece in self._text.split("/") if piece)
        return ("/",) + pieces if self._text.startswith("/") else pieces

    def joinpath(self, *others):
        return type(self)(self._text, *others)

    def with_suffix(self, suffix):
        return type(self)(_path.splitext(self._text)[0] + suffix)

    def with_name(self, name):
        return type(self)(_path.dirname(self._text), name)

    def with_stem(self, stem):
        return self.with_name(stem + self.suffix)

    def as_posix(self):
        return self._text

    def is_absolute(self):
        return self._text.startswith("/")

    def relative_to(self, other):
        prefix = str(other).rstrip("/") + "/"
        if not self._text.startswith(prefix):
            raise ValueError(f"{self._text!r} is not in the subpath of {str(other)!r}")
        return type(self)(self._text[len(prefix):])


class Path(PurePath):
    @classmethod
    def cwd(cls):
        return cls(".")

    @classmethod
    def home(cls):
        return cls("~")

    def resolve(self, strict=False):
        return self

    def absolute(self):
        return self

    def expanduser(self):
        return self

    def exists(self):
        return _unknown(f"whether '{self._text}' exists is not looked up")

    def is_file(self):
        return self.exists()

    def is_dir(self):
        return self.exists()

    def mkdir(self, *args, **kwargs):
        pass

    def unlink(self, *args, **kwargs):
        pass

    def touch(self, *args, **kwargs):
        pass

    def glob(self, pattern):
        return _unknown("the files of a folder are not listed")

    def rglob(self, pattern):
        return self.glob(pattern)

    def iterdir(self):
        return self.glob("*")

    def open(self, mode="r", *args, **kwargs):
        return open(self._text, mode)

    def read_text(self, *args, **kwargs):
        return open(self._text).read()

    def write_text(self, *args, **kwargs):
        pass


class PurePosixPath(PurePath):
    pass


class PosixPath(Path):
    pass


class WindowsPath(Path):
    pass
