"""Where TensorFlow 1.15 kept its functions: scripts import them from the files that define them.

`homes.txt` has a line for every private module of TensorFlow: what it imports, and which of its names are public under which path.
`inner_homes.txt` adds, in the same form, names that are public nowhere: its paths lead into graphflow's inside.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import pathlib

_TABLES = [pathlib.Path(__file__).with_name(name) for name in ("homes.txt", "inner_homes.txt")]
ROOTS = ("tensorflow.", "tensorflow_core.")


@dataclasses.dataclass(frozen=True)
class Home:
    """A private module.

    Attributes:
        others: last name -> the module of that name that it imports, without `tensorflow.`.
        names: its name -> the public path, without `tensorflow.`; in brackets after it, the order of parameters expected.
    """

    others: dict
    names: dict


@functools.cache
def _lines():
    found = {}
    for table in _TABLES:
        for line in table.read_text(encoding="utf-8").splitlines():
            module, _, rest = line.partition(" ")
            found[module] = f"{found.get(module, '')} {rest}"
    return found


@functools.cache
def home(name):
    """The Home of a dotted name, None where TensorFlow has no such private module."""
    for root in ROOTS:
        if name.startswith(root):
            inner = name.removeprefix(root)
            package, _, last = inner.rpartition(".")
            if last.startswith("gen_") and package in _lines():
                return Home({}, {})
            return _parsed(_lines()[inner]) if inner in _lines() else None
    return None


def _parsed(line):
    head, *groups = line.split(" | ")
    others = head.removeprefix(" < ")
    names = {}
    for group in groups:
        namespace, _, entries = group.partition(":")
        for entry in entries.split():
            name, _, public = entry.partition("=")
            names[name] = f"{namespace}.{public or name}".lstrip(".")
    return Home({other.rpartition(".")[2]: "python." + other for other in others.split()}, names)


def split(name):
    """A dotted name as (the private module that it lies in, its name there); (None, '') where it lies in none.

    >>> split("tensorflow.python.ops.nn_ops.conv2d")
    ('tensorflow.python.ops.nn_ops', 'conv2d')
    """
    module, _, attribute = name.rpartition(".")
    return (module, attribute) if home(module) else (None, "")


def advice(name):
    """What to say of a name that is not here: the public names that stand near it in its module."""
    module, attribute = split(name)
    if module is None:
        return ""
    if ".gen_" in module:
        return "no operation type of TensorFlow 1.15 has that name"
    names = home(module).names
    if attribute in names:
        return f"in TensorFlow it is also tf.{names[attribute].partition('(')[0]}, which graphflow has not"
    near = [names[match].partition("(")[0] for match in difflib.get_close_matches(attribute, names, 3, 0.5)]
    if near:
        return f"it is private in TensorFlow; public names near it: {', '.join('tf.' + path for path in near)}"
    spaces = ", ".join(sorted({f"tf.{path}".rpartition(".")[0] for path in names.values()}))
    if not spaces:
        return "it is private in TensorFlow, and nothing in its module is public"
    return f"it is private in TensorFlow; the public functions of its module are in {spaces}"
