"""What input functions return: tensors, pairs of them, or datasets."""

from __future__ import annotations

from graphflow._core import nest
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys, tensor
from graphflow._ops import dataset_iterators, datasets
from graphflow._train.sessions import hook


class DatasetInitializerHook(hook.SessionRunHook):
    """Runs the initialiser of a dataset's iterator in each new session."""

    def __init__(self, iterator):
        self._iterator = iterator

    def begin(self):
        self._initializer = self._iterator.initializer

    def after_create_session(self, session, coord):
        session.run(self._initializer)


def parsed(result):
    """(features, labels, hooks) of what an input function returned: tensors, a pair, or a dataset of either.

    Raises:
        ValueError: a list or tuple that is no pair.
    """
    hooks = []
    if isinstance(result, datasets.Dataset):
        iterator = dataset_iterators.make_initializable_iterator(result)
        hooks.append(DatasetInitializerHook(iterator))
        result = iterator.get_next()
    if isinstance(result, (list, tuple)):
        if len(result) != 2:
            raise ValueError("input_fn should return (features, labels) as a len 2 tuple.")
        return result[0], result[1], hooks
    return result, None, hooks


def ends(features):
    """Whether the features come from what ends: a dataset or a queue."""
    if graph_lib.get_default_graph().get_collection(keys.GraphKeys.QUEUE_RUNNERS):
        return True
    flat = [one for one in nest.flatten(features) if isinstance(one, tensor.Tensor)]
    return any(one.op.type == "IteratorGetNext" for one in flat)
