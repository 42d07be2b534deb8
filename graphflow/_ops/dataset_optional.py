"""Optional: a value that may be missing, such as the element behind the last of a dataset."""

from __future__ import annotations

import abc

from graphflow._core import dtypes
from graphflow._graph import build, op_def
from graphflow._ops import element_spec

op_def.shape_rule("OptionalFromValue", "OptionalNone", "OptionalHasValue", "IteratorGetNextAsOptional")(lambda op: [()])
op_def.shape_rule("OptionalGetValue")(lambda op: op.attrs["output_shapes"])
op_def.not_differentiable(
    "OptionalFromValue", "OptionalNone", "OptionalHasValue", "OptionalGetValue", "IteratorGetNextAsOptional",
    because="datasets are not differentiated",
)  # fmt: skip


class Optional(abc.ABC):
    """A value that may be missing; made by `from_value`, `none_from_structure` and `get_next_as_optional`."""

    @abc.abstractmethod
    def has_value(self, name=None):
        """Whether there is a value, bool scalar."""

    @abc.abstractmethod
    def get_value(self, name=None):
        """The value.

        Raises:
            InvalidArgumentError: at run time, when there is none.
        """

    @property
    @abc.abstractmethod
    def value_structure(self):
        """What the value looks like: nested specs."""

    @staticmethod
    def from_value(value):
        """One that has a value: nested tensors, sparse tensors, datasets ..."""
        with build.name_scope("optional") as scope:
            with build.name_scope("value"):
                element = element_spec.map_leaves(element_spec.as_leaf, value)
                spec = element_spec.of(element)
                flat = element_spec.to_flat(spec, element)
            return _Optional(build.apply("OptionalFromValue", flat, name=scope), spec)

    @staticmethod
    def none_from_structure(value_structure):
        """One without a value, which would look like `value_structure`."""
        return _Optional(build.apply("OptionalNone"), value_structure)


class _Optional(Optional):
    """An Optional as the variant that stands for it."""

    def __init__(self, variant_tensor, value_structure):
        self._variant_tensor, self._value_structure = variant_tensor, value_structure

    value_structure = property(lambda self: self._value_structure)

    def has_value(self, name=None):
        return build.apply("OptionalHasValue", self._variant_tensor, name=name)

    def get_value(self, name=None):
        with build.name_scope(name, "OptionalGetValue", [self._variant_tensor]) as scope:
            attrs = element_spec.flat_attrs(self._value_structure)
            tensors = build.apply("OptionalGetValue", self._variant_tensor, name=scope, **attrs)
            return element_spec.from_flat(self._value_structure, tensors)


class OptionalSpec(element_spec.TypeSpec):
    """What is known of a value that may be missing.

    Args:
        value_structure: the specs of the value, nested.
    """

    _fields = ("_leaves",)
    _dims, _dtype = (), dtypes.variant
    value_type = property(lambda self: _Optional)
    flat_dtype, flat_dims = dtypes.variant, ()
    legacy_types = legacy_shapes = legacy_classes = property(lambda self: self)

    def __init__(self, value_structure):
        self._value_structure, self._leaves = value_structure, tuple(element_spec.flatten(value_structure))

    @staticmethod
    def from_value(value):
        """The spec of an Optional."""
        return OptionalSpec(value.value_structure)

    def is_compatible_with(self, spec_or_value):
        """Whether a value of `spec_or_value` could be one of this."""
        other = (
            spec_or_value
            if isinstance(spec_or_value, element_spec.TypeSpec)
            else OptionalSpec.from_value(spec_or_value)
        )
        return isinstance(other, OptionalSpec) and all(
            a.is_compatible_with(b) for a, b in zip(self._leaves, other._leaves, strict=True)
        )

    def weakened(self, other):
        """The spec of what is either this or `other`."""
        found = [a.most_specific_compatible_type(b) for a, b in zip(self._leaves, other._leaves, strict=True)]
        return OptionalSpec(element_spec.pack(self._value_structure, found))

    def batched(self, size):
        """Raises TypeError: they are not put in a row."""
        raise TypeError("Optionals cannot be batched: get their values first")

    unbatched = batched

    def to_flat(self, value):
        """An Optional as the tensor it travels as."""
        return value._variant_tensor

    def from_flat(self, t):
        """The Optional that a tensor brings."""
        return _Optional(t, self._value_structure)

    def __repr__(self):
        return f"OptionalSpec({self._value_structure!r})"


element_spec.register(Optional, OptionalSpec.from_value, lambda value: value)


def get_next_as_optional(iterator):
    """The next element of an iterator; an Optional without a value behind the last."""
    spec = iterator.element_spec
    variant = build.apply("IteratorGetNextAsOptional", iterator._iterator_resource, **element_spec.flat_attrs(spec))
    return _Optional(variant, spec)
