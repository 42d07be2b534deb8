"""Names and signatures of a package as plain text, the same text for the same surface under both sides."""

import inspect
import types

SPECIAL = ("__call__", "__getitem__", "__len__")


def signature(function, skip=0):
    """The parameters without the first `skip`, as in `x, axis=-1, *args, **kwargs`; None where Python cannot tell."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[skip:]
    except (TypeError, ValueError):
        return None
    return ", ".join(_parameter(p) for p in parameters)


def _parameter(p):
    stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
    if p.default is p.empty:
        return stars + p.name
    return "{}={}".format(p.name, p.default.__name__ if callable(p.default) else repr(p.default))


def describe(value):
    """What a module exports under one name, in plain data."""
    if inspect.isclass(value):
        return describe_class(value)
    if isinstance(value, types.ModuleType):
        return {"kind": "module"}
    if callable(value):
        return {"kind": "function", "signature": signature(value)}
    return {"kind": "value", "value": value}


def describe_class(cls):
    """The constructor, public methods and properties that the class itself defines."""
    methods, properties = {}, []
    for name, member in sorted(vars(cls).items()):
        if name == "__init__":
            methods[name] = signature(member, skip=1)
        elif name.startswith("_") and name not in SPECIAL:
            continue
        elif isinstance(member, property):
            properties.append(name)
        elif isinstance(member, (classmethod, staticmethod)):
            methods[name] = signature(getattr(cls, name))
        elif callable(member):
            methods[name] = signature(member, skip=1)
    return {"kind": "class", "methods": methods, "properties": properties}


def differences(expected, value):
    """What `value` lacks of what `describe` said of its counterpart, lines of text."""
    if expected["kind"] == "module":
        return [] if isinstance(value, types.ModuleType) else ["is no module"]
    if expected["kind"] == "name":
        return []
    if expected["kind"] == "value":
        return [] if value == expected["value"] else ["is {!r}, expected {!r}".format(value, expected["value"])]
    if not callable(value):
        return ["is not callable"]
    if expected["kind"] == "function":
        return _signature_differences("", expected["signature"], signature(value))
    if not inspect.isclass(value):
        return ["is no class"]
    lines = []
    for name, wanted in expected["methods"].items():
        member = inspect.getattr_static(value, name, None)
        if member is None:
            lines.append("lacks " + name)
            continue
        if isinstance(member, (classmethod, staticmethod)):
            found = signature(getattr(value, name))
        else:
            found = signature(member, skip=1)
        lines += _signature_differences(name, wanted, found)
    return lines + ["lacks " + name for name in expected["properties"] if not hasattr(value, name)]


def _signature_differences(name, wanted, found):
    """A wrapper of Keras's that takes anything says nothing of what is wanted."""
    return [] if wanted in (None, "*args, **kwargs", found) else ["{}({}), expected ({})".format(name, found, wanted)]
