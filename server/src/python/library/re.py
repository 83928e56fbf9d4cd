"""Regular expressions."""

import _host

IGNORECASE = I = 1
MULTILINE = M = 2
DOTALL = S = 4
VERBOSE = X = 8
ASCII = A = 0


class error(Exception):
    pass


class Match:
    def __init__(self, pattern, string, spans, names):
        self.re = pattern
        self.string = string
        self._spans = spans
        self._names = names

    def _span(self, group):
        return self._spans[self._names[group] if isinstance(group, str) else group]

    def _text(self, group, default=None):
        span = self._span(group)
        return default if span is None else self.string[span[0] : span[1]]

    def group(self, *groups):
        if len(groups) > 1:
            return tuple(self._text(group) for group in groups)
        return self._text(groups[0] if groups else 0)

    def __getitem__(self, group):
        return self._text(group)

    def groups(self, default=None):
        return tuple(self._text(i, default) for i in range(1, len(self._spans)))

    def groupdict(self, default=None):
        return {name: self._text(number, default) for name, number in self._names.items()}

    def span(self, group=0):
        return self._span(group) or (-1, -1)

    def start(self, group=0):
        return self.span(group)[0]

    def end(self, group=0):
        return self.span(group)[1]

    @property
    def lastindex(self):
        matched = [i for i in range(1, len(self._spans)) if self._spans[i] is not None]
        return matched[-1] if matched else None

    def expand(self, template):
        for number in range(len(self._spans)):
            text = self._text(number, "")
            template = template.replace(f"\\g<{number}>", text).replace(f"\\{number}", text)
        for name, number in self._names.items():
            template = template.replace(f"\\g<{name}>", self._text(number, ""))
        return template

    def __repr__(self):
        return f"<re.Match object; span={self.span()}, match={self.group()!r}>"


class Pattern:
    def __init__(self, pattern, flags=0):
        self.pattern = pattern
        self.flags = flags
        self._letters = "".join(letter for bit, letter in ((1, "i"), (2, "m"), (4, "s")) if flags & bit)

    def _find(self, string, start, mode):
        found = _host.find(self.pattern, self._letters, string, start, mode)
        if _host.is_unknown(found):
            return found
        return None if found is None else Match(self, string, *found)

    def search(self, string, pos=0):
        return self._find(string, pos, "search")

    def match(self, string, pos=0):
        return self._find(string, pos, "match")

    def fullmatch(self, string, pos=0):
        return self._find(string, pos, "fullmatch")

    def finditer(self, string):
        at = 0
        while at <= len(string):
            found = self.search(string, at)
            if found is None:
                return
            yield found
            start, end = found.span()
            at = end + 1 if end == start else end

    def findall(self, string):
        found = []
        for match in self.finditer(string):
            groups = match.groups("")
            found.append(match.group() if not groups else groups[0] if len(groups) == 1 else groups)
        return found

    def split(self, string, maxsplit=0):
        parts = []
        at = 0
        for match in self.finditer(string):
            if maxsplit and len(parts) >= maxsplit * (1 + len(match.groups())):
                break
            parts.append(string[at : match.start()])
            parts.extend(match.groups())
            at = match.end()
        return parts + [string[at:]]

    def subn(self, repl, string, count=0):
        parts = []
        at = replaced = 0
        for match in self.finditer(string):
            if count and replaced >= count:
                break
            parts += [string[at : match.start()], repl(match) if callable(repl) else match.expand(repl)]
            at = match.end()
            replaced += 1
        return "".join(parts + [string[at:]]), replaced

    def sub(self, repl, string, count=0):
        return self.subn(repl, string, count)[0]


def compile(pattern, flags=0):
    return pattern if isinstance(pattern, Pattern) else Pattern(pattern, flags)


def search(pattern, string, flags=0):
    return compile(pattern, flags).search(string)


def match(pattern, string, flags=0):
    return compile(pattern, flags).match(string)


def fullmatch(pattern, string, flags=0):
    return compile(pattern, flags).fullmatch(string)


def finditer(pattern, string, flags=0):
    return compile(pattern, flags).finditer(string)


def findall(pattern, string, flags=0):
    return compile(pattern, flags).findall(string)


def split(pattern, string, maxsplit=0, flags=0):
    return compile(pattern, flags).split(string, maxsplit)


def sub(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).subn(repl, string, count)


def escape(pattern):
    return "".join("\\" + c if c in "()[]{}?*+-|^$\\.&~# \t\n\r\v\f" else c for c in pattern)
