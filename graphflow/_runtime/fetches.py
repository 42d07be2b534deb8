"""What may be fetched, and how results are put back together."""

from __future__ import annotations

import typing

from graphflow._core import nest
from graphflow._graph import operation, sparse_tensor, tensor
from graphflow._ops import ragged_tensor, ragged_value

_EXPANSIONS: list = []  # (type, function(value) -> (fetches, rebuild)), tried from the newest on


def register_session_run_conversion_functions(
    tensor_type, fetch_function, feed_function=None, feed_function_for_partial_run=None
):
    """Lets `run` fetch and be fed objects of `tensor_type`.

    Args:
        fetch_function: object -> ([fetches], function([values]) -> value).
        feed_function: (object, value) -> [(tensor, value), ...].
    """
    for known, _, _ in _EXPANSIONS:
        if issubclass(tensor_type, known):
            raise ValueError(f"{tensor_type} has already been registered so ignore it.")
    _EXPANSIONS.insert(0, (tensor_type, fetch_function, feed_function))


def expand_feed(key, value):
    """[(tensor or name, value)] for a key of a feed_dict."""
    for known, _, feed in _EXPANSIONS:
        if feed is not None and isinstance(key, known):
            return feed(key, value)
    if isinstance(key, tuple):  # a state as cells give it: parts are fed one by one
        values = nest.flatten_up_to(key, value, check_types=False)
        return [pair for part in zip(nest.flatten(key), values) for pair in expand_feed(*part)]
    return [(key, value)]


class Fetches:
    """The fetches of a run, flattened: distinct tensors, operations, and where each leaf's value comes from.

    Attributes:
        tensors: distinct tensors, in order.
        operations: operations asked for by themselves.
    """

    def __init__(self, graph, structure):
        self.graph = graph
        self.tensors = []
        self.operations = []
        self._index = {}
        self._leaves = []  # index into tensors, or None for operations
        self._build = self._compile(structure)

    def _compile(self, value):
        """A function (values) -> result of the form of `value`."""
        if value is None:
            raise TypeError("Fetch argument None has invalid type <class 'NoneType'>")
        if isinstance(value, (list, tuple)):
            parts = [self._compile(v) for v in value]
            if nest.is_namedtuple(value):
                return lambda values: type(value)(*[p(values) for p in parts])
            kind = list if isinstance(value, list) else tuple
            return lambda values: kind([p(values) for p in parts])
        if isinstance(value, dict) or hasattr(value, "keys") and hasattr(value, "values"):
            keys = list(value.keys())
            parts = [self._compile(value[k]) for k in keys]
            kind = type(value) if isinstance(value, dict) else dict
            if hasattr(kind, "default_factory"):
                kind = dict
            return lambda values: kind((k, p(values)) for k, p in zip(keys, parts))
        if nest.is_nested(value):
            parts = [self._compile(v) for v in nest.parts(value)]
            return lambda values: nest.rebuild(value, [p(values) for p in parts])
        for known, expand, _ in _EXPANSIONS:
            if isinstance(value, known):
                inner, rebuild = expand(value)
                parts = [self._compile(v) for v in inner]
                return lambda values: rebuild([p(values) for p in parts])
        return self._leaf(value)

    def _leaf(self, value):
        try:
            element = self.graph.as_graph_element(value, allow_tensor=True, allow_operation=True)
        except TypeError as err:
            raise TypeError(
                f"Fetch argument {value!r} has invalid type {type(value)}, must be a string or Tensor. ({err})"
            ) from None
        except ValueError as err:
            raise ValueError(f"Fetch argument {value!r} cannot be interpreted as a Tensor. ({err})") from None
        except KeyError as err:
            raise ValueError(f"Fetch argument {value!r} cannot be interpreted as a Tensor. ({err.args[0]})") from None
        if not self.graph.is_fetchable(element):
            raise ValueError(f"{element.name} may not be fetched.")
        if isinstance(element, operation.Operation):
            self.operations.append(element)
            return lambda values: None
        if element not in self._index:
            self._index[element] = len(self.tensors)
            self.tensors.append(element)
        i = self._index[element]
        return lambda values: values[i]

    def assemble(self, values):
        """The result: values of `tensors` put into the structure of the fetches."""
        return self._build(values)


def _slices(value):
    parts = [value.values, value.indices] + ([] if value.dense_shape is None else [value.dense_shape])
    return parts, lambda values: IndexedSlicesValue(*values, *([None] * (3 - len(values))))


class IndexedSlicesValue(typing.NamedTuple):
    """The fetched form of IndexedSlices."""

    values: object
    indices: object
    dense_shape: object = None


register_session_run_conversion_functions(tensor.IndexedSlices, _slices)


def _sparse(value):
    """Fetching a SparseTensor fetches its parts."""
    parts = [value.indices, value.values, value.dense_shape]
    return parts, lambda values: sparse_tensor.SparseTensorValue(*values)


def _feed_sparse(key, value):
    return list(zip((key.indices, key.values, key.dense_shape), value))


register_session_run_conversion_functions(sparse_tensor.SparseTensor, _sparse, _feed_sparse)


def _ragged(value):
    """Fetching a RaggedTensor fetches its parts."""
    return [value.flat_values, *value.nested_row_splits], lambda values: ragged_value.assembled(*values)


def _feed_ragged(key, value):
    parts = (value.flat_values, *value.nested_row_splits)
    return list(zip((key.flat_values, *key.nested_row_splits), parts))


register_session_run_conversion_functions(ragged_tensor.RaggedTensor, _ragged, _feed_ragged)
