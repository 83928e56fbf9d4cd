"""A component of Vue from its options: its data have their first values, and what its page gives it is not known."""

from _javascript import Method, Record, fields, get, unread


def called_on(value, component):
    """A function of the options, which Vue calls on the component."""
    if isinstance(value, Method):
        return lambda *given: value.function(component, *given)
    return value


class Component:
    def __init__(self, options):
        data = called_on(get(options, "data"), self)
        values = {} if data is None else fields(data() if callable(data) else data)
        methods = get(options, "methods")
        functions = {name: called_on(each, self) for name, each in methods.fields.items()}
        object.__setattr__(self, "computed", get(options, "computed"))
        for name, value in {**functions, **values}.items():
            setattr(self, name, value)

    def __getattr__(self, name):
        computed = object.__getattribute__(self, "computed")
        if isinstance(computed, Record) and name in computed.fields:
            return called_on(computed.fields[name], self)()
        return unread(f"'{name}' of a component")
