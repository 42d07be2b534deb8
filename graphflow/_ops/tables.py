"""The initialisers of look-up tables, as one operation."""

from __future__ import annotations

from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._ops import grouping


def tables_initializer(name="init_all_tables"):
    """An operation that initialises all tables of the graph."""
    initializers = graph_lib.get_default_graph().get_collection(keys.GraphKeys.TABLE_INITIALIZERS)
    return grouping.group(*initializers, name=name) if initializers else grouping.no_op(name=name)


def initialize_all_tables(name="init_all_tables"):
    """Another name of `tables_initializer`."""
    return tables_initializer(name)
