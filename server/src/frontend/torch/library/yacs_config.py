"""yacs: a dictionary whose entries are attributes, too; defaults in code, changes from files and from the command line."""

import copy

import yaml


class CfgNode(dict):
    def __init__(self, init_dict=None, key_list=None, new_allowed=False):
        super().__init__()
        self.__dict__["_frozen"] = False
        self.__dict__["_new_allowed"] = new_allowed
        for name, value in (init_dict or {}).items():
            is_plain = isinstance(value, dict) and not isinstance(value, CfgNode)
            self[name] = type(self)(value) if is_plain else value

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        if self.is_frozen():
            raise AttributeError(f"Attempted to set {name} to {value}, but CfgNode is immutable")
        self[name] = value

    def is_frozen(self):
        return self.__dict__["_frozen"]

    def is_new_allowed(self):
        return self.__dict__["_new_allowed"]

    def set_new_allowed(self, is_new_allowed):
        self.__dict__["_new_allowed"] = is_new_allowed

    def _freeze(self, frozen):
        self.__dict__["_frozen"] = frozen
        for value in self.values():
            if isinstance(value, CfgNode):
                value._freeze(frozen)

    def freeze(self):
        self._freeze(True)

    def defrost(self):
        self._freeze(False)

    def clone(self):
        copied = type(self)(new_allowed=self.is_new_allowed())
        for name, value in self.items():
            copied[name] = value.clone() if isinstance(value, CfgNode) else copy.deepcopy(value)
        return copied

    def __deepcopy__(self, memo):
        return self.clone()

    def merge_from_other_cfg(self, other):
        for name, value in other.items():
            if isinstance(value, dict) and isinstance(self.get(name), CfgNode):
                self[name].merge_from_other_cfg(value)
            elif name in self or self.is_new_allowed():
                self[name] = _like(value, self.get(name), type(self))
            else:
                raise KeyError(f"Non-existent config key: {name}")

    def merge_from_file(self, cfg_filename):
        with open(cfg_filename) as file:
            self.merge_from_other_cfg(yaml.safe_load(file) or {})

    def merge_from_list(self, cfg_list):
        for path, value in zip(cfg_list[0::2], cfg_list[1::2]):
            *parents, name = path.split(".")
            node = self
            for parent in parents:
                node = node[parent]
            node[name] = _like(_literal(value), node.get(name), type(self))

    @classmethod
    def load_cfg(cls, cfg_file_obj_or_str):
        return cls(yaml.safe_load(cfg_file_obj_or_str))

    def dump(self, **kwargs):
        return str(self)


def _literal(value):
    """A text as Python would read it, where it is a number, a truth value, None, a list or a tuple."""
    if not isinstance(value, str):
        return value
    for number in (int, float):
        try:
            return number(value)
        except ValueError:
            pass
    words = {"True": True, "False": False, "None": None}
    if value in words:
        return words[value]
    if value[:1] in ("(", "[") and value[-1:] in (")", "]"):
        items = yaml.safe_load("[" + value[1:-1] + "]")
        return tuple(items) if value[0] == "(" else items
    return value


def _like(value, before, node):
    """What a file says, in the type of what it replaces."""
    value = _literal(value)
    if isinstance(value, dict):
        return node(value)
    if isinstance(before, tuple) and isinstance(value, list):
        return tuple(value)
    if isinstance(before, list) and isinstance(value, tuple):
        return list(value)
    return float(value) if isinstance(before, float) and isinstance(value, int) else value
