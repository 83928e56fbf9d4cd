"""React's hooks as the first drawing of a component meets them: states have their first values, effects wait to be run."""

import _javascript
from _javascript import Record


def useState(first=None, *more):
    return [first() if callable(first) else first, lambda *given: None]


def useReducer(reduce, first=None, *more):
    return [first, lambda *given: None]


def useRef(first=None, *more):
    return Record({"current": first})


def useMemo(make, *more):
    return make()


def useCallback(function, *more):
    return function


# What is given to a function that is not read may be called by somebody.
useEffect = useLayoutEffect = _javascript.unread("an effect")
useContext = createContext = memo = _javascript.unread("what a component is given")


class Component:
    """A component that is a class; its state is what its constructor sets."""

    def __init__(self, props=None, *more):
        self.props = _javascript.unread("the properties of a component") if props is None else props

    def setState(self, *more):
        pass


PureComponent = Component
Fragment = None
default = Record(
    {
        "Component": Component,
        "Fragment": None,
        "useCallback": useCallback,
        "useEffect": useEffect,
        "useMemo": useMemo,
        "useReducer": useReducer,
        "useRef": useRef,
        "useState": useState,
    }
)
