"""What a Saver saves: variables, slices of variables, and objects that say themselves how they are saved."""

from __future__ import annotations

import collections

from graphflow._graph import build, device, tensor
from graphflow._ops import array, partitioned_variable, resource_variable, state, variable

_REFERENCES = ("Variable", "VariableV2", "AutoReloadVariable")
_VARIABLES = (*_REFERENCES, "VarHandleOp", "ReadVariableOp")


class SaveSpec:
    """One tensor of a checkpoint.

    Args:
        tensor: the tensor to save, or a function that makes it when save operations are built.
        slice_spec: which part of the stored tensor it is, such as `10 4 0,5:0,4`; empty for all of it.
        name: its name in the checkpoint.
        dtype: needed with a function.
        device: likewise.
    """

    def __init__(self, tensor, slice_spec, name, dtype=None, device=None):
        self._tensor, self.slice_spec, self.name = tensor, slice_spec, name
        if callable(tensor):
            if dtype is None or device is None:
                raise AssertionError(
                    "When passing a callable `tensor` to a SaveSpec, an explicit dtype and device must be given."
                )
            self.dtype, self.device = dtype, device
        else:
            self.dtype, self.device = tensor.dtype, tensor.device

    @property
    def tensor(self):
        return self._tensor() if callable(self._tensor) else self._tensor


class SaveableObject:
    """Base of what can be saved and restored. Subclasses define `restore`.

    Args:
        op: the object that this stands for: two saveables of one Saver may not share it.
        specs: a list of SaveSpecs.
        name: what it is saved under.
    """

    def __init__(self, op, specs, name):
        self.op, self.specs, self.name = op, specs, name

    @property
    def optional_restore(self):
        return False

    @property
    def device(self):
        return self.specs[0].device

    def restore(self, restored_tensors, restored_shapes):
        """An operation that restores the object.

        Args:
            restored_tensors: the tensors read from the checkpoint, one a spec.
            restored_shapes: shapes to bring them into, or None.
        """
        raise NotImplementedError("Calling an abstract method.")


class ReferenceVariableSaveable(SaveableObject):
    """A reference variable."""

    def __init__(self, var, slice_spec, name):
        super().__init__(var, [SaveSpec(var, slice_spec, name)], name)

    def restore(self, restored_tensors, restored_shapes):
        value = restored_tensors[0]
        if restored_shapes is not None:
            value = array.reshape(value, restored_shapes[0])
        is_checked = restored_shapes is None and self.op.get_shape().is_fully_defined()
        return state.assign(self.op, value, validate_shape=is_checked)


class ResourceVariableSaveable(SaveableObject):
    """A resource variable, or a read of one."""

    def __init__(self, var, slice_spec, name):
        self._device, self._shape = var.device, var.get_shape()
        if isinstance(var, tensor.Tensor):
            self.handle_op = var.op.inputs[0]
            spec = SaveSpec(var, slice_spec, name)
        elif isinstance(var, resource_variable.ResourceVariable):
            self.handle_op = var.handle
            spec = SaveSpec(lambda: _read_on_cpu(var), slice_spec, name, var.dtype, var.device)
        else:
            raise ValueError(f"Saveable is neither a resource variable nor a read operation. Got: {var!r}")
        super().__init__(var, [spec], name)

    def restore(self, restored_tensors, restored_shapes):
        value = restored_tensors[0]
        if restored_shapes is not None:
            value = array.reshape(value, restored_shapes[0])
        with build.graph_lib.get_default_graph().device(self._device):
            value = array.identity(value)
            self._shape.assert_is_compatible_with(value.get_shape())
            return build.apply("AssignVariableOp", self.handle_op, value)


def _read_on_cpu(var):
    graph = build.graph_lib.get_default_graph()
    with graph.device(var.device):
        value = var.read_value()
        with graph.device("/device:CPU:0"):
            return array.identity(value)


# -- from what the user gives to saveables -------------------------------------------------------------------------------


def saveables_of(var_list):
    """The saveables for a list or dict of variables, sorted by name.

    Raises:
        TypeError: something is no variable. ValueError: two have the same name, or one comes twice.
    """
    by_name = var_list if isinstance(var_list, dict) else dict_of(var_list)
    found, seen = [], set()
    for name, item in sorted(by_name.items(), key=lambda pair: pair[0]):
        for saveable in _saveables_for(item, name):
            if id(saveable.op) in seen:
                raise ValueError(f"The same saveable will be restored with two names: {saveable.name}")
            seen.add(id(saveable.op))
            found.append(saveable)
    return found


def dict_of(var_list):
    """{name in the checkpoint: variable, list of slices or saveable} for a list of variables."""
    if not isinstance(var_list, (list, tuple, set)):
        raise TypeError(f"Variables to save should be passed in a dict or a list: {var_list}")
    found = {}
    for var in sorted(var_list, key=lambda v: v.name):
        info = var._get_save_slice_info() if isinstance(var, variable.Variable) else None
        if isinstance(var, (SaveableObject, partitioned_variable.PartitionedVariable)):
            if var.name in found:
                raise ValueError(f"At least two variables have the same name: {var.name}")
            found[var.name] = var
        elif info is not None:
            slices = found.setdefault(info.full_name, [])
            if not isinstance(slices, list):
                raise ValueError(f"Mixing slices and non-slices with the same name: {info.full_name}")
            slices.append(var)
        elif saveables := gathered(var):
            found.update(dict_of([make() if callable(make) else make for make in saveables.values()]))
        else:
            element = _variable_tensor(var, "Variable to save is not a Variable: ")
            op = element.op.inputs[0].op if element.op.type == "ReadVariableOp" else element.op
            if op.name in found:
                raise ValueError(f"At least two variables have the same name: {op.name}")
            found[op.name] = element
    return found


def gathered(item):
    """The saveables by attribute of an object that is no variable itself but holds state, such as a table; else None."""
    gather = getattr(item, "_gather_saveables_for_checkpoint", None)
    return gather() if gather is not None and not isinstance(item, variable.Variable) else None


def _variable_tensor(var, complaint):
    if isinstance(var, resource_variable.ResourceVariable):
        return var._as_graph_element()
    element = build.convert_to_tensor(var, as_ref=True)
    if element.op.type not in _VARIABLES:
        raise TypeError(f"{complaint}{element}")
    return element


def _saveables_for(item, name):
    if not isinstance(name, str):
        raise TypeError(
            f"names_to_saveables must be a dict mapping string names to trackable operations. Name is not a string: {name}"
        )
    if isinstance(item, SaveableObject):
        return [item]
    if isinstance(item, (list, tuple, partitioned_variable.PartitionedVariable)):
        return _slices_of(list(item), name)
    if saveables := gathered(item):
        made = [
            make(name if attr == "VARIABLE_VALUE" else f"{name}_{attr}") if callable(make) else make
            for attr, make in saveables.items()
        ]
        return [inner for saveable in made for inner in _saveables_for(saveable, saveable.name)]
    element = _variable_tensor(
        item, "names_to_saveables must be a dict mapping string names to Tensors/Variables. Not a variable: "
    )
    return [_saveable(element, "", name)]


def _saveable(var, slice_spec, name):
    kind = ReferenceVariableSaveable if var.op.type in _REFERENCES else ResourceVariableSaveable
    return kind(var, slice_spec, name)


def _slices_of(parts, name):
    full_name = None
    for part in parts:
        if not isinstance(part, variable.Variable):
            raise ValueError(f"Slices must all be Variables: {part}")
        info = part._get_save_slice_info()
        if info is None:
            raise ValueError(f"Slices must all be slices: {part}")
        if full_name not in (None, info.full_name):
            raise ValueError(f"Slices must all be from the same tensor: {full_name} != {info.full_name}")
        full_name = info.full_name
    return [_saveable(part, part._get_save_slice_info().spec, name) for part in parts]


def by_device(saveables):
    """[(device, saveables on it)], sorted by device; ValueError where one saveable lies on several."""
    groups = collections.defaultdict(list)
    for saveable in saveables:
        devices = {device.canonical(spec.tensor.device) for spec in saveable.specs}
        if len(devices) != 1:
            raise ValueError(f"All tensors of a saveable object must be on the same device: {saveable.name}")
        groups[devices.pop()].append(saveable)
    return sorted(groups.items(), key=lambda pair: pair[0])
