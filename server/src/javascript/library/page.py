"""The page of a program: what its fields have before anybody has touched them. Functions that it is given wait to be called."""

from _javascript import Record, is_unread, unread
from _javascript_host import page_field


class Page:
    """`document`"""

    def getElementById(self, id, *more):
        return field_named(id)

    def querySelector(self, selector, *more):
        return field_named(selector[1:] if isinstance(selector, str) and selector.startswith("#") else None)

    def __getattr__(self, name):
        return unread("the page")

    def __setattr__(self, name, content):
        unread("the page")(content)


class Field:
    """An element of which what it holds is known."""

    def __init__(self, held):
        for name, content in held.items():
            object.__setattr__(self, name, [Record(entry) for entry in content] if name == "options" else content)

    def __getattr__(self, name):
        return unread("the page")

    def __setattr__(self, name, content):
        """What a program writes into it is not shown, and not read again."""
        unread("the page")(content)
        if name in ("value", "checked", "selectedIndex"):
            object.__setattr__(self, name, content)


def field_named(id):
    held = None if is_unread(id) or not isinstance(id, str) else page_field(id)
    return unread("the page") if held is None else Field(held)


document = Page()
