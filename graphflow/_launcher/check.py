"""What a script needs of TensorFlow that graphflow does not have, found by reading it."""

from __future__ import annotations

import ast
import dataclasses
import difflib
import types

from graphflow._launcher import imports, source


@dataclasses.dataclass(frozen=True, order=True)
class Missing:
    """A name that a script uses and graphflow lacks."""

    line: int
    name: str
    hint: str = ""


def check(text, filename="<script>", names=None):
    """The missing names of a script's text, by line.

    Args:
        names: local name -> dotted TensorFlow path, of the cells before; this text's imports are added.

    Raises:
        SyntaxError: the text is not Python 3.
    """
    tree = ast.parse(text, filename)
    names = {} if names is None else names
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
    """Prints what the script or notebook at `path` lacks; returns how many names that are."""
    pieces = source.read(path)
    if source.is_python2(pieces):
        pieces = source.to_python3(pieces)
    names, lacking = {}, set()
    for piece in pieces:
        for item in check(piece.text, piece.name, names):
            lacking.add(item.name)
            print(
                f"{piece.name}:{item.line}: {item.name} is not in graphflow" + (f" ({item.hint})" if item.hint else "")
            )
    print(f"{path}: {'nothing is missing' if not lacking else f'{len(lacking)} names are missing'}")
    return len(lacking)
