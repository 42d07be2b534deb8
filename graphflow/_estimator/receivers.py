"""What a served model is asked: placeholders for requests, and the features made of them."""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._estimator import input_results
from graphflow._graph import graph as graph_lib
from graphflow._graph import sparse_tensor, tensor
from graphflow._ops import array, parsing

_FIELDS = ["features", "receiver_tensors", "receiver_tensors_alternatives"]
_DEFAULT_NAMES = {
    "feature": "feature",
    "label": "label",
    "receiver_tensor": "input",
    "receiver_tensors_alternative": "input",
}


def _checked(tensors, what, may_count=False):
    """A dict name -> tensor; a lone tensor gets a default name."""
    if tensors is None:
        raise ValueError(f"{what}s must be defined.")
    if not isinstance(tensors, dict):
        tensors = {_DEFAULT_NAMES[what]: tensors}
    for name, value in tensors.items():
        if not isinstance(name, (str, int) if may_count else str):
            raise ValueError(f"{what} keys must be strings{' or ints' if may_count else ''}: {name}.")
        _check_tensor(value, f"{what} {name}")
    return tensors


def _check_tensor(value, what):
    if not isinstance(value, (tensor.Tensor, sparse_tensor.SparseTensor)):
        raise ValueError(f"{what} must be a Tensor or SparseTensor.")


class ServingInputReceiver(collections.namedtuple("ServingInputReceiver", _FIELDS)):  # type: ignore[misc]
    """Inputs of a served model.

    Args:
        features: for the model function, a dict of tensors (or a tensor, which is then named `feature`).
        receiver_tensors: what a request feeds, a dict of tensors (or a tensor, named `input`).
        receiver_tensors_alternatives: dict name -> other tensors that may be fed instead.
    """

    __slots__ = ()

    def __new__(cls, features, receiver_tensors, receiver_tensors_alternatives=None):
        features, receiver_tensors = _checked(features, "feature", True), _checked(receiver_tensors, "receiver_tensor")
        others = receiver_tensors_alternatives
        if others is not None:
            if not isinstance(others, dict):
                raise ValueError(f"receiver_tensors_alternatives must be a dict: {others}.")
            for name, given in others.items():
                others[name] = _checked(given, "receiver_tensors_alternative")
        return super().__new__(cls, features, receiver_tensors, others)


class TensorServingInputReceiver(collections.namedtuple("TensorServingInputReceiver", _FIELDS)):  # type: ignore[misc]
    """As ServingInputReceiver, for model functions whose features are one tensor."""

    __slots__ = ()

    def __new__(cls, features, receiver_tensors, receiver_tensors_alternatives=None):
        if features is None:
            raise ValueError("features must be defined.")
        _check_tensor(features, "feature")
        made = ServingInputReceiver(features, receiver_tensors, receiver_tensors_alternatives)
        return super().__new__(cls, made.features["feature"], made.receiver_tensors, made.receiver_tensors_alternatives)


class SupervisedInputReceiver(
    collections.namedtuple("SupervisedInputReceiver", ["features", "labels", "receiver_tensors"])
):
    """Inputs of a graph for training or evaluation that is exported."""

    __slots__ = ()

    def __new__(cls, features, labels, receiver_tensors):
        _checked(features, "feature", True)
        _checked(labels, "label", True)
        return super().__new__(cls, features, labels, _checked(receiver_tensors, "receiver_tensor"))


def build_parsing_serving_input_receiver_fn(feature_spec, default_batch_size=None):
    """A function that receives serialized `tf.Example`s `[batch]` and parses them by `feature_spec`."""

    def serving_input_receiver_fn():
        serialized = array.placeholder(dtypes.string, shape=[default_batch_size], name="input_example_tensor")
        features = parsing.parse_example(serialized, feature_spec)
        return ServingInputReceiver(features, {"examples": serialized})

    return serving_input_receiver_fn


def _placeholder(like, batch_size):
    name = like.op.name if isinstance(like, tensor.Tensor) else None
    return array.placeholder(like.dtype, shape=[batch_size, *like.get_shape()[1:]], name=name)


def _placeholders(like, batch_size):
    return {name: _placeholder(value, batch_size) for name, value in like.items()}


def build_raw_serving_input_receiver_fn(features, default_batch_size=None):
    """A function that receives features as they are: placeholders of their types, shapes and names, with a free batch size."""

    def serving_input_receiver_fn():
        made = _placeholders(features, default_batch_size)
        return ServingInputReceiver(made, made)

    return serving_input_receiver_fn


def build_raw_supervised_input_receiver_fn(features, labels, default_batch_size=None):
    """A function that receives features and labels as they are, for graphs of training and evaluation.

    Raises:
        ValueError: a name is both of a feature and of a label.
    """

    def named(given, name):
        return given if isinstance(given, dict) else {name: given}

    if both := named(features, "input").keys() & named(labels, "label").keys():
        raise ValueError(f"Features and labels must have distinct keys. Found overlapping keys: {both}")

    def supervised_input_receiver_fn():
        x = _placeholders(named(features, "input"), default_batch_size)
        y = _placeholders(named(labels, "label"), default_batch_size)
        return SupervisedInputReceiver(
            x if isinstance(features, dict) else x["input"], y if isinstance(labels, dict) else y["label"], {**x, **y}
        )

    return supervised_input_receiver_fn


def build_supervised_input_receiver_fn_from_input_fn(input_fn, **input_fn_args):
    """A function that receives what an input function returns: placeholders like its features and labels."""
    with graph_lib.Graph().as_default():
        features, labels, _ = input_results.parsed(input_fn(**input_fn_args))
    return build_raw_supervised_input_receiver_fn(features, labels)
