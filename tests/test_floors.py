"""The building: imports go down only, JAX stays in the cellar, importing graphflow flips no flag."""

import ast
import io
import subprocess
import sys
import tokenize
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Lowest first. A floor imports itself and what stands before it; the public files stand on top of all.
FLOORS = [
    "_core",
    "_graph",
    "_files",
    "_ops",
    "_autograph",
    "_autodiff",
    "_passes",
    "_lowering",
    "_runtime",
    "_train",
    "_layers",
    "_contrib",
    "_estimator",
]
# Rooms beside the floors, with all that each may import of graphflow.
ROOMS = {
    "_viz": ["_core", "_graph", "_files"],
    "_platform": ["_core", "_graph", "_ops", "_autodiff", "_runtime"],
    "_launcher": ["public"],
}
JAX_FLOORS = ["_lowering", "_runtime"]
# The words the lowering tables are written in: it imports nothing beside it, so no ring can form through it.
VOCABULARY = {"graphflow._lowering.rule"}
GRAPH_FLOORS = FLOORS[: FLOORS.index("_lowering")]

SOURCES = sorted([*(ROOT / "graphflow").rglob("*.py"), *(ROOT / "graphflow_keras").rglob("*.py")])
OTHERS = [path for folder in ("tests", "examples", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
ALL_FILES = sorted([ROOT / "dev.py", *SOURCES, *OTHERS])


def relative(path):
    return path.relative_to(ROOT).as_posix()


each_source = pytest.mark.parametrize("path", SOURCES, ids=relative)
each_file = pytest.mark.parametrize("path", ALL_FILES, ids=relative)


class Imported(NamedTuple):
    line: int
    module: str
    only_names: bool  # `from module import name`, where the name is no module

    def __str__(self):
        return f"line {self.line}: {self.module}"


def syntax_tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_file(module):
    return ROOT.joinpath(*module.split(".")).with_suffix(".py").is_file()


def is_module(module):
    return is_file(module) or ROOT.joinpath(*module.split(".")).is_dir()


def imports(path):
    """Everything a file imports, relative imports resolved."""
    package = module_of(path.parent / "__init__.py").split(".")
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, ast.Import):
            yield from (Imported(node.lineno, alias.name, False) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                yield Imported(node.lineno, *((inner, False) if is_module(inner) else (base, True)))


def none_of(found):
    assert not found, "\n".join(map(str, found))


def floor_of(module):
    """`_ops` for graphflow._ops.math, `public` for graphflow and graphflow.nn, None outside graphflow."""
    package, _, rest = module.partition(".")
    first = rest.split(".")[0]
    if package != "graphflow":
        return None
    return first if first.startswith("_") and not first.startswith("__") else "public"


def floors_below(floor):
    """The floors of graphflow that a file of `floor` may import."""
    if floor is None:  # graphflow_keras stands on the public names alone
        return {"public"}
    if floor == "public":
        return {*FLOORS, *ROOMS, "public"}
    if floor in ROOMS:
        return {floor, *ROOMS[floor]}
    assert floor in FLOORS, f"graphflow/{floor} has no place yet: add it to FLOORS or ROOMS"
    return set(FLOORS[: FLOORS.index(floor) + 1])


@each_source
def test_imports_go_down(path):
    allowed = {None, *floors_below(floor_of(module_of(path)))}
    none_of([found for found in imports(path) if floor_of(found.module) not in allowed])


@each_source
def test_inside_a_floor_the_module_is_imported(path):
    """`from graphflow._ops import math`, not `from graphflow._ops.math import f`: files may form a ring."""
    floor = floor_of(module_of(path))
    beside = [
        found
        for found in imports(path)
        if floor_of(found.module) == floor and floor in FLOORS and found.module not in VOCABULARY
    ]
    none_of([found for found in beside if found.only_names and is_file(found.module)])


@each_source
def test_jax_begins_at_the_lowering(path):
    jax = [found for found in imports(path) if found.module.split(".")[0] in {"jax", "jaxlib"}]
    none_of([] if floor_of(module_of(path)) in JAX_FLOORS else jax)


@each_file
def test_no_import_inside_a_function(path):
    functions = [
        node for node in ast.walk(syntax_tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    none_of(
        [
            f"line {node.lineno}: in {function.name}()"
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
    )


@each_file
def test_nothing_is_left_to_do(path):
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
    comments = [token for token in tokens if token.type == tokenize.COMMENT]
    none_of(
        [
            f"line {token.start[0]}: {token.string}"
            for token in comments
            if any(word in token.string for word in ("TODO", "FIXME", "XXX"))
        ]
    )


def python(code):
    """The words that code prints in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("floor", GRAPH_FLOORS)
def test_graph_floors_load_no_jax(floor):
    # A bare stand-in for graphflow/__init__.py: the public file loads the session, and with it JAX.
    count, *jax = python(f"""
import importlib, pkgutil, sys, types
package = types.ModuleType("graphflow")
package.__path__ = ["graphflow"]
sys.modules["graphflow"] = package
floor = importlib.import_module("graphflow.{floor}")
modules = [module.name for module in pkgutil.walk_packages(floor.__path__, floor.__name__ + ".")]
for name in modules:
    importlib.import_module(name)
print(len(modules), *(name for name in sys.modules if name.split(".")[0] in ("jax", "jaxlib")))
""")
    assert int(count) > 0, f"graphflow/{floor} holds no module"
    assert jax == []


def test_import_flips_no_jax_flag():
    count, *changed = python("""
import jax
before = dict(jax.config.values)
import graphflow
print(len(before), *(name for name, value in before.items() if jax.config.values[name] != value))
""")
    assert int(count) > 50, "JAX keeps its flags elsewhere now, and this test would see no change"
    assert changed == []
