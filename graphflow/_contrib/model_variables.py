"""Variables of contrib: in collections of one's choosing, found again by scope and suffix, assigned from values."""

from __future__ import annotations

import functools
import re

from graphflow._contrib import arg_scope, layer_tools
from graphflow._core import dtypes, log
from graphflow._graph import device as device_lib
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import array, grouping, variable_scope
from graphflow._ops import variable as variable_lib
from graphflow._train import global_step
from graphflow._train.saving import reader, saver

_KEYS = keys.GraphKeys
_AUTO, _NONE = variable_lib.VariableSynchronization.AUTO, variable_lib.VariableAggregation.NONE


# -- making them ---------------------------------------------------------------------------------------------------------


@arg_scope.add_arg_scope
def variable(
    name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=True, collections=None, caching_device=None,
    device=None, partitioner=None, custom_getter=None, use_resource=None, synchronization=_AUTO, aggregation=_NONE,
):  # fmt: skip
    """`get_variable`, on a device; a scope's `device` may be a `VariableDeviceChooser`."""
    names = dict.fromkeys(
        layer_tools.as_list_of_names([_KEYS.GLOBAL_VARIABLES] if collections is None else collections)
    )
    getter = variable_scope.get_variable
    if custom_getter is not None:
        getter = functools.partial(custom_getter, reuse=variable_scope.get_variable_scope().reuse)
    with graph_lib.get_default_graph().device(device or ""):
        return getter(
            name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer, trainable=trainable,
            collections=list(names), caching_device=caching_device, partitioner=partitioner, use_resource=use_resource,
            synchronization=synchronization, aggregation=aggregation,
        )  # fmt: skip


@arg_scope.add_arg_scope
def model_variable(
    name, shape=None, dtype=dtypes.float32, initializer=None, regularizer=None, trainable=True, collections=None,
    caching_device=None, device=None, partitioner=None, custom_getter=None, use_resource=None, synchronization=_AUTO,
    aggregation=_NONE,
):  # fmt: skip
    """`variable`, also in MODEL_VARIABLES."""
    names = [*layer_tools.as_list_of_names(collections), _KEYS.GLOBAL_VARIABLES, _KEYS.MODEL_VARIABLES]
    return variable(
        name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer, trainable=trainable,
        collections=names, caching_device=caching_device, device=device, partitioner=partitioner,
        custom_getter=custom_getter, use_resource=use_resource, synchronization=synchronization, aggregation=aggregation,
    )  # fmt: skip


def model_variable_getter(rename=None):
    """A custom getter that makes model variables, under other names where `rename` has them."""

    def get(
        getter, name, shape=None, dtype=None, initializer=None, regularizer=None, trainable=True, collections=None,
        caching_device=None, partitioner=None, use_resource=None, synchronization=_AUTO, aggregation=_NONE, **_,
    ):  # fmt: skip
        above, slash, last = name.rpartition("/")
        return model_variable(
            above + slash + (rename or {}).get(last, last), shape=shape, dtype=dtype, initializer=initializer,
            regularizer=regularizer, trainable=trainable, collections=collections, caching_device=caching_device,
            partitioner=partitioner, custom_getter=getter, use_resource=use_resource, synchronization=synchronization,
            aggregation=aggregation,
        )  # fmt: skip

    return get


def local_variable(initial_value, validate_shape=True, name=None, use_resource=None):
    """A variable in LOCAL_VARIABLES, not trained."""
    return _in_collection(_KEYS.LOCAL_VARIABLES, initial_value, validate_shape, name, use_resource)


def global_variable(initial_value, validate_shape=True, name=None, use_resource=None):
    """A variable in GLOBAL_VARIABLES, not trained."""
    return _in_collection(_KEYS.GLOBAL_VARIABLES, initial_value, validate_shape, name, use_resource)


def _in_collection(collection, initial_value, validate_shape, name, use_resource):
    return variable_lib.Variable(
        initial_value, trainable=False, collections=[collection], validate_shape=validate_shape, use_resource=use_resource,
        name=name,
    )  # fmt: skip


def add_model_variable(var):
    """Adds a variable to MODEL_VARIABLES where it is not in it yet."""
    graph = graph_lib.get_default_graph()
    if all(var is not one for one in graph.get_collection(_KEYS.MODEL_VARIABLES)):
        graph.add_to_collection(_KEYS.MODEL_VARIABLES, var)


class VariableDeviceChooser:
    """A device function that deals variables out over parameter servers.

    Args:
        num_tasks: how many servers there are; 0 for none.
        job_name, device_type, device_index, replica: parts of the device.
    """

    def __init__(self, num_tasks=0, job_name="ps", device_type="CPU", device_index=0, replica=None):
        self._parts = {"replica": replica, "device_type": device_type, "device_index": device_index}
        self._num_tasks, self._job_name, self._next = num_tasks, job_name, 0

    def __call__(self, op):
        parts = dict(self._parts)
        if self._num_tasks > 0:
            parts.update(job=self._job_name, task=self._next)
            self._next = (self._next + 1) % self._num_tasks
        return device_lib.DeviceSpec(**parts).to_string()


# -- finding them --------------------------------------------------------------------------------------------------------


def get_variables(scope=None, suffix=None, collection=_KEYS.GLOBAL_VARIABLES):
    """The variables of a collection whose names begin with a scope and end with a suffix."""
    scope = scope.name if isinstance(scope, variable_scope.VariableScope) else scope
    if suffix is not None:
        scope = f"{scope or ''}.*{suffix if ':' in suffix else suffix + ':'}"
    return graph_lib.get_default_graph().get_collection(collection, scope)


def get_model_variables(scope=None, suffix=None):
    """`get_variables` of MODEL_VARIABLES."""
    return get_variables(scope, suffix, _KEYS.MODEL_VARIABLES)


def get_local_variables(scope=None, suffix=None):
    """`get_variables` of LOCAL_VARIABLES."""
    return get_variables(scope, suffix, _KEYS.LOCAL_VARIABLES)


def get_trainable_variables(scope=None, suffix=None):
    """`get_variables` of TRAINABLE_VARIABLES."""
    return get_variables(scope, suffix, _KEYS.TRAINABLE_VARIABLES)


def get_variables_to_restore(include=None, exclude=None):
    """The global variables below the scopes of one list and not below those of another.

    Raises:
        TypeError: one of them is no list or tuple.
    """
    for name, given in (("include", include), ("exclude", exclude)):
        if given is not None and not isinstance(given, (list, tuple)):
            raise TypeError(f"{name} is provided but is not a list or a tuple: {given!r}")
    left_out = {id(v) for scope in exclude or () for v in get_variables(scope)}
    found = get_variables() if include is None else [v for scope in include for v in get_variables(scope)]
    return [v for v in found if id(v) not in left_out]


def get_variables_by_suffix(suffix, scope=None):
    """The global variables whose names end with a suffix."""
    return get_variables(scope=scope, suffix=suffix)


def get_variables_by_name(given_name, scope=None):
    """The global variables whose last part of the name is this."""
    return get_variables(scope=scope, suffix=f"/{given_name}:|^{given_name}:")


def get_unique_variable(var_op_name):
    """The variable of that name.

    Raises:
        ValueError: there is none.
    """
    candidates = get_variables(scope=var_op_name)
    if not candidates:
        raise ValueError(f"Couldn't find variable {var_op_name}")
    for candidate in candidates:
        if candidate.op.name == var_op_name:
            return candidate
    raise ValueError(f"Variable {var_op_name} does not uniquely identify a variable")


def get_variable_full_name(var):
    """The name of a variable, for a part of one that of the whole."""
    return var._save_slice_info.full_name if var._save_slice_info else var.op.name


def filter_variables(var_list, include_patterns=None, exclude_patterns=None, reg_search=True):
    """The variables whose names match one of some patterns (all of them where there are none) and none of others.

    Args:
        reg_search: patterns match anywhere in the name; False: at its start.
    """
    matches = re.search if reg_search else re.match

    def any_of(patterns, var):
        return any(matches(pattern, var.name) for pattern in patterns)

    kept = [v for v in var_list if include_patterns is None or any_of(include_patterns, v)]
    return [v for v in kept if not any_of(exclude_patterns or (), v)]


# -- setting them --------------------------------------------------------------------------------------------------------


def _assignment(var, value, feed_dict):
    """An operation that sets a variable to a value, which is put in the feeds."""
    placeholder = array.placeholder(var.dtype.base_dtype, shape=var.get_shape(), name="placeholder/" + var.op.name)
    feed_dict[placeholder] = value
    return var.assign(placeholder)


def assign_from_values(var_names_to_values):
    """An operation, and feeds for it, that set variables, given as a dict name -> array.

    Raises:
        ValueError: there is no such variable.
    """
    feed_dict, ops = {}, []
    for name, value in var_names_to_values.items():
        found = get_variables(scope=name)
        if not found:
            raise ValueError(f"Variable {name} wasn't found")
        exact = [v for v in found if v.op.name == name] if len(found) > 1 else found
        if not exact:
            raise ValueError(f"Variable {name} doesn't uniquely identify a variable")
        ops.append(_assignment(exact[0], value.reshape(exact[0].get_shape().as_list()), feed_dict))
    return grouping.group(*ops), feed_dict


def assign_from_values_fn(var_names_to_values):
    """A function session -> None that does what `assign_from_values` prepares."""
    assign_op, feed_dict = assign_from_values(var_names_to_values)
    return lambda session: session.run(assign_op, feed_dict)


def assign_from_checkpoint(model_path, var_list, ignore_missing_vars=False):
    """An operation, and feeds for it, that set variables to what a checkpoint holds.

    Args:
        var_list: variables, or a dict name in the checkpoint -> variable or list of its parts.
        ignore_missing_vars: whether what the checkpoint lacks is passed over.

    Raises:
        ValueError: the checkpoint lacks a variable, or holds it in another shape.
    """
    wanted: dict[str, list] = {}
    if isinstance(var_list, (list, tuple)):
        for var in var_list:
            wanted.setdefault(get_variable_full_name(var), []).append(var)
    else:
        wanted = {name: list(v) if isinstance(v, (list, tuple)) else [v] for name, v in var_list.items()}
    checkpoint = reader.NewCheckpointReader(model_path)
    feed_dict, ops = {}, []
    for name, variables in wanted.items():
        if not checkpoint.has_tensor(name):
            if not ignore_missing_vars:
                raise ValueError(f"Checkpoint is missing variable [{name}]")
            log.warning("Checkpoint is missing variable [%s]", name)
            continue
        value = checkpoint.get_tensor(name)
        for var in variables:
            part, info = value, var._save_slice_info
            if info:
                part = value[tuple(slice(at, at + n) for at, n in zip(info.var_offset, info.var_shape))]
            elif var.get_shape().as_list() != list(value.shape):
                raise ValueError(
                    f"Total size of new array must be unchanged for {name} lh_shape: [{value.shape}], "
                    f"rh_shape: [{var.get_shape()}]"
                )
            ops.append(_assignment(var, part, feed_dict))
    return grouping.group(*ops), feed_dict


def assign_from_checkpoint_fn(model_path, var_list, ignore_missing_vars=False, reshape_variables=False):
    """A function session -> None that restores variables from a checkpoint; None where it has none of them.

    Raises:
        ValueError: no variables were given.
    """
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        checkpoint = reader.NewCheckpointReader(model_path)
        named = var_list if isinstance(var_list, dict) else {v.op.name: v for v in var_list}
        missing = [name for name in named if not checkpoint.has_tensor(name)]
        for name in missing:
            log.warning("Variable %s missing in checkpoint %s", name, model_path)
        var_list = {name: v for name, v in named.items() if name not in missing}
    if not var_list:
        log.warning("No Variables to restore")
        return None
    restorer = saver.Saver(var_list, reshape=reshape_variables)
    return lambda session: restorer.restore(session, model_path)


# -- the global step -----------------------------------------------------------------------------------------------------


def assert_or_get_global_step(graph=None, global_step_tensor=None):
    """The given global step, checked, or that of the graph."""
    if global_step_tensor is None:
        return global_step.get_global_step(graph)
    global_step.assert_global_step(global_step_tensor)
    return global_step_tensor
