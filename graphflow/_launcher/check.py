"""What a script needs of TensorFlow that graphflow does not have, found by reading it."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import types

from graphflow._launcher import imports


@dataclasses.dataclass(frozen=True, order=True)
class Missing:
    """A name that a script uses and graphflow lacks."""

    line: int
    name: str
    hint: str = ""


def check(source, filename="<script>"):
    """The missing names of a script's text, by line.

    Raises:
        SyntaxError: the text is not Python 3.
    """
    tree = ast.parse(source, filename)
    names = {}  # local name -> dotted TensorFlow path
    missing = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if _is_tensorflow(alias.name):
                    _require(alias.name, node.lineno, missing)
                    local = alias.asname or alias.name.partition(".")[0]
                    names[local] = alias.name if alias.asname else alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and _is_tensorflow(node.module):
            for alias in node.names:
                path = node.module if alias.name == "*" else f"{node.module}.{alias.name}"
                _require(path, node.lineno, missing)
                if alias.name != "*":
                    names[alias.asname or alias.name] = path
    for node in ast.walk(tree):
        path = _dotted(node, names)
        if path is not None:
            _require(path, node.lineno, missing)
    return sorted(_shortest(missing))


def _is_tensorflow(name):
    return name.partition(".")[0] in imports.ROOTS


def _dotted(node, names):
    """The TensorFlow path that an attribute expression spells, or None."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not parts or not isinstance(node, ast.Name) or node.id not in names:
        return None
    return ".".join([names[node.id], *reversed(parts)])


def _require(path, line, missing):
    """Notes the first part of `path` that is not there."""
    parts = path.split(".")
    module = None
    for i in range(1, len(parts) + 1):
        name = ".".join(parts[:i])
        owner = module
        found = _lookup(name, owner, parts[i - 1])
        if found is None:
            missing.add(Missing(line, name, _near(owner, parts[i - 1])))
            return
        if not isinstance(found, (types.ModuleType, type)):
            return  # attributes of values are the script's own affair
        module = found


def _lookup(name, owner, attribute):
    if isinstance(owner, type):
        return getattr(owner, attribute, None) if hasattr(owner, attribute) else _instance_attribute(owner)
    return True if attribute.startswith("__") else imports.target(name)


def _instance_attribute(owner):
    """Classes may set attributes on their instances: that cannot be told by reading, so it passes."""
    return owner if owner.__module__.startswith("graphflow") else None


def _near(owner, attribute):
    known = [n for n in dir(owner if owner is not None else imports.graphflow) if not n.startswith("_")]
    near = difflib.get_close_matches(attribute, known, 2)
    return f"nearest: {', '.join(near)}" if near else ""


def _shortest(missing):
    """Without names that only continue another missing one of the same line."""
    return [m for m in missing if not any(m.line == o.line and m.name.startswith(o.name + ".") for o in missing)]


def report(path):
    """Prints what the script at `path` lacks; returns how many names that are."""
    with open(path, encoding="utf-8") as file:
        found = check(file.read(), path)
    for item in found:
        print(f"{path}:{item.line}: {item.name} is not in graphflow" + (f" ({item.hint})" if item.hint else ""))
    distinct = len({m.name for m in found})
    print(f"{path}: {'nothing is missing' if not found else f'{distinct} names are missing'}")
    return distinct
