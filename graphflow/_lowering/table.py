"""All rows in one table."""

from __future__ import annotations

import functools
import importlib

from graphflow._core import dtypes, errors
from graphflow._lowering import host_side, rule
from graphflow._ops import handles

FAMILIES = (
    "array",
    "joining",
    "rearrange",
    "slicing",
    "gather",
    "choosing",
    "sets",
    "segment",
    "sparse",
    "diagonal",
    "blocks",
    "math",
    "quantization",
    "special",
    "reduce",
    "linalg",
    "tridiagonal",
    "nn",
    "conv",
    "pool",
    "fractional_pool",
    "normalization",
    "cross_entropy",
    "top_k",
    "beam_search",
    "ctc",
    "recurrent_blocks",
    "morphology",
    "random",
    "candidates",
    "state",
    "state_scatter",
    "training",
    "sdca",
    "control_flow",
    "while_loop",
    "tensor_array",
    "gradient_array",
    "stacks",
    "user_ops",
    "host",
    "hashing",
    "set_operations",
    "queues",
    "staging",
    "lookup_tables",
    "accumulators",
    "readers",
    "datasets",
    "iterators",
    "optionals",
    "dataset_records",
    "dataset_stats",
    "files",
    "sparse_store",
    "parsing",
    "decoding",
    "resize",
    "colour",
    "image_codes",
    "boxes",
    "glimpse",
    "distorted_box",
    "saving",
    "summaries",
    "summary_writers",
    "checks",
    "strings",
    "ragged",
    "ragged_rows",
    "derived",
)


@functools.cache
def rows():
    """The rows by op type. Threads that ask at once may each build the table; none sees half of it."""
    table = {}
    for family in FAMILIES:
        module = importlib.import_module(f"graphflow._lowering.{family}")
        for op_type, row in module.RULES.items():
            if op_type in table:
                raise AssertionError(f"{op_type} has a second lowering row in {family}")
            table[op_type] = row
    return table


def row_of(op):
    """The row of an operation.

    Raises:
        UnimplementedError: the type has none.
    """
    row = rows().get(op.type)
    if row is None:
        raise errors.UnimplementedError(
            None,
            op,
            f"graphflow cannot run operations of type {op.type} yet; `python -m graphflow --check` lists what a script needs",
        )
    row = row.for_op(op)
    if not (row.is_host or row.takes_text) and _handles_strings(op):
        return rule.Host(row.emit, because="strings stay on the host", writes=row.writes, free=row.free)
    if row.folds and not (row.is_host or row.free or row.writes) and host_side.belongs(op):
        return rule.Host(row.emit, because="its size depends on values")
    return row


_OF_HANDLES = ("Pack", "GatherV2")


def _handles_strings(op):
    string = dtypes.string
    if op.type in _OF_HANDLES and op.inputs[0]._dtype is dtypes.resource:  # a queue chosen among several
        return True
    if op.type == "Identity" and handles.is_flow(op.inputs[0]):
        return handles.value_dtype(op.inputs[0]) is string
    kept = string, dtypes.variant  # a variant is a Python object: a dataset
    return any(t._dtype.base_dtype in kept for t in op.outputs) or any(t._dtype.base_dtype in kept for t in op.inputs)


def unsupported(ops):
    """The types among `ops` that cannot run, with the reason."""
    missing = {}
    for op in ops:
        row = rows().get(op.type)
        if row is None:
            missing[op.type] = "no rule"
        elif isinstance(row, rule.Unsupported):
            missing[op.type] = row.because
    return missing
