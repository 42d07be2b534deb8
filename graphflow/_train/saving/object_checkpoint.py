"""tf.train.Checkpoint and CheckpointManager: checkpoints of objects."""

from __future__ import annotations

import collections
import os
import time

import numpy as np

from graphflow._core import dtypes
from graphflow._files import bundle_writer, checkpoint, os_errors
from graphflow._graph import eager_graph, scopes
from graphflow._ops import resource_variable, variable, variables
from graphflow._train.saving import eager_values, object_names, state_file, trackable


def _session(session):
    session = eager_values.session_or_values(session) or scopes.default_session()
    if session is None:
        raise RuntimeError("a checkpoint of objects needs a session: use `with sess.as_default()` or pass one")
    return session


class Checkpoint:
    """Saves and restores variables that are reached through objects.

    Args:
        kwargs: variables, optimizers, other Checkpoints, and lists and dicts of them, by the names they get in the file.
    """

    _is_tracked = True

    def __init__(self, **kwargs):
        for name, value in sorted(kwargs.items()):
            if not trackable._is_kept(value):
                raise ValueError(
                    f"`Checkpoint` was expecting a trackable object (a variable, an optimizer, a Checkpoint, or a list or dict of "
                    f"such), got {value!r} as {name!r}."
                )
            setattr(self, name, value)
        self._save_counter = None

    @property
    def save_counter(self):
        """The variable that counts how often `save` was called."""
        if self._save_counter is None:
            with variable.init_scope():
                self._save_counter = variable.Variable(0, name="save_counter", trainable=False, dtype=dtypes.int64)
        return self._save_counter

    def _tracked(self):
        found = trackable.children_of(self)
        if self._save_counter is not None:
            found["save_counter"] = self._save_counter
        return found

    def write(self, file_prefix, session=None):
        """Writes a checkpoint of this name; returns the name."""
        nodes = trackable.nodes_of(self)
        kept = [node for node in nodes if isinstance(node.item, variable.Variable)]
        values = _session(session).run([node.item for node in kept])
        graph = np.array(trackable.graph_message(nodes).SerializeToString(deterministic=True), object)
        items = [bundle_writer.Item(node.key, None, np.asarray(value)) for node, value in zip(kept, values)]
        bundle_writer.write(os.fspath(file_prefix), [*items, bundle_writer.Item(object_names.GRAPH_KEY, None, graph)])
        return os.fspath(file_prefix)

    def save(self, file_prefix, session=None):
        """Writes a checkpoint whose name ends in the number of the save, and the state file; returns the name."""
        session = _session(session)
        is_new = self._save_counter is None
        counter = self.save_counter
        if is_new and counter.initializer is not None:
            session.run(counter.initializer)
        number = int(session.run(counter)) + 1
        counter.load(number, session)
        path = self.write(f"{file_prefix}-{number}", session)
        state_file.update(os.path.dirname(path), path, [path], save_relative_paths=True)
        return path

    def restore(self, save_path):
        """Finds what a checkpoint holds of these objects.

        Args:
            save_path: its name, or None.

        Returns:
            a status, whose `run_restore_ops` or `initialize_or_restore` gives the variables their values.
        """
        if save_path is None:
            return _Status(self, None, None, {})
        self.save_counter  # noqa: B018  (what was saved has one)
        message = object_names.object_graph(save_path)
        nodes = trackable.nodes_of(self)
        if message is None:
            names = set(checkpoint.open_reader(save_path).names())
            keys = {
                n.item: n.item.op.name for n in nodes if getattr(getattr(n.item, "op", None), "name", None) in names
            }
            return _Status(self, save_path, None, keys)
        keys = _matching_keys(self, message)
        status = _Status(self, save_path, message, keys)
        if eager_graph.executing_eagerly():
            status._restore_now()
        return status

    read = restore


def _matching_keys(root, message):
    """{variable: its key in a checkpoint} for the variables reached from `root` that a stored TrackableObjectGraph has."""
    nodes, keys = trackable.nodes_of(root), {}
    for position, stored in trackable.matched(nodes, message).items():
        for attribute in message.nodes[stored].attributes:
            if attribute.name == object_names.VALUE_KEY and isinstance(nodes[position].item, variable.Variable):
                keys[nodes[position].item] = attribute.checkpoint_key
    return keys


def _assign(path, keys, session):
    """Gives variables the values of a checkpoint: all of them, or none after an error."""
    reader = checkpoint.open_reader(path)
    values = {v: reader.read(key) for v, key in keys.items()}
    for v, value in values.items():
        if not v.get_shape().is_compatible_with(value.shape):
            raise ValueError(f"{v.name} has shape {v.get_shape()}, and {list(value.shape)} in the checkpoint {path}")
    session = session if all(getattr(v, "_is_eager", False) for v in keys) else _session(session)
    for v, value in values.items():
        v.load(value, session)


class _Status:
    """What a checkpoint has for a Checkpoint's objects."""

    def __init__(self, root, path, message, keys):
        self._root, self._path, self._message, self._keys = root, path, message, keys

    def _restore_now(self):
        """Restores what is there, with eager execution; the rest is restored when it is made, and first used."""
        self.run_restore_ops()
        if self._message is None:
            return
        stored = {
            a.checkpoint_key
            for node in self._message.nodes
            for a in node.attributes
            if a.name == object_names.VALUE_KEY
        }
        done = set(self._keys)

        def look_again():
            found = _matching_keys(self._root, self._message)
            new = {v: key for v, key in found.items() if v not in done}
            done.update(new)
            self._keys.update(new)
            if stored <= set(self._keys.values()):
                resource_variable.no_longer_offer(look_again)
            if new:
                _assign(self._path, new, None)

        if not stored <= set(self._keys.values()):
            resource_variable.offer_to(look_again)

    def _variables(self):
        return [node.item for node in trackable.nodes_of(self._root) if isinstance(node.item, variable.Variable)]

    def assert_consumed(self):
        """Raises AssertionError unless every object has a value in the checkpoint, and every value an object."""
        self.assert_existing_objects_matched()
        stored = {a.checkpoint_key for node in self._message.nodes for a in node.attributes} if self._message else set()
        unused = sorted(stored - set(self._keys.values()))
        if unused:
            raise AssertionError(f"Unresolved object in checkpoint: {', '.join(unused)}")
        return self

    def assert_existing_objects_matched(self):
        """Raises AssertionError when an object has no value in the checkpoint."""
        missing = [v.name for v in self._variables() if v not in self._keys and v is not self._root._save_counter]
        if missing or self._path is None:
            raise AssertionError(f"No value in the checkpoint {self._path} for: {', '.join(missing) or 'anything'}")
        return self

    def assert_nontrivial_match(self):
        """Raises AssertionError when the checkpoint has nothing for the objects."""
        if not self._keys:
            raise AssertionError(f"Nothing to load: the checkpoint {self._path} has nothing for these objects")
        return self

    def expect_partial(self):
        """The status itself; nothing is said of what does not match in any case."""
        return self

    def run_restore_ops(self, session=None):
        """Gives the variables the values of the checkpoint: all of them, or none after an error."""
        if self._path is None:
            raise AssertionError(
                "No checkpoint specified, so no restore ops are available (save_path=None to Saver.restore)."
            )
        _assign(self._path, self._keys, session)

    def initialize_or_restore(self, session=None):
        """`run_restore_ops`, and initialises what the checkpoint lacks."""
        if eager_graph.executing_eagerly():
            return
        rest = [v for v in self._variables() if v not in self._keys]
        _session(session).run(variables.variables_initializer(rest))
        if self._path is not None:
            self.run_restore_ops(session)


class CheckpointManager:
    """Saves again and again, and deletes old checkpoints.

    Args:
        checkpoint: the Checkpoint to save.
        directory: where to.
        max_to_keep: how many to keep; None keeps all.
        keep_checkpoint_every_n_hours: one in so many hours is kept nevertheless.
        checkpoint_name: the first part of their names.
    """

    def __init__(self, checkpoint, directory, max_to_keep, keep_checkpoint_every_n_hours=None, checkpoint_name="ckpt"):
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"Expected a positive integer or `None` for `max_to_keep`, got {max_to_keep}.")
        self._checkpoint, self._directory, self._max_to_keep = checkpoint, os.fspath(directory), max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._prefix = os.path.join(self._directory, checkpoint_name)
        self._kept = collections.OrderedDict()  # name -> time
        self._latest = None
        self._last_preserved = time.time()
        state = state_file.get_checkpoint_state(self._directory)
        if state is not None:
            self._latest = state.model_checkpoint_path
            paths = list(state.all_model_checkpoint_paths)
            times = list(state.all_model_checkpoint_timestamps) or [self._last_preserved] * len(paths)
            self._last_preserved = state.last_preserved_timestamp or self._last_preserved
            self._kept.update(zip(paths, times))

    latest_checkpoint = property(lambda self: self._latest)
    checkpoints = property(lambda self: list(self._kept))

    def save(self, checkpoint_number=None):
        """Writes a checkpoint; returns its name."""
        session = _session(None)
        with os_errors.told(self._directory):
            os.makedirs(self._directory, exist_ok=True)
        if checkpoint_number is None:
            path = self._checkpoint.save(self._prefix, session)
        else:
            number = int(session.run(checkpoint_number)) if hasattr(checkpoint_number, "op") else int(checkpoint_number)
            path = self._checkpoint.write(f"{self._prefix}-{number}", session)
        self._kept.pop(path, None)
        self._kept[path] = time.time()
        self._latest = path
        old = self._to_delete()
        state_file.update(
            self._directory, path, list(self._kept), None, True, list(self._kept.values()), self._last_preserved
        )
        for name in old:
            state_file.remove_quietly(name)
        return path

    def _to_delete(self):
        found = []
        while self._max_to_keep and len(self._kept) > self._max_to_keep:
            name, written_at = self._kept.popitem(last=False)
            if self._keep_hours and written_at - self._keep_hours * 3600 >= self._last_preserved:
                self._last_preserved = written_at
            else:
                found.append(name)
        return found
