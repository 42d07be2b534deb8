"""Resources that a graph registers, each with the operation that makes it."""

from __future__ import annotations

import collections

from graphflow._core import dtypes
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import choosing, compare, grouping, joining

_SHARED, _LOCAL = keys.GraphKeys.RESOURCES, keys.GraphKeys.LOCAL_RESOURCES
_Resource = collections.namedtuple("_Resource", ["handle", "create", "is_initialized"])


def register_resource(handle, create_op, is_initialized_op, is_shared=True):
    """Registers a resource: its handle, the operation that makes it, and a bool tensor that says whether it is made."""
    collection = _SHARED if is_shared else _LOCAL
    graph_lib.get_default_graph().add_to_collection(collection, _Resource(handle, create_op, is_initialized_op))


def shared_resources():
    """The resources that sessions share."""
    return graph_lib.get_default_graph().get_collection(_SHARED)


def local_resources():
    """The resources of one session."""
    return graph_lib.get_default_graph().get_collection(_LOCAL)


def initialize_resources(resource_list, name="init"):
    """The operation that makes all resources of a list."""
    made = [resource.create for resource in resource_list]
    return grouping.group(*made, name=name) if made else grouping.no_op(name=name)


def report_uninitialized_resources(resource_list=None, name="report_uninitialized_resources"):
    """The names of the handles of those that are not made yet, a string vector."""
    resources = [*shared_resources(), *local_resources()] if resource_list is None else resource_list
    with build.name_scope(name):
        if not resources:
            return build.constant([], dtype=dtypes.string)
        missing = compare.logical_not(joining.stack([resource.is_initialized for resource in resources]))
        return choosing.boolean_mask(build.constant([resource.handle.name for resource in resources]), missing)
