"""Scaffold: the operations and the saver that a training session needs beside the model."""

from __future__ import annotations

from graphflow._core import dtypes, log
from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, grouping, summaries, tables, variables
from graphflow._train.saving import saver as saver_lib

_KEYS = keys.GraphKeys


def default(name, collection, make):
    """What a collection holds; else what `make` gives, which joins it.

    Raises:
        RuntimeError: it holds several.
    """
    graph = graph_lib.get_default_graph()
    held = graph.get_collection(collection)
    if len(held) > 1:
        raise RuntimeError(
            f'More than one item in the collection "{collection}". Please indicate which one to use by passing it to the '
            f"tf.Scaffold constructor as: tf.Scaffold({name}=item to use)"
        )
    if held:
        return held[0]
    made = make()
    if made is not None:
        graph.add_to_collection(collection, made)
    return made


def _all_missing():
    nothing = build.constant([], dtype=dtypes.string, name="report_uninitialized_resources")
    return array.concat([variables.report_uninitialized_variables(), nothing], 0)


def _global_missing():
    nothing = build.constant([], dtype=dtypes.string, name="report_uninitialized_resources")
    return array.concat([variables.report_uninitialized_variables(variables.global_variables()), nothing], 0)


def _saver():
    return saver_lib.Saver(sharded=True, allow_empty=True)


class Scaffold:
    """Pieces of a training session; those not given are made when the graph is finalised, or taken from its collections.

    Args:
        init_op: initialises the variables; init_feed_dict: fed to it.
        init_fn: a function (scaffold, session), run after `init_op`.
        ready_op, ready_for_local_init_op: vectors of names of what is not initialised yet.
        local_init_op: initialises what checkpoints do not hold.
        summary_op: gives the summaries.
        saver: writes checkpoints.
        copy_from_scaffold: a Scaffold for what is not given.
    """

    def __init__(
        self, init_op=None, init_feed_dict=None, init_fn=None, ready_op=None, ready_for_local_init_op=None,
        local_init_op=None, summary_op=None, saver=None, copy_from_scaffold=None,
    ):  # fmt: skip
        if copy_from_scaffold is not None and not isinstance(copy_from_scaffold, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")
        given = {
            "init_op": init_op, "init_feed_dict": init_feed_dict, "_user_init_fn": init_fn, "ready_op": ready_op,
            "ready_for_local_init_op": ready_for_local_init_op, "local_init_op": local_init_op, "summary_op": summary_op,
            "saver": saver,
        }  # fmt: skip
        for name, value in given.items():
            setattr(self, name, getattr(copy_from_scaffold, name, None) if value is None else value)
        user = self._user_init_fn
        self.init_fn = (lambda session: user(self, session)) if user else None

    def finalize(self):
        """Makes what is missing, then finalises the graph; returns itself."""
        wanted = {
            "init_op": (
                _KEYS.INIT_OP,
                lambda: grouping.group(variables.global_variables_initializer(), grouping.no_op()),
            ),
            "ready_op": (_KEYS.READY_OP, _all_missing),
            "ready_for_local_init_op": (_KEYS.READY_FOR_LOCAL_INIT_OP, _global_missing),
            "local_init_op": (_KEYS.LOCAL_INIT_OP, self.default_local_init_op),
            "summary_op": (_KEYS.SUMMARY_OP, summaries.merge_all),
            "saver": (_KEYS.SAVERS, _saver),
        }
        for name, (collection, make) in wanted.items():
            if getattr(self, name) is None:
                setattr(self, name, default(name, collection, make))
        self.saver.build()
        graph_lib.get_default_graph().finalize()
        log.info("Graph was finalized.")
        return self

    @staticmethod
    def get_or_default(arg_name, collection_key, default_constructor):
        """What a collection holds, or what the constructor gives."""
        return default(arg_name, collection_key, default_constructor)

    @staticmethod
    def default_local_init_op():
        """Initialises local variables and tables."""
        return grouping.group(variables.local_variables_initializer(), tables.tables_initializer(), grouping.no_op())
