"""What a run does with each operation of the graph, told without running it. `viz` draws it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import jax
import numpy as np

from graphflow._core import dtypes
from graphflow._lowering import effects, emit, table
from graphflow._ops import handles
from graphflow._passes import dataflow_places, prune, raise_control_flow
from graphflow._runtime import config


@dataclasses.dataclass(slots=True)
class Piece:
    """A step of a run: one compiled program, or operations that run in Python one after the other.

    Attributes:
        operations: names, in order. Those of TensorFlow 1's control flow are the names of the loops and branches made of them.
        folded: the names of those among them whose values are known when the program is compiled.
        because: {name: why} of operations that cannot be compiled.
        inputs, outputs: names of the tensors that enter and leave.
        device: its name.
    """

    is_host: bool
    operations: list
    folded: set
    because: dict
    inputs: list
    outputs: list
    device: str


@dataclasses.dataclass(slots=True)
class Account:
    """What a run needs and how it is cut.

    Attributes:
        operations: those of the graph that run, in order.
        fed, fetched, targets: tensors that are given, tensors and operations that are asked for.
        values: the tensors whose values the run could hand out: fed ones, and what is computed outside of loops and branches.
        pieces: the steps of the run, in order.
        variables: function() -> {operation name: array}: what the variables among the operations hold at that time.
    """

    operations: list
    fed: list
    fetched: list
    targets: list
    values: list
    pieces: list
    variables: Callable


def account(plan, fetches, store):
    """The Account of a Plan made for Fetches; `store` holds the session's values."""
    fed = set(plan.fed)
    targets = list(dict.fromkeys([t.op for t in fetches.tensors if t not in fed] + fetches.operations))
    ops = prune.prune(targets, fed)
    computed = [t for op in ops for t in op.outputs if t not in fed and _has_value(t)]
    if raise_control_flow.is_needed(ops):
        places = dataflow_places.Places(ops, fed)
        computed = [t for t in computed if not places.of_tensor(t) and t.op.type not in dataflow_places.KINDS]
    computed = [t for t in computed if t.graph.is_fetchable(t)]
    given = [t for t in plan.fed if _has_value(t)]
    pieces = [_piece(step) for step in plan.steps]
    held = functools.partial(_held, [op for op in ops if op.type in effects.VARIABLES], store)
    return Account(ops, list(plan.fed), fetches.tensors, fetches.operations, given + computed, pieces, held)


def _held(variables, store):
    """{operation name: a copy of the value} of variables that have one."""
    with store.lock:
        found = {op.name: store.values.get(effects.variable_key(op)) for op in variables}
        return {name: np.array(value) for name, value in found.items() if value is not None}


def _has_value(t):
    """Whether a tensor's value is an array: no handle, no flow of a TensorArray."""
    return t._dtype.base_dtype is dtypes.string or not (emit.is_opaque(t) or handles.is_flow(t))


def _piece(step):
    island = step.island
    because, known = {}, set()

    def is_known(t):
        return t in island.static_inputs or t.op in known

    for op in island.ops:
        row = table.row_of(op)
        if row.is_host:
            because[op.name] = getattr(row, "because", "")
        elif op.outputs and (row.shape_only or row.folds and all(map(is_known, op.inputs))):
            known.add(op)
    device = config.device_name(getattr(step, "device", None) or jax.devices()[0])
    return Piece(
        step.is_host, [op.name for op in island.ops], {op.name for op in known}, because, [t.name for t in island.inputs],
        [t.name for t in island.outputs], device,
    )  # fmt: skip
