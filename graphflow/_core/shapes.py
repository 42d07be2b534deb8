"""Partial shapes.

Inside graphflow a shape is plain data: None when the rank is unknown, else a tuple of sizes in which None is an unknown
size. `TensorShape` and `Dimension` are the public clothes of that data; the functions at the end are the algebra.
"""

from __future__ import annotations

import operator

import numpy as np


class Dimension:
    """One size of a shape; arithmetic with an unknown size gives an unknown size."""

    __slots__ = ("_value",)

    def __init__(self, value):
        if isinstance(value, Dimension):
            value = value._value
        if value is not None:
            try:
                value = operator.index(value)
            except TypeError:
                if not isinstance(value, (str, bytes)) and int(value) != value:
                    raise ValueError(f"Ambiguous dimension: {value}") from None
                value = int(value)
            if value < 0:
                raise ValueError(f"Dimension {value} must be >= 0")
        self._value = value

    @property
    def value(self):
        """The size, or None."""
        return self._value

    def is_compatible_with(self, other):
        """Whether both may be the same size."""
        other = Dimension(other)._value
        return self._value is None or other is None or self._value == other

    def assert_is_compatible_with(self, other):
        """Raises ValueError where the two sizes cannot be the same."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {Dimension(other)} are not compatible")

    def merge_with(self, other):
        """The size known from either; ValueError where they differ."""
        self.assert_is_compatible_with(other)
        return Dimension(self._value if self._value is not None else Dimension(other)._value)

    def _combine(self, other, function):
        try:
            other = Dimension(other)._value
        except (TypeError, ValueError):
            return NotImplemented
        return Dimension(None if self._value is None or other is None else function(self._value, other))

    def _compare(self, other, function):
        other = Dimension(other)._value
        return None if self._value is None or other is None else function(self._value, other)

    def __add__(self, other):
        return self._combine(other, operator.add)

    __radd__ = __add__

    def __sub__(self, other):
        return self._combine(other, operator.sub)

    def __rsub__(self, other):
        return Dimension(other) - self

    def __mul__(self, other):
        return self._combine(other, operator.mul)

    __rmul__ = __mul__

    def __floordiv__(self, other):
        return self._combine(other, operator.floordiv)

    __div__ = __floordiv__

    def __rfloordiv__(self, other):
        return Dimension(other) // self

    def __truediv__(self, other):
        raise TypeError(
            f"unsupported operand type(s) for /: 'Dimension' and '{type(other).__name__}', please use // instead"
        )

    def __rtruediv__(self, other):
        raise TypeError(
            f"unsupported operand type(s) for /: '{type(other).__name__}' and 'Dimension', please use // instead"
        )

    def __mod__(self, other):
        return self._combine(other, operator.mod)

    def __rmod__(self, other):
        return Dimension(other) % self

    def __eq__(self, other):
        try:
            return self._compare(other, operator.eq)
        except (TypeError, ValueError):
            return NotImplemented

    def __ne__(self, other):
        try:
            return self._compare(other, operator.ne)
        except (TypeError, ValueError):
            return NotImplemented

    def __lt__(self, other):
        return self._compare(other, operator.lt)

    def __le__(self, other):
        return self._compare(other, operator.le)

    def __gt__(self, other):
        return self._compare(other, operator.gt)

    def __ge__(self, other):
        return self._compare(other, operator.ge)

    def __hash__(self):
        return hash(self._value)

    def __int__(self):
        if self._value is None:
            raise TypeError("an unknown Dimension has no integer value; use tf.shape(x) for the size at run time")
        return self._value

    __long__ = __int__

    def __index__(self):
        return self.__int__()

    def __repr__(self):
        return f"Dimension({self._value!r})"

    def __str__(self):
        return "?" if self._value is None else str(self._value)

    def __reduce__(self):
        return Dimension, (self._value,)


class TensorShape:
    """A partial shape: unknown rank, or a list of `Dimension`s some of which may be unknown."""

    __slots__ = ("_dims",)

    def __init__(self, dims):
        self._dims = as_dims(dims)

    @property
    def dims(self):
        """A list of `Dimension`, or None when the rank is unknown."""
        return None if self._dims is None else [Dimension(d) for d in self._dims]

    @property
    def ndims(self):
        """The rank, or None."""
        return None if self._dims is None else len(self._dims)

    rank = ndims

    def __len__(self):
        if self._dims is None:
            raise ValueError("Cannot take the length of shape with unknown rank.")
        return len(self._dims)

    def __bool__(self):
        return self._dims is not None

    def __iter__(self):
        if self._dims is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(d) for d in self._dims])

    def __getitem__(self, key):
        if self._dims is not None:
            return TensorShape(self._dims[key]) if isinstance(key, slice) else Dimension(self._dims[key])
        if not isinstance(key, slice):
            return Dimension(None)
        start, stop = key.start or 0, key.stop
        if key.step is not None:
            raise ValueError("Steps are not yet handled")
        if stop is None or start < 0 or stop < 0:
            return TensorShape(None)
        return TensorShape([None] * max(stop - start, 0))

    def num_elements(self):
        """The number of elements, or None unless fully known."""
        return num_elements(self._dims)

    def merge_with(self, other):
        """The shape known from either; ValueError where they disagree."""
        other = as_shape(other)
        try:
            return TensorShape(merge(self._dims, other._dims))
        except ValueError:
            raise ValueError(f"Shapes {self} and {other} are not compatible") from None

    def concatenate(self, other):
        """This shape followed by `other`."""
        other = as_shape(other)
        if self._dims is None or other._dims is None:
            return TensorShape(None)
        return TensorShape(self._dims + other._dims)

    def assert_same_rank(self, other):
        """Raises ValueError where both ranks are known and differ."""
        other = as_shape(other)
        if None not in (self.ndims, other.ndims) and self.ndims != other.ndims:
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def assert_has_rank(self, rank):
        """Raises ValueError where the rank is known and is not `rank`."""
        if self.ndims not in (None, rank):
            raise ValueError(f"Shape {self} must have rank {rank}")

    def with_rank(self, rank):
        """This shape, known to have `rank`; ValueError where it has another."""
        try:
            return self.merge_with(unknown_shape(rank))
        except ValueError:
            raise ValueError(f"Shape {self} must have rank {rank}") from None

    def with_rank_at_least(self, rank):
        """This shape; ValueError where its rank is known and smaller than `rank`."""
        if self.ndims is not None and self.ndims < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank):
        """This shape; ValueError where its rank is known and larger than `rank`."""
        if self.ndims is not None and self.ndims > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def is_compatible_with(self, other):
        """Whether both may be the shape of the same tensor."""
        return compatible(self._dims, as_shape(other)._dims)

    def assert_is_compatible_with(self, other):
        """Raises ValueError where no tensor can have both shapes."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {as_shape(other)} are incompatible")

    def most_specific_compatible_shape(self, other):
        """The shape with every size on which both agree; unknown elsewhere."""
        other = as_shape(other)
        return TensorShape(common(self._dims, other._dims))

    def is_fully_defined(self):
        """Whether rank and all sizes are known."""
        return self._dims is not None and None not in self._dims

    def assert_is_fully_defined(self):
        """Raises ValueError unless rank and all sizes are known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def as_list(self):
        """A list of int or None; ValueError when the rank is unknown."""
        if self._dims is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._dims)

    def __eq__(self, other):
        try:
            other = as_shape(other)
        except TypeError:
            return NotImplemented
        return self._dims == other._dims

    def __ne__(self, other):
        try:
            other = as_shape(other)
        except TypeError:
            return NotImplemented
        if self._dims is None or other._dims is None:
            raise ValueError("The inequality of unknown TensorShapes is undefined.")
        return self._dims != other._dims

    def __hash__(self):
        return hash(self._dims)

    def __add__(self, other):
        return self.concatenate(other)

    def __radd__(self, other):
        return as_shape(other).concatenate(self)

    def __repr__(self):
        return f"TensorShape({self.dims!r})"

    def __str__(self):
        if self._dims is None:
            return "<unknown>"
        if len(self._dims) == 1:
            return f"({to_text(self._dims)[1:-1]},)"
        return "(" + to_text(self._dims)[1:-1].replace(",", ", ") + ")"

    def __reduce__(self):
        return TensorShape, (self._dims,)


def as_shape(value):
    """`value` as a TensorShape, itself where it is one."""
    return value if isinstance(value, TensorShape) else TensorShape(value)


def scalar():
    """The shape of a scalar."""
    return TensorShape(())


def vector(length):
    """The shape of a vector of `length`."""
    return TensorShape((length,))


def matrix(rows, cols):
    """The shape of a `rows` x `cols` matrix."""
    return TensorShape((rows, cols))


def unknown_shape(ndims=None, rank=None):
    """A shape of that rank with all sizes unknown; without a rank nothing is known."""
    rank = ndims if ndims is not None else rank
    return TensorShape(None if rank is None else [None] * rank)


# -- the algebra of plain shapes: None, or a tuple of int | None ---------------------------------------------------------


def as_dims(value):
    """`value` (shape, list, proto, int, None) as a plain shape."""
    if value is None:
        return None
    if type(value) is tuple:
        for d in value:
            if d is not None and (type(d) is not int or d < 0):
                break
        else:
            return value
    if isinstance(value, TensorShape):
        return value._dims
    if hasattr(value, "unknown_rank"):  # a TensorShapeProto
        return None if value.unknown_rank else tuple(None if d.size < 0 else d.size for d in value.dim)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (Dimension, int, np.integer)):
        value = [value]
    elif isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise TypeError(f"Cannot convert {value!r} to a shape: expected a list of sizes, each an int or None")
    return tuple(Dimension(d)._value for d in value)


def to_text(dims):
    """A plain shape as TensorFlow prints it: `[?,3]`, `<unknown>`."""
    return "<unknown>" if dims is None else "[" + ",".join("?" if d is None else str(d) for d in dims) + "]"


def num_elements(dims):
    """The product of the sizes, or None unless all are known."""
    if dims is None or None in dims:
        return None
    total = 1
    for d in dims:
        total *= d
    return total


def compatible(a, b):
    """Whether one tensor can have both shapes."""
    if a is None or b is None or a == b:
        return True
    return len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b))


def merge(a, b):
    """What is known from either shape; ValueError where they disagree."""
    if a is None or a == b:
        return b
    if b is None:
        return a
    if len(a) != len(b):
        raise ValueError(f"Shapes must be equal rank, but are {len(a)} and {len(b)}: {to_text(a)} and {to_text(b)}")
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y and None not in (x, y):
            both = f"Shapes are {to_text(a)} and {to_text(b)}."
            raise ValueError(f"Dimension {i} in both shapes must be equal, but are {x} and {y}. {both}")
    return tuple(y if x is None else x for x, y in zip(a, b))


def common(a, b):
    """The sizes on which both agree, unknown elsewhere."""
    if a == b:
        return a
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else None for x, y in zip(a, b))


def broadcast(a, b):
    """The shape of an elementwise operation on both, by NumPy's rules; ValueError where they do not fit."""
    if a == b:
        return a
    if a is None or b is None:
        return None
    if not a:
        return b
    if not b:
        return a
    if len(a) != len(b):
        a, b = ((1,) * (len(b) - len(a)) + a, b) if len(a) < len(b) else (a, (1,) * (len(a) - len(b)) + b)
    out = []
    for x, y in zip(a, b):
        if x == y or y == 1:
            out.append(x)
        elif x == 1:
            out.append(y)
        elif x is None or y is None:  # the unknown one must turn out as 1 or as the other
            out.append(y if x is None else x)
        else:
            raise ValueError(f"Dimensions must be equal, but are {x} and {y}")
    return tuple(out)


def dimension_value(dimension):
    """The int of a Dimension, None where unknown; other things as they are."""
    return dimension.value if isinstance(dimension, Dimension) else dimension


def dimension_at_index(shape, index):
    """A Dimension of a shape; an unknown one where the rank is unknown."""
    return Dimension(None) if shape.ndims is None else shape.dims[index]
