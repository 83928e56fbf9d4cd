"""Nested tuples, lists and dictionaries of tensors."""


def flatten(structure):
    if isinstance(structure, dict):
        return [leaf for key in structure for leaf in flatten(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for item in structure for leaf in flatten(item)]
    return [structure]


def map_structure(function, structure):
    if isinstance(structure, dict):
        return {key: map_structure(function, item) for key, item in structure.items()}
    if isinstance(structure, tuple):
        return tuple([map_structure(function, item) for item in structure])
    if isinstance(structure, list):
        return [map_structure(function, item) for item in structure]
    return function(structure)


def pack_like(structure, leaves):
    """A structure like the given one, filled from an iterator of leaves."""
    return map_structure(lambda _: next(leaves), structure)
