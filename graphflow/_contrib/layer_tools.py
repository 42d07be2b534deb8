"""What the layers of contrib share: collections of variables and outputs, and sizes read from arguments."""

from __future__ import annotations

import collections as collections_lib

from graphflow._graph import graph as graph_lib
from graphflow._graph import static_value, tensor
from graphflow._layers import base
from graphflow._ops import control_flow, partitioned_variable, variable


def as_list_of_names(names):
    """Names of collections as a list; one alone may be given as it is."""
    return [names] if isinstance(names, str) else list(names or ())


def add_to_collections(names, value):
    """Adds a value to each of the collections of the default graph."""
    for name in dict.fromkeys(as_list_of_names(names)):
        graph_lib.get_default_graph().add_to_collection(name, value)


def collect_named_outputs(collections, alias, outputs):
    """Adds outputs to the collections, under an alias that `convert_collection_to_dict` finds again."""
    if collections:
        append_tensor_alias(outputs, alias)
        add_to_collections(collections, outputs)
    return outputs


def append_tensor_alias(tensor, alias):
    """Gives a tensor one more alias."""
    tensor.aliases = [*getattr(tensor, "aliases", ()), alias.removesuffix("/")]
    return tensor


def get_tensor_aliases(tensor):
    """The aliases of a tensor: those it was given, else its own name."""
    given = getattr(tensor, "aliases", None)
    return given if given else [tensor.name.removesuffix(":0")]


def gather_tensors_aliases(tensors):
    """The aliases of all the tensors in one list."""
    return [alias for one in tensors for alias in get_tensor_aliases(one)]


def convert_collection_to_dict(collection, clear_collection=False):
    """An ordered dict alias -> tensor of a collection, which is emptied where asked for."""
    graph = graph_lib.get_default_graph()
    held = graph.get_collection(collection)
    found = collections_lib.OrderedDict((alias, one) for one in held for alias in get_tensor_aliases(one))
    if clear_collection:
        graph.clear_collection(collection)
    return found


def constant_value(value_or_tensor_or_var, dtype=None):
    """The value where it is known while the graph is built, else None.

    Raises:
        ValueError: it is None, or of another dtype than asked for.
    """
    value = value_or_tensor_or_var
    if value is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    if isinstance(value, (tensor.Tensor, variable.Variable)):
        if dtype and value.dtype != dtype:
            raise ValueError(f"It has the wrong type {value.dtype} instead of {dtype}")
        return None if isinstance(value, variable.Variable) else static_value.constant_value(value)
    return value


def static_cond(pred, fn1, fn2):
    """`fn1()` or `fn2()`, by a Python value."""
    return fn1() if pred else fn2()


def smart_cond(pred, fn1, fn2, name=None):
    """As `cond`, but where `pred` is known only one of the functions is called."""
    value = constant_value(pred)
    return control_flow.cond(pred, fn1, fn2, name=name) if value is None else static_cond(value, fn1, fn2)


def get_variable_collections(variables_collections, name):
    """The collections for the variable `name`: given for all variables, or as a dict by name."""
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def add_variable_to_collections(variable, variables_collections, name):
    """Adds a variable, or its parts, to the collections where it is not in them yet."""
    whole = isinstance(variable, partitioned_variable.PartitionedVariable)
    for collection in get_variable_collections(variables_collections, name) or ():
        base.add_to_collection_once(collection, list(variable) if whole else [variable])


def _dimension(shape, axis, min_rank):
    if shape.dims is None:
        raise ValueError("dims of shape must be known but is None")
    if len(shape.dims) < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {len(shape.dims)}")
    size = shape[axis].value
    if size is None:
        raise ValueError(f"dimension {axis} of shape must be known but is None: {shape}")
    return size


def channel_dimension(shape, data_format, min_rank=1):
    """How many channels a shape has, for "channels_first" or "channels_last"."""
    return _dimension(shape, 1 if data_format == "channels_first" else -1, min_rank)


def last_dimension(shape, min_rank=1):
    """The last size of a shape.

    Raises:
        ValueError: it is not known, or the rank is too small.
    """
    return _dimension(shape, -1, min_rank)


def two_element_tuple(int_or_tuple):
    """A pair from one int or two.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(int_or_tuple, int):
        return int_or_tuple, int_or_tuple
    try:
        pair = tuple(int(n) for n in int_or_tuple)
    except TypeError:
        pair = ()
    if len(pair) != 2:
        raise ValueError(f"Must be an int, a list with 2 elements or a TensorShape of length 2: {int_or_tuple}")
    return pair


def n_positive_integers(n, value):
    """A tuple of n ints above 0, from one int or n of them."""
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,) * n
    if len(values) != n or any(int(v) < 1 for v in values):
        raise ValueError(f"Expected {n} positive integers, but received {value!r}")
    return tuple(int(v) for v in values)


def checked_format(data_format, known=("NCHW", "NHWC")):
    """The name that `tf.layers` gives to a data format, "channels_first" or "channels_last".

    Raises:
        ValueError: it is unknown.
    """
    if data_format not in known:
        raise ValueError(f"data_format has to be either {' or '.join(map(str, known))}, got {data_format!r}.")
    return "channels_first" if data_format and data_format.startswith("NC") else "channels_last"
