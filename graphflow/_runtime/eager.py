"""Executes operations one by one, as they are made.

A rule that NumPy can compute runs there while its arrays are small. Any other is compiled, once for each op type, attributes, types
and shapes of inputs; a call of a function is compiled as a session compiles a step. What runs on the host runs as in a session.
"""

from __future__ import annotations

import collections
import weakref

import jax
import numpy as np

from graphflow._core import dtypes, errors, shapes
from graphflow._graph import eager_graph
from graphflow._lowering import effects, emit, rule, table
from graphflow._ops import handles
from graphflow._runtime import config, eager_calls, eager_forms

_MOST = 10_000  # forms that are remembered
_forms: collections.OrderedDict = collections.OrderedDict()
_host = eager_forms.HostForm()


def execute(op):
    """The values of an operation's outputs.

    Raises:
        OpError: it failed.
    """
    direct = _DIRECT.get(op.type)
    if direct is not None:
        return direct(op)
    values = [t._value for t in op.inputs]
    if op.type == "DerivedGradient":
        found = eager_calls.gradient(op, values)
        if found is not None:
            return found
    return _form(op, values).execute(op, values)


def _form(op, values):
    """The form of an operation for inputs like these; made when there is none yet."""
    if op.type in emit.CALLING:
        key = op.type, op.attrs["f"]
    elif _runs_on_host(op):
        return _host
    else:
        key = eager_forms.key_of(op, values)
    form = _forms.get(key)
    if form is None:
        calls = op.type in emit.CALLING
        form = _forms[key] = eager_calls.CallForm(op) if calls else eager_forms.form_of(op, values, key)
        if len(_forms) > _MOST:
            _forms.popitem(last=False)
    return form


def _runs_on_host(op):
    """Whether an operation runs in Python whatever the shapes are: by its row, or because its values are no arrays."""
    row = table.rows().get(op.type)
    if row is None or isinstance(row, (rule.Host, rule.Unsupported)):
        return True
    for t in op.inputs:
        dtype = t._dtype
        if dtype is dtypes.string or dtype is dtypes.variant:
            return not getattr(row, "takes_text", False)
        if dtype is dtypes.resource:
            variable = handles.variable_of(t)
            if variable is None or variable[0].base_dtype is dtypes.string:
                return True
    return any(t._dtype is dtypes.string or t._dtype is dtypes.variant for t in op.outputs)


# -- operations that compute nothing -------------------------------------------------------------------------------------


def _const(op):
    return (op.attrs["value"],)


def _same(op):
    return [t._value for t in op.inputs]


def _variable(op):
    key = effects.variable_key(op)
    weakref.finalize(op.outputs[0], eager_forms.STORE.values.pop, key, None)
    return (emit.Ref(key),)


def _read(op):
    handle = op.inputs[0]._value
    value = eager_forms.STORE.values.get(handle.key)
    if value is None:
        raise errors.FailedPreconditionError(
            None, op, f"Error while reading resource variable {handle.key}: it has no value"
        )
    return (value,)


def _assign(op):
    handle, value = op.inputs
    dims = handles.value_dims(handle)
    if not shapes.compatible(dims, value._dims):
        raise errors.InvalidArgumentError(
            None, op, f"the variable has shape {shapes.to_text(dims)}, and is assigned a value of shape "
            f"{shapes.to_text(value._dims)}: make it with shape=tf.TensorShape(None) to hold values of any shape"
        )  # fmt: skip
    eager_forms.STORE.values[handle._value.key] = value._value
    return ()


def _is_initialized(op):
    return (np.bool_(eager_forms.STORE.values.get(op.inputs[0]._value.key) is not None),)


def _placeholder(op):
    raise RuntimeError("tf.placeholder() is not compatible with eager execution.")


_DIRECT = {
    "Const": _const,
    "Identity": _same,
    "IdentityN": _same,
    "StopGradient": _same,
    "PreventGradient": _same,
    "NoOp": lambda op: (),
    "VarHandleOp": _variable,
    "ReadVariableOp": _read,
    "AssignVariableOp": _assign,
    "VarIsInitializedOp": _is_initialized,
    "Placeholder": _placeholder,
    "PlaceholderV2": _placeholder,
}


# -- the hooks -----------------------------------------------------------------------------------------------------------


def _reset():
    """Random streams begin anew."""
    eager_forms.COUNTERS.clear()
    values = eager_forms.STORE.values
    for key in [key for key in values if type(key) is tuple and key[0] == emit.SEEDED]:
        del values[key]


def _own(owner, handle):
    weakref.finalize(owner, _drop, handle._value.key)


def _drop(key):
    """Forgets an object that nothing names any more, and lets it end its threads."""
    resource = eager_forms.STORE.resources.pop(key, None)
    if hasattr(resource, "leave"):
        resource.leave()


def devices():
    """The names of the devices."""
    if not eager_forms.STORE.devices:
        eager_forms.STORE.devices = tuple(jax.devices())
    return [config.device_name(d) for d in eager_forms.STORE.devices]


eager_graph.hooks.execute = execute
eager_graph.hooks.reset = _reset
eager_graph.hooks.devices = devices
eager_graph.hooks.own = _own
