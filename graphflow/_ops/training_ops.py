"""The operations that optimizers are made of: one update of a variable and its slots in one node.

For an update rule such as `Adam` there are up to four types: `ApplyAdam` and `ResourceApplyAdam` take a gradient of the
variable's shape, `SparseApply...` and `ResourceSparseApply...` the rows of it that `indices` names. The formulas stand in
`_lowering/training.py`; `use_locking` has no meaning here, where no two updates of a variable run at once.
"""

from __future__ import annotations

from graphflow._core import dtypes, shapes
from graphflow._graph import build, op_def
from graphflow._ops import resource_variable

UPDATE_RULES = (
    "GradientDescent", "Momentum", "KerasMomentum", "Adam", "AdamWithAmsgrad", "AdaMax", "Adagrad", "AdagradV2",
    "AdagradDA", "Adadelta", "RMSProp", "CenteredRMSProp", "Ftrl", "FtrlV2", "ProximalGradientDescent",
    "ProximalAdagrad", "AddSign", "PowerSign",
)  # fmt: skip


def _types():
    known = set(op_def.known_types())
    kinds = ("Apply", "SparseApply", "ResourceApply", "ResourceSparseApply")
    return tuple(kind + rule for rule in UPDATE_RULES for kind in kinds if kind + rule in known)


TYPES = _types()
op_def.not_differentiable(*TYPES, because="an update of a variable is no function of its inputs")


@op_def.shape_rule(*TYPES)
def _update_shape(op):
    """Variable, slots and gradient have one shape; all else is scalar; of a sparse gradient the rows are named."""
    inputs = dict(zip((arg.name for arg in op.op_def.inputs), op.inputs))
    whole = None
    for t in op.inputs:
        if names_variable(t):
            whole = _merged(op, whole, variable_dims(t))
    grad, indices = inputs.get("grad", inputs.get("delta")), inputs.get("indices")
    if indices is None:
        whole = _merged(op, whole, grad._dims)
    else:
        _check_rows(op, whole, grad._dims, indices._dims)
    for t in op.inputs:
        if t is not grad and t is not indices and not names_variable(t) and t._dims:
            raise build.shape_error(op, f"Shape must be rank 0 but is rank {len(t._dims)}")
    return [whole] * len(op.outputs)


def names_variable(t):
    """Whether an input of an update is the variable or a slot, not a value."""
    return t.dtype.is_ref or t.dtype == dtypes.resource


def variable_dims(t):
    """The plain shape of the variable that a reference or handle names."""
    return resource_variable.of_handle(t)[1] if t.dtype == dtypes.resource else t._dims


def _merged(op, a, b):
    try:
        return shapes.merge(a, b)
    except ValueError as err:
        raise build.shape_error(op, str(err)) from None


def _check_rows(op, whole, grad, indices):
    indices = _merged(op, indices, (None,))
    if grad is not None:
        tail = None if whole is None else whole[1:]
        _merged(op, grad, None if tail is None else (*indices, *tail))
