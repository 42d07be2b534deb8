"""Session: runs fetches of a graph and keeps the values of its variables."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from graphflow._core import errors, source
from graphflow._graph import graph as graph_lib
from graphflow._graph import protos, scopes
from graphflow._runtime import account as account_lib
from graphflow._runtime import config as config_lib
from graphflow._runtime import feeds, partial, placement, plans, returned, step_loop, store, trace
from graphflow._runtime import fetches as fetches_lib

_GROWTH_LIMIT = 50
_CLOSED = "Attempted to use a closed Session."
_FORKED = (
    "This process was forked from one in which a session had run: the threads of the runtime did not come along, so nothing can "
    "run here. Start worker processes before the first run, or with multiprocessing.set_start_method('spawn')."
)


class BaseSession:
    """A place where a graph runs. Variables live here: two sessions on one graph hold separate values.

    Args:
        target: '' for this process, the only kind there is.
        graph: the graph to run; the default graph when None.
        config: a ConfigProto; what it can say here is listed in `docs/session.md`.

    Raises:
        TypeError: an argument of another type. NotFoundError: another target.
    """

    # Of a session: it was closed. Of the class: this process was forked from one in which a session had run.
    _closed = False
    _any_ran = False
    prepared_type: Callable  # what fetches become

    def __init__(self, target="", graph=None, config=None):
        if graph is not None and not isinstance(graph, graph_lib.Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if target and not isinstance(target, (str, bytes)):
            raise TypeError(f"target must be a string, but got {type(target)}")
        if target not in ("", b"", None, "local", b"local"):
            raise errors.NotFoundError(
                None,
                None,
                f"No session factory registered for target {target!r}: sessions run in this process, target ''",
            )
        self._graph = graph or graph_lib.get_default_graph()
        self._target = target
        self._config = config_lib.Config(config)
        self._store = store.Store()
        self._plans = {}
        self._partial = {}
        self._grown = 0  # plans in a row for which the graph had grown
        self._seen_version = 0
        self._lock = threading.RLock()

    graph = property(lambda self: self._graph)
    sess_str = property(lambda self: self._target)

    @property
    def graph_def(self):
        """The graph as a GraphDef message."""
        return self._graph.as_graph_def()

    # -- running ---------------------------------------------------------------------------------------------------------

    def run(self, fetches, feed_dict=None, options=None, run_metadata=None):
        """Computes the fetches.

        Args:
            fetches: a tensor, operation, variable or name, or a nested structure of them.
            feed_dict: values for tensors, in place of what the graph would compute.
            options: RunOptions: a time limit, what to measure.
            run_metadata: a RunMetadata message to fill: the time of the run and, with `trace_level` FULL_TRACE, that of each
                operation.

        Returns:
            values in the form of `fetches`: NumPy arrays, None for operations.

        Raises:
            RuntimeError: the session is closed. TypeError, ValueError: a fetch or feed that does not fit.
            tf.errors.OpError: an operation failed; the text names it and the line that made it.
        """
        if options is None and run_metadata is None and not self._config.is_special:
            return self._run(fetches, feed_dict)
        with self._config.around(options):
            if run_metadata is None:
                return self._run(fetches, feed_dict)
            start = time.time_ns()
            results = self._run(fetches, feed_dict)
            self._tell(run_metadata, options, fetches, feed_dict or {}, start, time.time_ns())
        return results

    def _tell(self, run_metadata, options, fetches, feed_dict, start, end):
        """Fills a RunMetadata message with what is known of the run that has just ended."""
        prepared, tensors, _ = self._prepare(fetches, feed_dict, None)
        values = self._expanded_values(feed_dict, prepared)
        message = protos.RunMetadata()
        trace.fill(message, options, prepared.plan, self._store, dict(zip(prepared.plan.fed, values)), start, end)
        run_metadata.Clear()
        run_metadata.MergeFromString(message.SerializeToString())

    def _run(self, fetches, feed_dict):
        if self._closed:
            self._check_open()
        try:
            key = (_hashable(fetches), tuple(feed_dict) if feed_dict else ())
            entry = self._plans.get(key)
        except TypeError:
            key = entry = None
        except RecursionError:
            raise ValueError("the fetches are nested too deeply, or contain themselves") from None
        if entry is None or entry[0].version != self._graph._last_id and not entry[0].still_valid():
            entry = self._prepare(fetches, feed_dict or {}, key)
        prepared, feed_tensors, _ = entry
        if feed_dict:
            if feed_tensors is not None:
                lent = prepared.plan.waits
                values = [feeds.to_value(t, v, lent) for t, v in zip(feed_tensors, feed_dict.values())]
            else:
                values = self._expanded_values(feed_dict, prepared)
        else:
            values = []
        results = prepared.plan.run(self._store, values)
        return prepared.finish(results)

    def _prepare(self, fetches, feed_dict, key):
        """The plan for these fetches and feeds, remembered under `key`."""
        if not self._graph._ops:
            raise RuntimeError("The Session graph is empty.  Add operations to the graph before calling run().")
        if not isinstance(feed_dict, dict):
            raise TypeError(
                "The feed_dict must be a dictionary from tensors to values, got " + type(feed_dict).__name__
            )
        fed, direct = [], True
        for k, v in feed_dict.items():
            expanded = fetches_lib.expand_feed(k, v)
            direct = direct and len(expanded) == 1 and expanded[0][0] is k
            for name, _ in expanded:
                fed.append(self._feedable(name))
        if len(set(fed)) != len(fed):
            twice = next(t for t in fed if fed.count(t) > 1)
            raise ValueError(f"{twice.name} is fed twice in one feed_dict")
        self._watch_growth()
        prepared = self._prepared(fetches, fed)
        entry = (prepared, fed if direct else None, key)
        if key is not None:
            with self._lock:
                if len(self._plans) > 1000:
                    self._plans.clear()
                self._plans[key] = entry
        return entry

    def _prepared(self, fetches, fed):
        BaseSession._any_ran = True
        self._store.devices = self._config.devices
        prepared = self.prepared_type(self._graph, fetches, fed, self._store.devices)
        self._config.place(prepared.plan.ops)
        return prepared

    def _watch_growth(self):
        """Warns once when every run finds new operations: a script that builds its graph inside the training loop."""
        version = self._graph._last_id
        self._grown = self._grown + 1 if version > self._seen_version else 0
        self._seen_version = version
        if self._grown == _GROWTH_LIMIT:
            made_at = source.describe(self._graph._ops[-1].made_at)
            source.warn(
                f"the graph has grown before each of the last {_GROWTH_LIMIT} runs, to {version} operations, and each new one is "
                f"compiled anew: build the graph once, before the loop. Last operation made at {made_at}"
            )

    def _expanded_values(self, feed_dict, prepared):
        values = [v for k, value in feed_dict.items() for _, v in fetches_lib.expand_feed(k, value)]
        return [feeds.to_value(t, v) for t, v in zip(prepared.plan.fed, values)]

    def _feedable(self, key):
        try:
            t = self._graph.as_graph_element(key, allow_operation=False)
        except (TypeError, ValueError, KeyError) as err:
            text = err.args[0] if err.args else str(err)
            raise TypeError(f"Cannot interpret feed_dict key as Tensor: {text}") from None
        if not self._graph.is_feedable(t):
            raise ValueError(f"Tensor {t.name} may not be fed.")
        return t

    def make_callable(self, fetches, feed_list=None, accept_options=False):
        """A function of the values of `feed_list` that runs `fetches`; cheaper to call than `run`."""
        self._check_open()
        fed = [self._feedable(f) for f in feed_list or []]
        prepared = self._prepared(fetches, fed)

        def call(*values):
            if self._closed:
                self._check_open()
            if len(values) != len(fed):
                raise TypeError(f"the callable takes {len(fed)} values, got {len(values)}")
            converted = [feeds.to_value(t, v, prepared.plan.waits) for t, v in zip(fed, values)]
            return prepared.finish(prepared.plan.run(self._store, converted))

        def call_within(*values, options=None, run_metadata=None):
            with self._config.around(options):
                return call(*values)

        return call_within if accept_options or self._config.is_special else call

    def make_loop(self, fetches, feed_list=None, dataset=None, feed_dict=None):
        """A function that runs `fetches` many times in one dispatch, with the results of as many single runs.

        Args:
            feed_list: the tensors whose values differ from step to step.
            dataset: arrays, one a feed, that are put on the device once; the function then takes row numbers
                `[steps, batch]`. Without it, the function takes one array `[steps, ...]` a feed.
            feed_dict: tensors with the same value in all steps, which is compiled in.

        Returns:
            a function whose results have the form of `fetches`, each value with a leading axis of steps. With `steps=n` it
            runs the first n rows only, with what was compiled for all; its `put(dataset)` replaces the dataset.
        """
        self._check_open()
        fed = [self._feedable(f) for f in feed_list or []]
        fixed = {self._feedable(f): value for f, value in (feed_dict or {}).items()}
        constants = [feeds.to_value(t, value) for t, value in fixed.items()]
        prepared = self._prepared(fetches, fed + list(fixed))
        loop = step_loop.StepLoop(prepared, self._store, fed, dataset, constants)

        def call(*arguments, steps=None):
            self._check_open()
            with self._config.around():
                return loop(*arguments, steps=steps)

        call.put = loop.put
        return call

    def partial_run_setup(self, fetches, feeds=None):
        """Announces a run that `partial_run` does in parts: all it will fetch and all it will be fed.

        Returns:
            a handle for `partial_run`.
        """
        self._check_open()
        BaseSession._any_ran = True
        fed = [self._feedable(f) for f in feeds or []]
        handle = f"partial_run_{len(self._partial)}"
        self._partial[handle] = partial.PartialRun(self._graph, fetches_lib.Fetches(self._graph, fetches), fed)
        return handle

    def partial_run(self, handle, fetches, feed_dict=None):
        """The next part of a run: computes `fetches`; what earlier parts computed is not computed again.

        Raises:
            ValueError: a fetch or feed that was not announced.
        """
        self._check_open()
        if handle not in self._partial:
            raise ValueError(f"{handle!r} is no handle of partial_run_setup in this session")
        fed = {t: feeds.to_value(t, v) for t, v in ((self._feedable(k), v) for k, v in (feed_dict or {}).items())}
        with self._config.around():
            wanted, results = self._partial[handle].run(self._store, fetches, fed)
        return wanted.assemble(returned.fetched(wanted.tensors, results))

    def account(self, fetches, feed_dict=None):
        """What `run(fetches, feed_dict)` would do, as an `account.Account`; nothing runs. `viz.explain` draws it."""
        self._check_open()
        prepared, _, _ = self._prepare(fetches, feed_dict or {}, None)
        return account_lib.account(prepared.plan, prepared.fetches, self._store)

    # -- life ------------------------------------------------------------------------------------------------------------

    def as_default(self):
        """`with session.as_default():` makes it the session of `eval` and `Operation.run` in this thread."""
        return scopes.pushed(scopes.defaults.sessions, self)

    def close(self):
        """Frees what the session holds; it cannot run afterwards. Closing twice does nothing.

        A run that is under way in another thread ends as if nothing had happened; one that waits for a queue is cancelled.
        """
        with self._lock:
            self._closed = True
            left, self._store = self._store, store.Store()
            self._plans, self._partial = {}, {}
        left.leave()

    def _check_open(self):
        """Raises RuntimeError when the session cannot run any more."""
        if self._closed:
            raise RuntimeError(_FORKED if BaseSession._closed else _CLOSED)

    def list_devices(self):
        """The devices of this machine as DeviceAttributes."""
        self._check_open()
        return [DeviceAttributes(d) for d in self._config.devices]

    def __reduce__(self):
        raise TypeError("a Session cannot be pickled: save its variables with tf.train.Saver and make a new one")


def _close_all_in_child():
    """After a fork: the threads of the runtime stayed behind, and a run would wait for them for ever."""
    BaseSession._closed = BaseSession._any_ran


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all_in_child)


class Prepared:
    """Fetches with their plan, and what becomes of the results."""

    plan_type: Callable = plans.Plan

    def __init__(self, graph, structure, fed, devices):
        self.graph = graph
        self.version = graph._last_id
        self.fetches = fetches_lib.Fetches(graph, structure)
        self.plan = self.plan_type(self.fetches, fed, devices=devices)
        self.tensors = self.fetches.tensors

    def still_valid(self):
        """A graph only grows: what was planned stays right unless control edges were added to old operations."""
        late = len(self.graph._late_edges)
        if getattr(self, "late", 0) != late:
            self.late = late
            return False
        self.version = self.graph._last_id
        return True

    def finish(self, results):
        return self.fetches.assemble(returned.fetched(self.tensors, results))


BaseSession.prepared_type = Prepared


def _hashable(value):
    """A key for fetches; the kinds of containers count, since results mirror them."""
    kind = type(value)
    if kind is list:
        return (list, *[_hashable(v) for v in value])
    if kind is tuple:
        return (tuple, *[_hashable(v) for v in value])
    if kind is dict:
        return (dict, *[(k, _hashable(v)) for k, v in value.items()])
    hash(value)
    return value


class DeviceAttributes:
    """A device: its name and kind."""

    def __init__(self, device):
        self.name = config_lib.device_name(device)
        self.device_type = placement.device_kind(device)
        stats = device.memory_stats() or {}
        self.memory_limit_bytes = stats.get("bytes_limit", 0)
        self.incarnation = id(device)

    def __repr__(self):
        return f"_DeviceAttributes({self.name}, {self.device_type}, {self.memory_limit_bytes})"


class Session(BaseSession):
    """A session; `with tf.Session() as sess:` makes it and its graph the defaults and closes it at the end."""

    def __init__(self, target="", graph=None, config=None):
        super().__init__(target, graph, config)
        self._contexts = []

    def __enter__(self):
        graph, session = self._graph.as_default(), self.as_default()
        graph.__enter__()
        session.__enter__()
        self._contexts.append((graph, session))
        return self

    def __exit__(self, kind, error, traceback):
        graph, session = self._contexts.pop()
        session.__exit__(kind, error, traceback)
        graph.__exit__(kind, error, traceback)
        self.close()

    @staticmethod
    def reset(target, containers=None, config=None):
        """Clears resource containers on a remote target; there are none here, so nothing happens."""


class InteractiveSession(BaseSession):
    """A session that is the default from the moment it is made until it is closed."""

    def __init__(self, target="", graph=None, config=None):
        super().__init__(target, graph, config)
        self._owns_graph = graph is not None
        scopes.defaults.sessions.append(self)
        if self._owns_graph:
            scopes.defaults.graphs.append(graph)

    def close(self):
        """Closes the session and takes it from the stack of defaults."""
        if not self._closed:
            if self._owns_graph:
                _leave(scopes.defaults.graphs, self._graph)
            _leave(scopes.defaults.sessions, self)
        super().close()


def _leave(stack, item):
    """Takes the topmost occurrence of `item` from a stack; notebooks close sessions in any order."""
    for i in range(len(stack) - 1, -1, -1):
        if stack[i] is item:
            del stack[i]
            return


def get_default_session():
    """The innermost default session of this thread, or None."""
    return scopes.default_session()


def _session_for(graph, session, what, owner):
    if session is None:
        session = scopes.default_session()
        if session is None:
            raise ValueError(
                f"Cannot {what}: No default session is registered. Use `with sess.as_default()` or pass an explicit session to "
                f"`{owner}`"
            )
        if session.graph is not graph:
            verb, noun = what.split()[:2]
            raise ValueError(
                f"Cannot use the default session to {verb} {noun}: the {noun}'s graph is different from the session's graph. "
                f"Pass an explicit session to `{owner}`."
            )
    elif session.graph is not graph:
        raise ValueError(f"Cannot use the given session to {what}: the graph is different from the session's graph.")
    return session


def _evaluate(t, feed_dict, session):
    return _session_for(t.graph, session, "evaluate tensor using `eval()`", "eval(session=sess)").run(t, feed_dict)


def _run(op, feed_dict, session):
    _session_for(op.graph, session, "execute operation using `run()`", "run(session=sess)").run(op, feed_dict)


scopes.session_hooks.fill(_evaluate, _run)
