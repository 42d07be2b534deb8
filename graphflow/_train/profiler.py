"""tf.profiler: how many parameters a graph has, how many operations it takes, how long it took, by name scope."""

from __future__ import annotations

import copy
import dataclasses
import re

from graphflow._files import gfile
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._train import flops

_TITLES = {"params": "# parameters", "float_ops": "# float_ops", "micros": "execution time"}
_UNITS = {"params": "params", "float_ops": "flops", "micros": "us"}
_DEFAULTS = {
    "max_depth": 100, "min_bytes": 0, "min_micros": 0, "min_params": 0, "min_float_ops": 0, "min_occurrence": 0,
    "order_by": "name", "account_type_regexes": [".*"], "start_name_regexes": [".*"], "trim_name_regexes": [],
    "show_name_regexes": [".*"], "hide_name_regexes": [], "account_displayed_op_only": True, "select": ["micros"], "step": -1,
    "output": "stdout",
}  # fmt: skip


class ProfileOptionBuilder:
    """The options of `profile`: start with one of the static methods, change them, and `build()`."""

    def __init__(self, options=None):
        self._options = copy.deepcopy(_DEFAULTS if options is None else options)

    @staticmethod
    def trainable_variables_parameter():
        """Options that count the parameters of trainable variables."""
        return {
            **copy.deepcopy(_DEFAULTS),
            "max_depth": 10000,
            "account_type_regexes": ["_trainable_variables"],
            "select": ["params"],
        }

    @staticmethod
    def float_operation():
        """Options that count floating point operations."""
        return {
            **copy.deepcopy(_DEFAULTS),
            "max_depth": 10000,
            "min_float_ops": 1,
            "order_by": "float_ops",
            "select": ["float_ops"],
        }

    @staticmethod
    def time_and_memory(min_micros=1, min_bytes=1, min_accelerator_micros=0, min_cpu_micros=0, min_peak_bytes=0,
                        min_residual_bytes=0, min_output_bytes=0):  # fmt: skip
        """Options that tell how long operations took."""
        return {
            **copy.deepcopy(_DEFAULTS), "max_depth": 10000, "min_micros": min_micros, "min_bytes": min_bytes, "order_by": "micros",
            "select": ["micros", "bytes"],
        }  # fmt: skip

    def build(self):
        """The options as a dict."""
        return copy.deepcopy(self._options)

    def _with(self, **options):
        self._options.update(options)
        return self

    def with_max_depth(self, max_depth):
        """Shows scopes down to that depth."""
        return self._with(max_depth=max_depth)

    def with_min_parameters(self, min_params):
        """Shows what has at least so many parameters."""
        return self._with(min_params=min_params)

    def with_min_float_operations(self, min_float_ops):
        """Shows what takes at least so many operations."""
        return self._with(min_float_ops=min_float_ops)

    def with_min_execution_time(self, min_micros=0, min_accelerator_micros=0, min_cpu_micros=0):
        """Shows what took at least so many microseconds."""
        return self._with(min_micros=min_micros)

    def with_min_occurrence(self, min_occurrence):
        """Without effect."""
        return self._with(min_occurrence=min_occurrence)

    def with_node_names(self, start_name_regexes=None, show_name_regexes=None, hide_name_regexes=None,
                        trim_name_regexes=None):  # fmt: skip
        """Shows nodes whose names match, and counts only those."""
        given = {
            "start_name_regexes": start_name_regexes, "show_name_regexes": show_name_regexes,
            "hide_name_regexes": hide_name_regexes, "trim_name_regexes": trim_name_regexes,
        }  # fmt: skip
        return self._with(**{key: value for key, value in given.items() if value is not None})

    def with_accounted_types(self, account_type_regexes):
        """Counts operations of matching types; `_trainable_variables` stands for the variables."""
        return self._with(account_type_regexes=copy.copy(account_type_regexes))

    def account_displayed_op_only(self, is_true):
        """Counts only what is shown."""
        return self._with(account_displayed_op_only=is_true)

    def select(self, attributes):
        """What to tell: `params`, `float_ops`, `micros`."""
        return self._with(select=copy.copy(attributes))

    def order_by(self, attribute):
        """What to sort by: `name`, or one of those that can be selected."""
        return self._with(order_by=attribute)

    def with_step(self, step):
        """Without effect: a RunMetadata is of one step."""
        return self._with(step=step)

    def with_empty_output(self):
        """Prints nothing."""
        return self._with(output="none")

    def with_stdout_output(self):
        """Prints the table."""
        return self._with(output="stdout")

    def with_file_output(self, outfile):
        """Writes the table to a file."""
        return self._with(output=f"file:outfile={outfile}")


@dataclasses.dataclass(slots=True)
class GraphNode:
    """A scope or operation: its own numbers, and those of all that lies in it."""

    name: str
    parameters: int = 0
    float_ops: int = 0
    exec_micros: int = 0
    total_parameters: int = 0
    total_float_ops: int = 0
    total_exec_micros: int = 0
    children: list = dataclasses.field(default_factory=list)
    dims: tuple | None = None

    def numbers(self, what):
        """(own, total) of `params`, `float_ops` or `micros`."""
        own, total = {
            "params": ("parameters", "total_parameters"), "float_ops": ("float_ops", "total_float_ops"),
            "micros": ("exec_micros", "total_exec_micros"),
        }[what]  # fmt: skip
        return getattr(self, own), getattr(self, total)


def profile(graph=None, run_meta=None, op_log=None, cmd="scope", options=None):
    """Counts parameters, floating point operations and microseconds of a graph.

    Args:
        graph: the default graph when None.
        run_meta: a RunMetadata with the time of operations.
        op_log: without effect.
        cmd: `scope` and `graph` sum by name scope, `op` and `code` by type of operation.
        options: a dict of ProfileOptionBuilder.

    Returns:
        a GraphNode of the whole with `total_parameters`, `total_float_ops`, `total_exec_micros` and `children`.

    Raises:
        ValueError: another `cmd`.
    """
    if cmd not in ("scope", "graph", "op", "code"):
        raise ValueError(f"unknown cmd: {cmd}\n")
    graph = graph or graph_lib.get_default_graph()
    options = {**_DEFAULTS, **(options or {})}
    by_scope = cmd in ("scope", "graph")
    root = GraphNode("_TFProfRoot")
    index = {"": root}
    for op, numbers in _measured(graph, run_meta, options):
        node = _place(index, op.name if by_scope else op.type)
        for field, number in numbers.items():
            setattr(node, field, getattr(node, field) + number)
        if numbers["parameters"] and by_scope:
            node.dims = op.attrs["shape"]
    _add_up(index)
    _print(_table(root, options), options["output"])
    return root


def _measured(graph, run_meta, options):
    """(operation, its numbers) of the operations that are counted."""
    micros = {}
    for device in run_meta.step_stats.dev_stats if run_meta is not None else ():
        for node in device.node_stats:
            micros[node.node_name] = micros.get(node.node_name, 0) + node.all_end_rel_micros
    variables = {v.op for v in graph.get_collection(keys.GraphKeys.TRAINABLE_VARIABLES)}
    for op in graph.get_operations():
        kinds = [op.type] + (["_trainable_variables"] if op in variables else [])
        if not any(_matches(options["account_type_regexes"], kind) for kind in kinds):
            continue
        if not _matches(options["show_name_regexes"], op.name) or _matches(options["hide_name_regexes"], op.name):
            continue
        dims = op.attrs.get("shape") if op.type in ("Variable", "VariableV2", "VarHandleOp") else None
        size = 0
        if dims is not None and None not in dims:
            size = 1
            for d in dims:
                size *= d
        yield op, {"parameters": size, "float_ops": flops.count(op), "exec_micros": micros.get(op.name, 0)}


def _matches(patterns, text):
    return any(re.fullmatch(pattern, text) for pattern in patterns)


def _place(index, name):
    """The node of that name; those of the scopes it lies in are made too."""
    if name not in index:
        index[name] = GraphNode(name)
        _place(index, name.rpartition("/")[0]).children.append(index[name])
    return index[name]


def _add_up(index):
    """Totals, from the deepest scopes up."""
    for name in sorted(index, key=lambda name: -name.count("/") - bool(name)):
        node = index[name]
        node.total_parameters = node.parameters + sum(c.total_parameters for c in node.children)
        node.total_float_ops = node.float_ops + sum(c.total_float_ops for c in node.children)
        node.total_exec_micros = node.exec_micros + sum(c.total_exec_micros for c in node.children)


def _table(root, options):
    """The lines that TensorFlow's profiler prints."""
    chosen = [what for what in options["select"] if what in _TITLES] or ["params"]
    least = {"params": options["min_params"], "float_ops": options["min_float_ops"], "micros": options["min_micros"]}
    lines = ["node name | " + " | ".join(_TITLES[what] for what in chosen)]
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > options["max_depth"]:
            continue
        if node is root or all(node.numbers(what)[0] >= least[what] for what in chosen):
            lines.append("  " * depth + f"{node.name} ({', '.join(_cell(node, what) for what in chosen)})")
            depth += 1  # what lies in a scope that is not shown takes its place
        waiting += [(child, depth) for child in reversed(_sorted(node.children, options["order_by"]))]
    return lines


def _cell(node, what):
    own, total = node.numbers(what)
    shape = "x".join(map(str, node.dims)) + ", " if what == "params" and node.dims else ""
    return f"{shape}{own or '--'}/{total} {_UNITS[what]}"


def _sorted(nodes, by):
    if by in _TITLES:
        return sorted(nodes, key=lambda node: (-node.numbers(by)[1], node.name))
    return sorted(nodes, key=lambda node: node.name)


def _print(lines, output):
    text = "\n".join(["Profile:", *lines])
    if output == "stdout":
        print(text)
    elif output.startswith("file:outfile="):
        with gfile.GFile(output.partition("=")[2], "w") as file:
            file.write(text + "\n")


class Profiler:
    """Profiles of one graph, from the times of several steps.

    Args:
        graph: the default graph when None.
    """

    def __init__(self, graph=None, op_log=None):
        self._graph = graph or graph_lib.get_default_graph()
        self._steps = {}

    def add_step(self, step, run_meta):
        """Adds what a step measured."""
        self._steps[step] = run_meta

    def _profile(self, cmd, options):
        step = options.get("step", -1)
        latest = self._steps.get(step, self._steps[max(self._steps)] if self._steps else None)
        return profile(self._graph, latest, cmd=cmd, options=options)

    def profile_name_scope(self, options):
        """Sums by name scope; see `profile`."""
        return self._profile("scope", options)

    def profile_graph(self, options):
        """Sums by name scope; see `profile`."""
        return self._profile("graph", options)

    def profile_operations(self, options):
        """Sums by type of operation; see `profile`."""
        return self._profile("op", options)

    def profile_python(self, options):
        """Sums by type of operation; see `profile`."""
        return self._profile("code", options)
