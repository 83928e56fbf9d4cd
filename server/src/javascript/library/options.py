"""Packages that read a command line, as a program meets them that is started without arguments: options have their defaults."""

import re

from _javascript import Record, get


def words_joined(name):
    """`learning-rate` → learningRate"""
    first, *others = name.split("-")
    return first + "".join([word[:1].upper() + word[1:] for word in others])


class Options:
    """The names of options and what they are without an argument."""

    def __init__(self):
        self.values = {}

    def put(self, names, value):
        for name in names:
            self.values[name] = value
            self.values[words_joined(name)] = value

    def record(self):
        return Record(dict(self.values))


class Yargs:
    """`yargs`: every call but the last gives the same object."""

    def __init__(self):
        self.known = Options()

    def __call__(self, *more):
        return self

    def option(self, name, config=None, *more):
        if isinstance(name, Record):
            for each, settings in name.fields.items():
                self.option(each, settings)
            return self
        settings = Record() if config is None else config
        alias = get(settings, "alias")
        names = [name] + (alias if isinstance(alias, list) else [] if alias is None else [alias])
        self.known.put(names, get(settings, "default"))
        return self

    options = option

    def default(self, name, value=None, *more):
        for each, given in name.fields.items() if isinstance(name, Record) else [(name, value)]:
            self.known.put([each], given)
        return self

    def same(self, *more):
        return self

    usage = help = alias = describe = demandOption = strict = version = command = example = epilogue = wrap = number = string = boolean = same

    def parse(self, *more):
        return self.known.record()

    parseSync = parseAsync = parse

    @property
    def argv(self):
        return self.known.record()


class Command:
    """`commander`: options are fields of the program, and what `opts` gives."""

    def __init__(self, *more):
        self.known = Options()

    def option(self, flags, description=None, *given):
        [name] = re.findall(r"--(?:no-)?([\w-]+)", flags) or re.findall(r"-(\w)", flags)
        values = [each for each in given if not callable(each)]
        value = values[0] if values else True if "--no-" in flags else None
        self.known.put([name], value)
        setattr(self, words_joined(name), value)
        return self

    requiredOption = option

    def same(self, *more):
        return self

    name = version = description = usage = argument = arguments = allowUnknownOption = parse = parseAsync = same

    def opts(self, *more):
        return self.known.record()


def minimist(given=None, config=None, *more):
    known = Options()
    defaults = None if config is None else get(config, "default")
    for name, value in {} if defaults is None else defaults.fields.items():
        known.values[name] = value
    known.values["_"] = []
    return known.record()


yargs = Yargs()
yargs_helpers = Record({"hideBin": lambda given=None, *more: []})
commander = Command()
commander.program, commander.Command = commander, Command
