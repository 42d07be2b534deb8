"""Iterators in checkpoints: how many elements were taken, which are skipped when one goes on."""

from __future__ import annotations

from graphflow._graph import build
from graphflow._graph import graph as graph_lib
from graphflow._train.saving import saveable


class IteratorSaveable(saveable.SaveableObject):
    """The state of an iterator.

    Args:
        iterator_resource: its handle.
    """

    def __init__(self, iterator_resource):
        state = build.apply("SerializeIterator", iterator_resource)
        name = iterator_resource.name
        super().__init__(iterator_resource, [saveable.SaveSpec(state, "", f"{name}-state")], name)

    def restore(self, restored_tensors, restored_shapes):
        with graph_lib.get_default_graph().colocate_with(self.op.op):
            return build.apply("DeserializeIterator", self.op, restored_tensors[0])


def make_saveable_from_iterator(iterator):
    """What a Saver saves of an iterator; to be added to the collection SAVEABLE_OBJECTS.

    Saved is the number of elements taken. Restoring begins again with the dataset that the iterator has, whose initializer must
    have run, and skips as many; a dataset that shuffles needs a seed to be the same then.
    """
    return IteratorSaveable(iterator._iterator_resource)
