"""fnmatch: shell-style patterns."""

import re


def translate(pat):
    out = ""
    i = 0
    while i < len(pat):
        char = pat[i]
        i += 1
        if char == "*":
            out += ".*"
        elif char == "?":
            out += "."
        elif char == "[" and "]" in pat[i + 1 :]:
            end = pat.index("]", i + 1)
            chosen = pat[i:end].replace("\\", "\\\\")
            out += "[" + ("^" + chosen[1:] if chosen.startswith("!") else chosen) + "]"
            i = end + 1
        else:
            out += re.escape(char)
    return "(?s:" + out + ")\\Z"


def fnmatchcase(name, pat):
    return re.match(translate(pat), name) is not None


def fnmatch(name, pat):
    return fnmatchcase(name, pat)


def filter(names, pat):
    return [name for name in names if fnmatchcase(name, pat)]
