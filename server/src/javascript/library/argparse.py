"""The package argparse of Node: Python's, by its names before and after version 2."""

import argparse

from _javascript import Record

_renamed = {"defaultValue": "default", "argumentDefault": "argument_default"}
_actions = {"storeTrue": "store_true", "storeFalse": "store_false", "storeConst": "store_const"}
_types = {"int": int, "float": float, "str": str, "string": str}
_accepted = ("default", "choices", "dest", "required", "nargs", "const")


def options_of(config):
    given = {} if config is None else {_renamed.get(key, key): value for key, value in config.fields.items()}
    options = {key: given[key] for key in _accepted if given.get(key) is not None}
    if "action" in given:
        options["action"] = _actions.get(given["action"], given["action"])
    elif given.get("type") in _types:
        options["type"] = _types[given["type"]]
    return options


class ArgumentParser:
    def __init__(self, *more):
        self.parser = argparse.ArgumentParser()

    def addArgument(self, *given):
        names = given[0] if isinstance(given[0], list) else [each for each in given if isinstance(each, str)]
        config = given[-1] if isinstance(given[-1], Record) else None
        self.parser.add_argument(*names, **options_of(config))

    add_argument = addArgument

    def parseArgs(self, *more):
        return Record(dict(vars(self.parser.parse_args())))

    parse_args = parseArgs

    def parseKnownArgs(self, *more):
        return [self.parseArgs(), []]

    parse_known_args = parseKnownArgs
