"""A variable that is held in several parts, and the functions that say how to cut it."""

from __future__ import annotations

import math

from graphflow._core import dtypes, shapes
from graphflow._graph import build, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, joining, variable_scope


class PartitionInfo:
    """Where one part lies in its variable: what initializers are told.

    Attributes:
        full_shape: sizes of the whole. var_offset: where the part begins.
    """

    def __init__(self, full_shape, var_offset):
        for label, value in (("full_shape", full_shape), ("var_offset", var_offset)):
            if not isinstance(value, (list, tuple)):
                raise TypeError(f"`{label}` must be a sequence (like tuple or list) instead of {type(value).__name__}")
        if len(full_shape) != len(var_offset):
            raise ValueError(
                f"Expected equal length, but `var_offset` is of length {len(var_offset)} while full_shape is of length "
                f"{len(full_shape)}."
            )
        for offset, size in zip(var_offset, full_shape):
            if not 0 <= offset < size:
                raise ValueError(
                    f"Expected 0 <= offset < shape but found offset={offset}, shape={size} for var_offset={var_offset}, "
                    f"full_shape={full_shape}"
                )
        self.full_shape, self.var_offset = full_shape, var_offset

    def single_slice_dim(self, shape):
        """The axis along which a part of `shape` is smaller than the whole, None where none is."""
        if len(shape) != len(self.full_shape):
            raise ValueError(
                f"Expected equal length, but received shape={shape} of length {len(shape)} while self.full_shape="
                f"{self.full_shape} is of length {len(self.full_shape)}."
            )
        axes = [i for i, (part, whole) in enumerate(zip(shape, self.full_shape)) if part != whole]
        if len(axes) > 1:
            raise ValueError(f"Cannot use single_slice_dim() with shape={shape} and self.full_shape={self.full_shape}")
        return axes[0] if axes else None

    def single_offset(self, shape):
        """Where the part begins along that axis."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self.var_offset[axis]


class PartitionedVariable(tensor.TensorLike):
    """A variable made by `get_variable` with a partitioner: a list of variables that reads as one tensor.

    Args:
        variable_list: the parts, each with its SaveSliceInfo.
        partitions: how many parts there are along each axis.
    """

    def __init__(self, name, shape, dtype, variable_list, partitions):
        if not isinstance(variable_list, (list, tuple)):
            raise TypeError(f"variable_list is not a list or tuple: {variable_list}")
        if not isinstance(partitions, (list, tuple)):
            raise TypeError(f"partitions is not a list or tuple: {partitions}")
        if not all(p >= 1 for p in partitions):
            raise ValueError(f"partition values must be positive: {partitions}")
        if not variable_list:
            raise ValueError("variable_list may not be empty")
        if any(v._get_save_slice_info() is None for v in variable_list):
            raise ValueError(f"All variables must have a save_slice_info available: {[v.name for v in variable_list]}")
        shape = shapes.TensorShape(shapes.as_dims(shape))
        if len(shape) != len(partitions):
            raise ValueError(f"len(shape) != len(partitions): {shape} vs. {partitions}")
        self._variable_list = sorted(variable_list, key=lambda v: v._get_save_slice_info().var_offset)
        self._name, self._shape, self._dtype, self._partitions = name, shape, dtype, partitions

    name = property(lambda self: self._name)
    dtype = property(lambda self: self._dtype)
    shape = property(lambda self: self._shape)
    graph = property(lambda self: self._variable_list[0].graph)

    def get_shape(self):
        """The shape of the whole."""
        return self._shape

    def _get_variable_list(self):
        return self._variable_list

    def _get_partitions(self):
        return self._partitions

    def __iter__(self):
        return iter(self._variable_list)

    def __len__(self):
        axes = self._partition_axes()
        if len(axes) > 1:
            raise ValueError(f"Cannot get a length for {len(axes)} > 1 partition axes")
        return len(self._variable_list)

    def _partition_axes(self):
        return [i for i, p in enumerate(self._partitions) if p > 1] or [0]

    def _only_axis(self, action):
        axes = self._partition_axes()
        if len(axes) > 1:
            raise NotImplementedError(
                f"Cannot {action} along more than one dimension: {axes}.  Multi-axis partition {action} is not supported"
            )
        return axes[0]

    def as_tensor(self):
        """The parts joined: a new tensor for every call."""
        graph = graph_lib.get_default_graph()
        with graph.control_dependencies(None):
            if len(self._variable_list) == 1:
                with graph.name_scope(None):
                    return array.identity(self._variable_list[0], name=self._name)
            axis = self._only_axis("concat")
            with graph.name_scope(self._name + "/ConcatPartitions/"):
                joined = array.concat(self._variable_list, axis)
            with graph.name_scope(None):
                return array.identity(joined, name=self._name)

    def assign(self, value, use_locking=False, name=None, read_value=True):
        """Gives the parts new values; `value` is a tensor of the whole, a list of parts, or a PartitionedVariable."""
        return self._each("assign", value, use_locking, name, read_value)

    def assign_add(self, value, use_locking=False, name=None, read_value=True):
        """Adds to the parts; see `assign`."""
        return self._each("assign_add", value, use_locking, name, read_value)

    def assign_sub(self, value, use_locking=False, name=None, read_value=True):
        """Subtracts from the parts; see `assign`."""
        return self._each("assign_sub", value, use_locking, name, read_value)

    def _each(self, method, value, use_locking, name, read_value):
        axis = self._only_axis("assign action")
        if isinstance(value, (list, PartitionedVariable)):
            values = list(value)
        else:
            sizes = [v.shape.as_list()[axis] for v in self._variable_list]
            values = joining.split(value, sizes, axis=axis)
        return [
            getattr(v, method)(part, use_locking=use_locking, name=name, read_value=read_value)
            for v, part in zip(self._variable_list, values, strict=True)
        ]


def _convert(variable, dtype=None, name=None, as_ref=False):
    if dtype is not None and not dtype.is_compatible_with(variable.dtype):
        raise ValueError(
            f"Incompatible type conversion requested to type '{dtype.name}' for variable of type '{variable.dtype.name}'"
        )
    if as_ref:
        raise NotImplementedError("PartitionedVariable doesn't support being used as a reference.")
    return variable.as_tensor()


build.register_tensor_conversion_function(PartitionedVariable, _convert)

# -- where to cut --------------------------------------------------------------------------------------------------------


def partitions_of(partitioner, shape, dtype):
    """How many parts a partitioner wants along each axis; ValueError for an answer that makes no sense."""
    if not shape.is_fully_defined():
        raise ValueError(f"Shape of a new partitioned variable must be fully defined, but instead was {shape}.")
    if shape.ndims < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1, shape: {shape}")
    found = partitioner(shape=shape, dtype=dtype)
    if not isinstance(found, (list, tuple)):
        raise ValueError(f"Partitioner must return a sequence, but saw: {found}")
    if len(found) != shape.ndims:
        raise ValueError(
            f"Partitioner returned a partition list that does not match the Variable's rank: {found} vs. {shape}"
        )
    if any(p < 1 for p in found):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {found}")
    if sum(p > 1 for p in found) > 1:
        raise ValueError(f"Can only slice a variable along one dimension: shape: {shape}, partitioning: {found}")
    return found


def partitioned_axis(partitions):
    """(the axis that is cut, into how many parts)."""
    return next(((axis, count) for axis, count in enumerate(partitions) if count > 1), (0, 1))


def slices(full_shape, count, axis):
    """(offset, shape) of each of `count` parts along an axis; the first ones take what is left over."""
    whole, left_over = divmod(full_shape[axis], count)
    offset = [0] * len(full_shape)
    for i in range(count):
        part = list(full_shape)
        part[axis] = whole + (i < left_over)
        yield list(offset), part
        offset[axis] += part[axis]


def _element_size(dtype, bytes_per_string_element):
    return bytes_per_string_element if dtype.base_dtype == dtypes.string else dtype.size


def fixed_size_partitioner(num_shards, axis=0):
    """A partitioner into `num_shards` parts along `axis`."""

    def partitioner(shape, **unused):
        partitions = [1] * len(shape)
        partitions[axis] = min(num_shards, shape.as_list()[axis])
        return partitions

    return partitioner


def variable_axis_size_partitioner(max_shard_bytes, axis=0, bytes_per_string_element=16, max_shards=None):
    """A partitioner into parts of at most `max_shard_bytes` along `axis`, and at most `max_shards` of them."""
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError("Both max_shard_bytes and bytes_per_string_element must be positive.")
    if max_shards and max_shards < 1:
        raise ValueError("max_shards must be positive.")

    def partitioner(shape, dtype):
        if not isinstance(shape, shapes.TensorShape):
            raise ValueError(f"shape is not a TensorShape: {shape}")
        if not shape.is_fully_defined():
            raise ValueError(f"shape is not fully defined: {shape}")
        if not isinstance(dtype, dtypes.DType):
            raise ValueError(f"dtype is not a DType: {dtype}")
        size = shape.as_list()[axis]
        row_bytes = shape.num_elements() / size * _element_size(dtype, bytes_per_string_element)
        rows = max(1, math.floor(max_shard_bytes / row_bytes))
        count = math.ceil(size / rows)
        partitions = [1] * shape.ndims
        partitions[axis] = min(max_shards, count) if max_shards else count
        return partitions

    return partitioner


def min_max_variable_partitioner(max_partitions=1, axis=0, min_slice_size=256 << 10, bytes_per_string_element=16):
    """A partitioner into as many parts along `axis`, up to `max_partitions`, as leave each `min_slice_size` bytes."""

    def partitioner(shape, dtype):
        if axis >= len(shape):
            raise ValueError(f"Can not partition variable along axis {axis} when shape is only {shape}")
        total = shape.num_elements() * _element_size(dtype, bytes_per_string_element)
        partitions = [1] * len(shape)
        partitions[axis] = max(1, min(shape.as_list()[axis], max_partitions, math.ceil(total / min_slice_size)))
        return partitions

    return partitioner


def create_partitioned_variables(
    shape, slicing, initializer, dtype=dtypes.float32, trainable=True, collections=None, name=None, reuse=None
):
    """A list of variables that together make one of `shape`, cut as `slicing` says; `get_variable` does this better."""
    if len(shape) != len(slicing):
        raise ValueError(
            f"The 'shape' and 'slicing' of a partitioned Variable must have the length: shape: {shape}, slicing: {slicing}"
        )
    if len(shape) < 1:
        raise ValueError(f"A partitioned Variable must have rank at least 1: shape: {shape}")
    with variable_scope.variable_scope(name, "PartitionedVariable", reuse=reuse):
        whole = variable_scope.get_variable_scope().get_partitioned(
            shape=shape, dtype=dtype, initializer=initializer, trainable=trainable, collections=collections,
            partitioner=lambda **unused: slicing,
        )  # fmt: skip
        return list(whole)
