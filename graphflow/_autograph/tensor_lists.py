"""Lists of converted code with the feature LISTS: TensorArrays where their type is told, lists of Python otherwise."""

from __future__ import annotations

from graphflow._autograph import branches
from graphflow._core import dtypes, shapes
from graphflow._graph import build
from graphflow._ops import gather, joining, strings, tensor_array


def set_element_type(entity, dtype, shape=None):
    """Says, where converted code makes the list `entity`, which type and shape its elements have. Does nothing when called."""


def tensor_list(elements, element_dtype=None, element_shape=None, use_tensor_array=True):
    """A TensorArray that grows, with some elements.

    Args:
        elements: list or tuple of tensors, or a tensor whose rows are the elements.
        element_dtype, element_shape: of the elements; told by them where there are any.
        use_tensor_array: taken and ignored.

    Raises:
        ValueError: there are no elements, nor a type; the elements differ in their types.
    """
    if branches.is_tensor(elements):
        rows = build.convert_to_tensor(elements)
        made = tensor_array.TensorArray(rows.dtype.base_dtype, size=rows.shape[0], dynamic_size=True)
        return made.unstack(rows)
    if not isinstance(elements, (list, tuple)):
        raise ValueError(f"unknown type for elements: {type(elements)}; only Tensor, list and tuple are allowed")
    elements = [build.convert_to_tensor(e, dtype=element_dtype) for e in elements]
    types = {e.dtype.base_dtype for e in elements} or {element_dtype and dtypes.as_dtype(element_dtype)}
    if len(types) > 1:
        raise ValueError(f"a tensor list holds elements of one type, got {elements}")
    if None in types:
        raise ValueError("element_dtype is required when elements are empty")
    made = tensor_array.TensorArray(
        types.pop(),
        size=len(elements),
        dynamic_size=True,
        infer_shape=element_shape is None,
        element_shape=element_shape,
    )
    for i, element in enumerate(elements):
        made = made.write(i, element)
    return made


def new_list(elements, dtype=None, shape=None):
    """The list `elements` of a function that told its type."""
    return tensor_list(elements, dtype, None if shape is None else shapes.TensorShape(shape))


def list_append(target, element):
    """The list with one more element at its end."""
    if isinstance(target, tensor_array.TensorArray):
        return target.write(target.size(), element)
    target.append(element)
    return target


def list_pop(target, index):
    """(the list without an element, that element).

    Raises:
        ValueError: the list is a TensorArray, which only grows.
    """
    if isinstance(target, tensor_array.TensorArray):
        raise ValueError("TensorArray does not support item removal")
    return target, target.pop() if index is None else target.pop(index)


def list_stack(target, otherwise):
    """The elements of a TensorArray in one tensor; a tensor is that already; what `otherwise` makes of anything else."""
    if isinstance(target, tensor_array.TensorArray):
        return target.stack()
    return target if branches.is_tensor(target) else otherwise(target)


def stack(list_or_tensor, element_dtype=None, strict=True):
    """The elements of a list in one tensor.

    Args:
        list_or_tensor: a TensorArray or a list of tensors; a tensor is returned as it is.
        element_dtype: type of the elements of a list of Python; what they tell when None.
        strict: whether anything else is an error, and not returned as it is.

    Raises:
        ValueError: it cannot be stacked.
    """

    def otherwise(value):
        if isinstance(value, (list, tuple)) and value and any(map(branches.is_tensor, value)):
            return joining.stack([build.convert_to_tensor(v, dtype=element_dtype) for v in value])
        if strict:
            raise ValueError(f"{value} must be stackable when strict=True")
        return value

    return list_stack(list_or_tensor, otherwise)


def get_item(target, index):
    """`target[index]`: an element of a TensorArray, a byte of a string."""
    if isinstance(target, tensor_array.TensorArray):
        return target.read(index)
    if branches.is_tensor(target) and target.dtype.base_dtype is dtypes.string and target.shape.ndims == 0:
        return strings.substr(target, index, 1)
    return target[index]


def set_item(target, index, value):
    """The list or tensor after `target[index] = value`."""
    if isinstance(target, tensor_array.TensorArray):
        return target.write(index, value)
    if branches.decides_later(target):
        value = build.convert_to_tensor(value, dtype=target.dtype.base_dtype)
        return gather.tensor_scatter_update(target, [[index]], [value])
    target[index] = value
    return target
