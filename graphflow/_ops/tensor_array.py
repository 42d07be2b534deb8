"""TensorArray: a list of tensors that loops read and write.

The node makes a handle, which names the array, and a flow. Each write gives a new flow, and a read takes one; so flows order the
operations, and here a flow's value is the array itself.
"""

from __future__ import annotations

import contextlib
import warnings

from graphflow._core import dtypes, shapes
from graphflow._graph import build, eager_graph, op_def, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, derived, math


class TensorArray:
    """A list of tensors of one type, and as a rule of one shape. Writes give a new TensorArray: use that from then on.

    Args:
        dtype: of the elements.
        size: int32 scalar, how many elements.
        dynamic_size: whether a write past the end makes it longer.
        clear_after_read: taken and ignored: elements may be read again.
        tensor_array_name: name of the array at run time.
        handle, flow: of an existing array, in place of a size.
        infer_shape: whether all elements have the same shape, which the first write tells.
        element_shape: what is known of that shape.
        colocate_with_first_write_call: whether writes stand on the device of the first tensor written.

    Raises:
        ValueError: neither or both of size and handle, or arguments that only fit the other one. TypeError: the handle is no
        tensor.
    """

    eager_type: type | None = None  # what is made with eager execution

    def __new__(cls, *args, **kwargs):
        eagerly = cls is TensorArray and eager_graph.executing_eagerly()
        return super().__new__(cls.eager_type if eagerly else cls)

    def __init__(self, dtype, size=None, dynamic_size=None, clear_after_read=None, tensor_array_name=None, handle=None,
                 flow=None, infer_shape=True, element_shape=None, colocate_with_first_write_call=True, name=None):  # fmt: skip
        _check_arguments(size, dynamic_size, clear_after_read, tensor_array_name, handle, element_shape)
        self._dtype = dtypes.as_dtype(dtype).base_dtype
        self._dynamic_size = bool(dynamic_size)
        self._infer_shape = infer_shape
        self._element_dims = [shapes.as_dims(element_shape)]  # shared by all that come from this one
        self._colocated = [] if colocate_with_first_write_call else None  # what was written first
        with build.name_scope(name, "TensorArray", [handle, size, flow]) as scope, contextlib.ExitStack() as stack:
            if handle is not None:
                if flow is None:
                    raise ValueError("flow must not be None if handle is not None.")
                self._handle, self._flow = handle, build.convert_to_tensor(flow)
                return
            if colocate_with_first_write_call:
                graph = graph_lib.get_default_graph()
                stack.enter_context(graph.device(None))
                stack.enter_context(graph.colocate_with(None, ignore_existing=True))
            self._handle, self._flow = build.apply(
                "TensorArrayV3", size, dtype=self._dtype, element_shape=shapes.as_dims(element_shape),
                identical_element_shapes=bool(infer_shape), dynamic_size=self._dynamic_size,
                clear_after_read=True if clear_after_read is None else clear_after_read,
                tensor_array_name=tensor_array_name or "", name=scope,
            )  # fmt: skip

    flow = property(lambda self: self._flow, doc="The float scalar tensor that orders the operations on the array.")
    handle = property(lambda self: self._handle, doc="The tensor that names the array.")
    dtype = property(lambda self: self._dtype, doc="The type of the elements.")
    dynamic_size = property(lambda self: self._dynamic_size, doc="Whether writes past the end make the array longer.")

    @property
    def element_shape(self):
        """What is known of the shape of the elements."""
        return shapes.TensorShape(self._element_dims[0])

    def identity(self):
        """The same array, whose operations wait for the control dependencies in force."""
        return with_flow(self, array.identity(self._flow))

    def size(self, name=None):
        """The number of elements, an int32 scalar."""
        return build.apply("TensorArraySizeV3", self._handle, self._flow, name=name)

    def read(self, index, name=None):
        """The element at `index`, an int32 scalar."""
        value = build.apply("TensorArrayReadV3", self._handle, index, self._flow, dtype=self._dtype, name=name)
        value.set_shape(self.element_shape)
        return value

    def write(self, index, value, name=None):
        """The array with `value` at `index`.

        Raises:
            ValueError: the value has another shape than the elements.
        """
        with build.name_scope(name, "TensorArrayWrite", [self._handle, index, value]):
            value = self._converted(value)
            self._merge(value._dims)
            with self._beside(value):
                flow = build.apply("TensorArrayWriteV3", self._handle, index, value, self._flow, name=name)
            return with_flow(self, flow)

    def stack(self, name=None):
        """All elements in one tensor, `[size, *element_shape]`."""
        graph = graph_lib.get_default_graph()
        with graph.colocate_with(self._handle), build.name_scope(name, "TensorArrayStack", [self._handle]):
            return self.gather(math.range(0, self.size()), name=name)

    def gather(self, indices, name=None):
        """The elements at `indices`, an int32 vector, in one tensor."""
        dims = self._element_dims[0]
        value = build.apply(
            "TensorArrayGatherV3", self._handle, indices, self._flow, dtype=self._dtype, element_shape=dims, name=name
        )
        if dims is not None:
            value.set_shape((None, *dims))
        return value

    def concat(self, name=None):
        """All elements joined along their first axis."""
        dims = self._element_dims[0]
        value, _ = build.apply(
            "TensorArrayConcatV3", self._handle, self._flow, dtype=self._dtype,
            element_shape_except0=None if dims is None else dims[1:], name=name,
        )  # fmt: skip
        if dims is not None:
            value.set_shape((None, *dims[1:]))
        return value

    def unstack(self, value, name=None):
        """The array with the rows of `value` as its elements."""
        with build.name_scope(name, "TensorArrayUnstack", [self._handle, value]):
            rows = array.shape(value)[0]
            return self.scatter(math.range(0, rows), value, name=name)

    def scatter(self, indices, value, name=None):
        """The array with the rows of `value` at `indices`, an int32 vector.

        Raises:
            ValueError: the rows have another shape than the elements.
        """
        with build.name_scope(name, "TensorArrayScatter", [self._handle, value, indices]):
            value = self._converted(value)
            self._merge(None if value._dims is None else value._dims[1:])
            with self._beside(value):
                flow = build.apply("TensorArrayScatterV3", self._handle, indices, value, self._flow, name=name)
            return with_flow(self, flow)

    def split(self, value, lengths, name=None):
        """The array with consecutive pieces of `value`, of `lengths` rows, as its elements."""
        with build.name_scope(name, "TensorArraySplit", [self._handle, value, lengths]):
            value = build.convert_to_tensor(value, dtype=self._dtype, name="value")
            with self._beside(value):
                lengths = math.cast(lengths, dtypes.int64)
                known = static_value.constant_value(lengths)
                if value._dims is not None and known is not None and known.ndim and known.max() == known.min():
                    self._merge((int(known[0]), *value._dims[1:]))
                flow = build.apply("TensorArraySplitV3", self._handle, value, lengths, self._flow, name=name)
            return with_flow(self, flow)

    def grad(self, source, flow=None, name=None):
        """The array that holds the gradients of the elements, for gradients written by hand."""
        graph = graph_lib.get_default_graph()
        with build.name_scope(name, "TensorArrayGrad", [self._handle]), graph.colocate_with(self._handle):
            flow = self._flow if flow is None else flow
            handle, _ = build.apply("TensorArrayGradV3", self._handle, flow, source=source, name=name)
            with graph.control_dependencies([handle]):
                flow = array.identity(flow, name="gradient_flow")
            made = TensorArray(self._dtype, handle=handle, flow=flow, infer_shape=self._infer_shape,
                               colocate_with_first_write_call=False)  # fmt: skip
            made._element_dims = self._element_dims
            return made

    def close(self, name=None):
        """An operation that frees the array; it does nothing here."""
        return build.apply("TensorArrayCloseV3", self._handle, name=name)

    def _converted(self, value):
        value = build.convert_to_tensor(value, preferred_dtype=self._dtype, name="value")
        if value.dtype.base_dtype is not self._dtype:
            warnings.warn(
                f"a TensorArray of {self._dtype.name} is given {value}; the run will refuse it: cast it first",
                stacklevel=4,
            )
        return value

    def _merge(self, dims):
        """Takes note of the shape of an element."""
        known = self._element_dims[0]
        if not shapes.compatible(dims, known):
            raise ValueError(
                f"Inconsistent shapes: saw {shapes.TensorShape(dims)} but expected {shapes.TensorShape(known)} "
            )
        if self._infer_shape:
            self._element_dims[0] = shapes.merge(known, dims)

    def _beside(self, value):
        """The place of the first tensor that was written."""
        if self._colocated is None:
            return contextlib.nullcontext()
        if not self._colocated:
            self._colocated.append(value)
        graph, first = graph_lib.get_default_graph(), self._colocated[0]
        if first.graph is not graph and not graph.building_function:  # it was written in the body of a loop
            return contextlib.nullcontext()
        return graph.colocate_with(first)


def _check_arguments(size, dynamic_size, clear_after_read, tensor_array_name, handle, element_shape):
    if handle is None:
        if size is None:
            raise ValueError("Size must be provided if handle is not provided")
        return
    if tensor_array_name:
        raise ValueError("Cannot construct with both handle and tensor_array_name")
    if not isinstance(handle, tensor.Tensor):
        raise TypeError("Handle must be a Tensor")
    if size is not None:
        raise ValueError("Cannot provide both a handle and size at the same time")
    for what, value in (
        ("element_shape", element_shape), ("dynamic_size", dynamic_size), ("clear_after_read", clear_after_read),
    ):  # fmt: skip
        if value is not None:
            raise ValueError(f"Cannot provide both a handle and {what} at the same time")


def with_flow(old, flow):
    """The array of `old` as it is after what `flow` stands for."""
    new = TensorArray(
        old._dtype, handle=old._handle, flow=flow, infer_shape=old._infer_shape,
        colocate_with_first_write_call=old._colocated is not None,
    )  # fmt: skip
    new._dynamic_size, new._colocated, new._element_dims = old._dynamic_size, old._colocated, old._element_dims
    return new


# -- shapes, and what flows back where -----------------------------------------------------------------------------------


op_def.shape_rule("TensorArrayV3")(lambda op: [(2,), ()])
op_def.shape_rule("TensorArrayGradV3")(lambda op: [(2,), ()])
op_def.shape_rule("TensorArraySizeV3")(lambda op: [()])
op_def.shape_rule("TensorArrayWriteV3", "TensorArrayScatterV3", "TensorArraySplitV3")(lambda op: [()])
op_def.shape_rule("TensorArrayCloseV3")(lambda op: [])
op_def.not_differentiable(
    "TensorArrayV3",
    "TensorArraySizeV3",
    "TensorArrayGradV3",
    "TensorArrayCloseV3",
    because="no element goes through it",
)


@op_def.shape_rule("TensorArrayReadV3")
def _read_shape(op):
    return [None]


@op_def.shape_rule("TensorArrayGatherV3")
def _gather_shape(op):
    dims, indices = op.attrs["element_shape"], op.inputs[1]._dims
    if dims is None:
        return [None]
    return [((indices[0] if indices else None), *dims)]


@op_def.shape_rule("TensorArrayConcatV3")
def _concat_shape(op):
    dims = op.attrs["element_shape_except0"]
    return [None if dims is None else (None, *dims), (None,)]


@derived.reaching("TensorArrayWriteV3", "TensorArrayScatterV3", "TensorArraySplitV3")
def _written(op, outputs):
    return [i for i, arg in enumerate(op.op_def.inputs) if arg.name in ("value", "flow_in")]


@derived.reaching("TensorArrayReadV3", "TensorArrayGatherV3", "TensorArrayConcatV3")
def _read(op, outputs):
    return [len(op.inputs) - 1] if 0 in outputs else []


# -- stacks, which only the gradients of loops in imported graphs have -----------------------------------------------------


op_def.shape_rule("StackV2")(lambda op: [(2,)])
op_def.shape_rule("StackPushV2")(lambda op: [op.inputs[1]._dims])
op_def.shape_rule("StackPopV2")(lambda op: [None])
op_def.shape_rule("StackCloseV2")(lambda op: [])
op_def.not_differentiable("StackV2", "StackPushV2", "StackPopV2", "StackCloseV2", because="it is part of a gradient")
