"""What the elements of a dataset look like: nested tuples and dicts of specs, one for each tensor, sparse tensor or dataset.

Each leaf of an element travels as one tensor: a sparse tensor as a vector of three variants, a dataset as one variant.
"""

from __future__ import annotations

import collections.abc

import numpy as np

from graphflow._core import dtypes as dtypes_lib
from graphflow._core import nest, shapes
from graphflow._graph import build, op_def, sparse_tensor, tensor

op_def.shape_rule("DeserializeSparse")(lambda op: [(None, None), (None,), (None,)])
op_def.not_differentiable("DeserializeSparse", because="it takes serialized tensors apart")


class TypeSpec:
    """What is common to all specs, which describe values as far as they are known; equal where their fields are."""

    _fields: tuple = ()

    def _key(self):
        return type(self), *(getattr(self, field) for field in self._fields)

    def __eq__(self, other):
        return isinstance(other, TypeSpec) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def is_compatible_with(self, spec_or_value):
        """Whether a value of `spec_or_value`, a spec or a value itself, could be one of this."""
        other = spec_or_value if isinstance(spec_or_value, TypeSpec) else leaf_of(spec_or_value)
        return type(self) is type(other) and self._dtype is other._dtype and shapes.compatible(self._dims, other._dims)

    @property
    def value_type(self):
        """The class of the values.

        Raises:
            NotImplementedError: this is no spec of a kind of values.
        """
        raise NotImplementedError(f"{type(self).__name__} describes no values: use tf.TensorSpec or another kind")

    def most_specific_compatible_type(self, other):
        """The spec of what is either this or `other`.

        Raises:
            ValueError: they are of different kinds.
        """
        if type(self) is not type(other) or self._dtype is not other._dtype:
            raise ValueError(f"No TypeSpec is compatible with both {self} and {other}")
        return self.weakened(other)


class TensorSpec(TypeSpec):
    """A tensor's type and shape.

    Args:
        shape: anything that describes a shape.
        dtype: its element type.
        name: a name for it.
    """

    _fields = ("_dims", "_dtype")

    def __init__(self, shape, dtype=dtypes_lib.float32, name=None):
        self._dims = shapes.as_dims(shape)
        self._dtype = dtypes_lib.as_dtype(dtype)
        self._name = name

    shape = property(lambda self: shapes.TensorShape(self._dims))
    dtype = property(lambda self: self._dtype)
    name = property(lambda self: self._name)
    value_type = property(lambda self: tensor.Tensor)

    @classmethod
    def from_tensor(cls, tensor, name=None):
        """The spec of a tensor."""
        return cls(tensor._dims, tensor.dtype.base_dtype, name or tensor.op.name)

    @classmethod
    def from_spec(cls, spec, name=None):
        """The same spec under another name."""
        return cls(spec.shape, spec.dtype, name or getattr(spec, "name", None))

    def __repr__(self):
        return f"TensorSpec(shape={self.shape}, dtype={self._dtype!r}, name={self._name!r})"

    # -- how a leaf travels ----------------------------------------------------------------------------------------------

    flat_dtype = property(lambda self: self._dtype)
    flat_dims = property(lambda self: self._dims)
    legacy_types = dtype
    legacy_shapes = shape
    legacy_classes = property(lambda self: tensor.Tensor)

    def batched(self, size):
        """The spec of several in a row."""
        return type(self)(None if self._dims is None else (size, *self._dims), self._dtype)

    def unbatched(self):
        """The spec of a row."""
        if self._dims == ():
            raise ValueError("Cannot unbatch an input with scalar components.")
        return type(self)(self._dims and self._dims[1:], self._dtype)

    def weakened(self, other):
        """The spec of what is either this or `other`."""
        return type(self)(shapes.common(self._dims, other._dims), self._dtype)

    def to_flat(self, value):
        """A value of this spec as the tensor it travels as."""
        return build.convert_to_tensor(value, self._dtype)

    to_flat_rows = to_flat

    def from_flat(self, t):
        """The value that the tensor `t` brings."""
        if t._dims != self._dims:
            t.set_shape(self._dims)
        return t


class SparseTensorSpec(TensorSpec):
    """A sparse tensor's type and shape; arguments as TensorSpec."""

    def __init__(self, shape=None, dtype=dtypes_lib.float32, name=None):
        super().__init__(shape, dtype, name)

    value_type = property(lambda self: sparse_tensor.SparseTensor)

    @classmethod
    def from_value(cls, value):
        """The spec of a sparse tensor."""
        return leaf_of(value)

    def __repr__(self):
        return f"SparseTensorSpec({self.shape!r}, {self._dtype!r})"

    flat_dtype = property(lambda self: dtypes_lib.variant)
    flat_dims = property(lambda self: (3,))
    legacy_classes = property(lambda self: sparse_tensor.SparseTensor)

    def to_flat(self, value):
        """A value of this spec as the tensor it travels as."""
        return build.apply(
            "SerializeSparse", value.indices, value.values, value.dense_shape, out_type=dtypes_lib.variant
        )

    def to_flat_rows(self, value):
        """The rows of a value, each as it travels."""
        return build.apply(
            "SerializeManySparse", value.indices, value.values, value.dense_shape, out_type=dtypes_lib.variant
        )

    def from_flat(self, t):
        """The value that the tensor `t` brings."""
        indices, values, dense_shape = build.apply("DeserializeSparse", t, dtype=self._dtype)
        rank = None if self._dims is None else len(self._dims)
        indices.set_shape([None, rank])
        dense_shape.set_shape([rank])
        return sparse_tensor.SparseTensor(indices, values, dense_shape)


class DatasetSpec(TypeSpec):
    """A dataset as part of an element.

    Args:
        element_spec: what its elements look like.
        dataset_shape: how many there are together.
    """

    _fields = ("_flat", "_dims")
    _of = ()  # the class of datasets, made of a variant and a spec; datasets.py says
    _dtype = dtypes_lib.variant

    def __init__(self, element_spec, dataset_shape=()):
        self._element_spec = element_spec
        self._flat = tuple(flatten(element_spec))
        self._dims = shapes.as_dims(dataset_shape)

    value_type = property(lambda self: DatasetSpec._of)
    flat_dtype = property(lambda self: dtypes_lib.variant)
    flat_dims = property(lambda self: self._dims)
    legacy_types = legacy_shapes = legacy_classes = property(lambda self: self)

    @staticmethod
    def from_value(value):
        """The spec of a dataset."""
        return DatasetSpec(value.element_spec)

    def batched(self, size):
        """The spec of several in a row."""
        return DatasetSpec(self._element_spec, (size, *self._dims))

    def unbatched(self):
        """The spec of one of a row."""
        if not self._dims:
            raise ValueError("Unbatching a dataset is only supported for rank >= 1")
        return DatasetSpec(self._element_spec, self._dims[1:])

    def weakened(self, other):
        """The spec itself: datasets have no shape to give up."""
        return self

    def to_flat(self, value):
        """A dataset as the tensor it travels as."""
        return value._variant_tensor

    to_flat_rows = to_flat

    def from_flat(self, t):
        """The dataset that the tensor `t` brings."""
        t.set_shape(self._dims)
        return DatasetSpec._of(t, self._element_spec)

    def __repr__(self):
        return f"DatasetSpec({self._element_spec!r}, {shapes.TensorShape(self._dims)})"


# -- nested elements -----------------------------------------------------------------------------------------------------


def is_nested(value):
    """Whether a value has parts here: tuples and dicts have. Lists are tensors to be, and sparse values one thing."""
    return isinstance(value, (tuple, collections.abc.Mapping)) and not isinstance(
        value, sparse_tensor.SparseTensorValue
    )


def flatten(structure):
    """The leaves of an element."""
    if not is_nested(structure):
        return [structure]
    return [leaf for part in nest.parts(structure) for leaf in flatten(part)]


def pack(structure, leaves):
    """`leaves` in the places of those of `structure`."""
    leaves = iter(leaves)

    def fill(node):
        return nest.rebuild(node, [fill(part) for part in nest.parts(node)]) if is_nested(node) else next(leaves)

    return fill(structure)


def map_leaves(function, structure):
    """`function` of each leaf."""
    return pack(structure, map(function, flatten(structure)))


def flatten_up_to(structure, value):
    """The parts of `value` that stand where `structure` has leaves.

    Raises:
        TypeError, ValueError: `value` has another form.
    """
    if not is_nested(structure):
        return [value]
    if isinstance(structure, collections.abc.Mapping):
        if not isinstance(value, collections.abc.Mapping):
            raise TypeError(f"expected a dict like {structure}, got {value!r}")
        if set(value) != set(structure):
            raise ValueError(f"expected the keys {sorted(structure)}, got {sorted(value)}")
    elif not isinstance(value, (tuple, list)):
        raise TypeError(f"expected a tuple like {structure}, got {value!r}")
    parts, values = nest.parts(structure), nest.parts(value)
    if len(parts) != len(values):
        raise ValueError(f"expected {len(parts)} parts like {structure}, got {value!r}")
    return [leaf for part, item in zip(parts, values) for leaf in flatten_up_to(part, item)]


_KINDS: list = []  # of leaves that other files know of: (class, function to the spec of one, function that makes it ready)


def register(kind, spec_of, converted):
    """Leaves may be of the class `kind`: `spec_of(leaf)` describes one, `converted(leaf)` is one made of tensors."""
    _KINDS.append((kind, spec_of, converted))


def leaf_of(value):
    """The spec of a leaf."""
    if isinstance(value, DatasetSpec._of):
        return DatasetSpec(value.element_spec)
    for kind, spec_of, _ in _KINDS:
        if isinstance(value, kind):
            return spec_of(value)
    if isinstance(value, (sparse_tensor.SparseTensor, sparse_tensor.SparseTensorValue)):
        value = sparse_tensor.SparseTensor.from_value(value)
        return SparseTensorSpec(value.shape, value.dtype.base_dtype)
    return TensorSpec(value._dims, value.dtype.base_dtype)


def of(element):
    """The specs of an element whose leaves are tensors, sparse tensors and datasets."""
    return map_leaves(leaf_of, element)


def normalized(element):
    """An element with tensors in the places of all that can become one."""
    with build.name_scope("normalize_element"):
        leaves = [as_leaf(leaf, f"component_{i}") for i, leaf in enumerate(flatten(element))]
    return pack(element, leaves)


def as_leaf(value, name=None):
    """A leaf as a tensor, sparse tensor, dataset or what else is registered."""
    if isinstance(value, DatasetSpec._of):
        return value
    for kind, _, converted in _KINDS:
        if isinstance(value, kind):
            return converted(value)
    if isinstance(value, (sparse_tensor.SparseTensor, sparse_tensor.SparseTensorValue)):
        return sparse_tensor.SparseTensor.from_value(value)
    return build.convert_to_tensor(value, name=name)


def to_flat(spec, element):
    """The tensors that an element travels as."""
    return [leaf.to_flat(value) for leaf, value in zip(flatten(spec), flatten(element), strict=True)]


def to_flat_rows(spec, element):
    """The tensors whose rows the rows of an element travel as."""
    return [leaf.to_flat_rows(value) for leaf, value in zip(flatten(spec), flatten(element), strict=True)]


def from_flat(spec, tensors):
    """The element that tensors bring."""
    return pack(spec, [leaf.from_flat(t) for leaf, t in zip(flatten(spec), tensors, strict=True)])


def flat_attrs(spec):
    """`output_types` and `output_shapes` of a node whose elements look like `spec`."""
    leaves = flatten(spec)
    return {"output_types": [leaf.flat_dtype for leaf in leaves], "output_shapes": [leaf.flat_dims for leaf in leaves]}


def legacy(types, dims=None, classes=None):
    """The specs of nested types, shapes and classes, as TensorFlow 1 gives them.

    Args:
        types: nested DTypes (or DatasetSpecs).
        dims: nested shapes; unknown when None.
        classes: nested classes, tf.Tensor or tf.SparseTensor; tf.Tensor when None.
    """
    types = map_leaves(lambda t: t if isinstance(t, TypeSpec) else dtypes_lib.as_dtype(t), types)
    flat = flatten(types)
    sizes = [None] * len(flat) if dims is None else flatten_up_to(types, dims)
    kinds = [tensor.Tensor] * len(flat) if classes is None else flatten_up_to(types, classes)
    found = []
    for dtype, shape, kind in zip(flat, sizes, kinds):
        if isinstance(dtype, TypeSpec):
            found.append(dtype)
        elif isinstance(kind, TypeSpec):
            found.append(kind)
        elif isinstance(kind, type) and issubclass(kind, sparse_tensor.SparseTensor):
            found.append(SparseTensorSpec(shape, dtype))
        else:
            found.append(TensorSpec(shape, dtype))
    return pack(types, found)


def zero_of(dtype):
    """What fills up a batch of that type."""
    return "" if dtype is dtypes_lib.string else np.zeros((), dtype.as_numpy_dtype)
