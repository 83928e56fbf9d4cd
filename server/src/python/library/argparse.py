"""Command lines, without a command line: parse_args gives the defaults, or what a given list of arguments says."""

from _host import command_line as _command_line
from _host import is_unknown as _is_unknown
from _host import note_options as _note_options
from _host import unknown as _unknown

SUPPRESS = "==SUPPRESS=="
OPTIONAL = "?"
ZERO_OR_MORE = "*"
ONE_OR_MORE = "+"
REMAINDER = "..."
PARSER = "A..."


class ArgumentError(Exception):
    pass


class ArgumentTypeError(Exception):
    pass


class HelpFormatter:
    def __init__(self, *args, **kwargs):
        pass


class RawTextHelpFormatter(HelpFormatter):
    pass


class RawDescriptionHelpFormatter(HelpFormatter):
    pass


class ArgumentDefaultsHelpFormatter(HelpFormatter):
    pass


class MetavarTypeHelpFormatter(HelpFormatter):
    pass


class FileType:
    def __init__(self, mode="r", *args, **kwargs):
        self.mode = mode

    def __call__(self, path):
        return open(path, self.mode)


class Namespace:
    def __init__(self, **kwargs):
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __repr__(self):
        return f"Namespace({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"

    def __eq__(self, other):
        return isinstance(other, Namespace) and vars(self) == vars(other)

    def __contains__(self, name):
        return name in vars(self)

    def _get_kwargs(self):
        return list(vars(self).items())


class Action:
    def __init__(self, option_strings, dest, nargs=None, const=None, default=None, type=None, choices=None, required=False,
                 help=None, metavar=None, **kwargs):
        self.option_strings = option_strings
        self.dest = dest
        self.nargs = nargs
        self.const = const
        self.default = default
        self.type = type
        self.choices = choices
        self.required = required
        self.help = help
        self.metavar = metavar


class _Store(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, values)


class _StoreConst(Action):
    def __init__(self, option_strings, dest, const=None, default=None, **kwargs):
        super().__init__(option_strings, dest, nargs=0, const=const, default=default, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, self.const)


class _StoreTrue(_StoreConst):
    def __init__(self, option_strings, dest, default=False, **kwargs):
        super().__init__(option_strings, dest, const=True, default=default, **kwargs)


class _StoreFalse(_StoreConst):
    def __init__(self, option_strings, dest, default=True, **kwargs):
        super().__init__(option_strings, dest, const=False, default=default, **kwargs)


class _Append(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, list(getattr(namespace, self.dest, None) or []) + [values])


class _Extend(Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, list(getattr(namespace, self.dest, None) or []) + list(values))


class _AppendConst(_StoreConst):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, list(getattr(namespace, self.dest, None) or []) + [self.const])


class _Count(_StoreConst):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, (getattr(namespace, self.dest, None) or 0) + 1)


class _Silent(Action):
    """help and version."""

    def __init__(self, option_strings, dest, **kwargs):
        kwargs.pop("default", None)
        kwargs.pop("version", None)
        super().__init__(option_strings, dest, nargs=0, default=SUPPRESS, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        raise SystemExit(0)


class BooleanOptionalAction(Action):
    def __init__(self, option_strings, dest, **kwargs):
        negated = ["--no-" + option[2:] for option in option_strings if option.startswith("--")]
        super().__init__(list(option_strings) + negated, dest, nargs=0, **kwargs)

    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, not option_string.startswith("--no-"))


_ACTIONS = {
    None: _Store,
    "store": _Store,
    "store_const": _StoreConst,
    "store_true": _StoreTrue,
    "store_false": _StoreFalse,
    "append": _Append,
    "append_const": _AppendConst,
    "extend": _Extend,
    "count": _Count,
    "help": _Silent,
    "version": _Silent,
}


class _Container:
    def __init__(self, root):
        self._root = self if root is None else root

    def add_argument(self, *names, action=None, **options):
        kind = action if isinstance(action, type) else _ACTIONS[action]
        optional = bool(names) and names[0].startswith("-")
        dest = options.pop("dest", None)
        if dest is None:
            long = [name for name in names if name.startswith("--")]
            dest = (long or names)[0].lstrip("-")
            if optional:
                dest = dest.replace("-", "_")
        made = kind(list(names) if optional else [], dest, **options)
        if not optional:
            made.required = made.nargs not in ("?", "*")
        root = self._root
        root._actions.append(made)
        for name in made.option_strings:
            root._options[name] = made
        return made

    def add_argument_group(self, *args, **kwargs):
        return _Container(self._root)

    def add_mutually_exclusive_group(self, *args, **kwargs):
        return _Container(self._root)

    def set_defaults(self, **defaults):
        self._root._defaults.update(defaults)
        for action in self._root._actions:
            if action.dest in defaults:
                action.default = defaults[action.dest]

    def get_default(self, dest):
        for action in self._root._actions:
            if action.dest == dest and action.default is not None:
                return action.default
        return self._root._defaults.get(dest)


class _SubParsers:
    def __init__(self, dest):
        self.dest = dest
        self.choices = {}

    def add_parser(self, name, **kwargs):
        made = ArgumentParser()
        self.choices[name] = made
        return made


class ArgumentParser(_Container):
    def __init__(self, *args, parents=(), argument_default=None, **kwargs):
        super().__init__(None)
        self._actions = []
        self._options = {}
        self._defaults = {}
        self._subparsers = None
        self._argument_default = argument_default
        self.description = kwargs.get("description")
        self.prog = kwargs.get("prog")
        for parent in parents:
            self._actions += parent._actions
            self._options.update(parent._options)
            self._defaults.update(parent._defaults)

    def add_subparsers(self, *args, dest=None, **kwargs):
        self._subparsers = _SubParsers(dest)
        return self._subparsers

    def _get_value(self, action, text):
        if action.type is None or not isinstance(text, str):
            return text
        return action.type(text)

    def _fill(self, namespace, seen):
        for action in self._actions:
            if action.dest in seen or action.default is SUPPRESS or hasattr(namespace, action.dest):
                continue
            default = action.default
            if default is None and self._argument_default is not None:
                if self._argument_default == SUPPRESS:
                    continue
                default = self._argument_default
            if default is None and action.required and not _is_unknown(action.choices) and action.choices:
                # One of several; whatever depends on it is as uncertain as every option.
                default = list(action.choices)[0]
            elif default is None and action.required:
                # Not converted: a conversion that asks what it is given would end the reading of all arguments.
                default = _unknown(f"the command-line argument '{action.dest}' is required and has no default")
                setattr(namespace, action.dest, default)
                continue
            setattr(namespace, action.dest, self._get_value(action, default))
        for name, value in self._defaults.items():
            if not hasattr(namespace, name):
                setattr(namespace, name, value)
        if self._subparsers is not None:
            if self._subparsers.dest is not None and not hasattr(namespace, self._subparsers.dest):
                setattr(namespace, self._subparsers.dest, _unknown("the sub-command is chosen on the command line"))
            for parser in self._subparsers.choices.values():
                parser._fill(namespace, seen)

    def _take(self, action, arguments, position):
        if action.nargs == 0:
            return None, position
        values = []
        limit = 1 if action.nargs in (None, "?") else action.nargs if isinstance(action.nargs, int) else len(arguments)
        while position < len(arguments) and len(values) < limit and arguments[position] not in self._options:
            values.append(self._get_value(action, arguments[position]))
            position += 1
        if action.nargs is None:
            if not values:
                self.error(f"argument {'/'.join(action.option_strings) or action.dest}: expected one argument")
            return values[0], position
        if action.nargs == "?":
            return (values[0] if values else action.const), position
        return values, position

    def parse_known_args(self, args=None, namespace=None):
        if namespace is None:
            namespace = Namespace()
        seen = set()
        extra = []
        arguments = []
        for argument in _command_line() if args is None else args:
            name, equals, value = argument.partition("=")
            if equals and name in self._options:
                arguments += [name, value]
            else:
                arguments.append(argument)
        pending = [action for action in self._actions if not action.option_strings]
        position = 0
        while position < len(arguments):
            argument = arguments[position]
            action = self._options.get(argument)
            if action is not None:
                value, position = self._take(action, arguments, position + 1)
            elif self._subparsers is not None and argument in self._subparsers.choices:
                if self._subparsers.dest is not None:
                    setattr(namespace, self._subparsers.dest, argument)
                chosen = self._subparsers.choices[argument]
                extra += chosen.parse_known_args(arguments[position + 1 :], namespace)[1]
                break
            elif pending and not argument.startswith("--"):
                action = pending.pop(0)
                value, position = self._take(action, arguments, position)
            else:
                extra.append(argument)
                position += 1
                continue
            seen.add(action.dest)
            action(self, namespace, value, argument)
        self._fill(namespace, seen)
        _note_options(namespace)
        return namespace, extra

    def parse_args(self, args=None, namespace=None):
        namespace, extra = self.parse_known_args(args, namespace)
        if extra and args is not None:
            self.error(f"unrecognized arguments: {' '.join(extra)}")
        return namespace

    def parse_intermixed_args(self, args=None, namespace=None):
        return self.parse_args(args, namespace)

    def error(self, message):
        raise SystemExit(message)

    def exit(self, status=0, message=None):
        raise SystemExit(status)

    def print_help(self, file=None):
        pass

    def print_usage(self, file=None):
        pass

    def format_help(self):
        return ""
