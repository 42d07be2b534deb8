"""Which objects in collections can be written to a meta graph and read back, and as what messages."""

from __future__ import annotations

from typing import Any, NamedTuple


class ProtoFunctions(NamedTuple):
    """How one collection is written.

    Attributes:
        proto_type: the name of the message in `protos`, or its class.
        to_proto: function(object, export_scope=None) -> message, or None for what lies outside the scope.
        from_proto: function(message, import_scope=None) -> object.
    """

    proto_type: Any = None
    to_proto: Any = None
    from_proto: Any = None


_FUNCTIONS: dict[str, ProtoFunctions] = {}


def register_proto_function(collection_name, proto_type=None, to_proto=None, from_proto=None):
    """Says how the objects in a collection become messages and messages become objects.

    Raises:
        TypeError: a function cannot be called. KeyError: the collection has its functions already.
    """
    if to_proto and not callable(to_proto):
        raise TypeError("to_proto must be callable.")
    if from_proto and not callable(from_proto):
        raise TypeError("from_proto must be callable.")
    if collection_name in _FUNCTIONS:
        raise KeyError(f"Registering two proto functions with name '{collection_name}'!")
    _FUNCTIONS[collection_name] = ProtoFunctions(proto_type, to_proto, from_proto)


def of(collection_name):
    """The functions of a collection; all None where none were registered."""
    return _FUNCTIONS.get(collection_name, ProtoFunctions())
