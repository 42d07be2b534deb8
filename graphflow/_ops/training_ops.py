"""The operations that optimizers are made of: one update of a variable and its slots in one node.

For an update rule such as `Adam` there are up to four types: `ApplyAdam` and `ResourceApplyAdam` take a gradient of the
variable's shape, `SparseApply...` and `ResourceSparseApply...` the rows of it that `indices` names. The formulas stand in
`_lowering/training.py`; `use_locking` has no meaning here, where no two updates of a variable run at once.
"""

from __future__ import annotations

import re

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._ops import handles, math, state

_UPDATE = re.compile(r"(Resource)?(Sparse)?Apply[A-Z]")
TYPES = tuple(op_type for op_type in op_def.known_types() if _UPDATE.match(op_type))
SPARSE_TYPES = frozenset(op_type for op_type in TYPES if "SparseApply" in op_type)
op_def.not_differentiable(*TYPES, because="an update of a variable is no function of its inputs")


@op_def.shape_rule(*TYPES)
def _update_shape(op):
    """Variable, slots and gradient have one shape; all else is scalar; of a sparse gradient the rows are named."""
    inputs = dict(zip((arg.name for arg in op.op_def.inputs), op.inputs))
    grad, indices = inputs.get("grad", inputs.get("delta")), inputs.get("indices")
    whole = None
    for t in op.inputs:
        if t.dtype.is_ref or t.dtype == dtypes.resource:
            whole = state.merged(op, whole, handles.value_dims(t))
        elif t is not grad and t is not indices and t._dims:
            raise build.shape_error(op, f"Shape must be rank 0 but is rank {len(t._dims)}")
    if indices is None:
        whole = state.merged(op, whole, grad._dims)
    elif whole is not None:
        count = state.merged(op, indices._dims, (None,))
        state.merged(op, grad._dims, (*count, *whole[1:]))
    return [whole] * len(op.outputs)


def update(op_type, arguments, **attrs):
    """Adds one update operation.

    Args:
        arguments: values by argument name, more than the type needs if need be. The variable and its slots are given as
            variables; numbers are cast to the variable's type.
        attrs: `use_locking` and the type's own flags.

    Returns:
        the operation.
    """
    dtype = arguments["var"].dtype.base_dtype
    inputs = []
    for arg in op_def.get(op_type).inputs:
        value = arguments[arg.name]
        if arg.dtype == dtypes.resource:
            value = value.handle
        elif arg.type_attr == "T" and not arg.is_ref and arg.name not in ("grad", "delta"):
            value = math.cast(value, dtype)
        inputs.append(value)
    return build.operation(op_type, *inputs, **attrs)
