"""What a hook is: code called before and after each run of a monitored session."""

from __future__ import annotations

import collections


class SessionRunArgs(collections.namedtuple("SessionRunArgs", ["fetches", "feed_dict", "options"])):
    """What a hook adds to a run: its own fetches (any structure), feeds, and RunOptions."""

    __slots__ = ()

    def __new__(cls, fetches, feed_dict=None, options=None):
        return super().__new__(cls, fetches, feed_dict, options)


SessionRunValues = collections.namedtuple("SessionRunValues", ["results", "options", "run_metadata"])


class SessionRunContext:
    """What a hook knows of the run it stands round."""

    def __init__(self, original_args, session):
        self._original_args, self._session, self._stop_requested = original_args, session, False

    @property
    def original_args(self):
        """The SessionRunArgs of the caller."""
        return self._original_args

    @property
    def session(self):
        """The session without hooks."""
        return self._session

    @property
    def stop_requested(self):
        """Whether a hook asked to stop."""
        return self._stop_requested

    def request_stop(self):
        """Asks that training stops after this run."""
        self._stop_requested = True


class SessionRunHook:
    """Base of hooks; each method may be overridden.

    In order: `begin` (the graph may still grow), `after_create_session`, then round each run `before_run` and `after_run`,
    and `end` when all went well.
    """

    def begin(self):
        """Before the graph is finalised."""

    def after_create_session(self, session, coord):
        """When the session stands and its variables have values."""

    def before_run(self, run_context):
        """Before a run; returns SessionRunArgs to add, or None."""

    def after_run(self, run_context, run_values):
        """After a run; `run_values.results` are what this hook fetched."""

    def end(self, session):
        """At the end, unless training failed."""
