"""Saver: writes the variables of a session to checkpoints and reads them back."""

from __future__ import annotations

import os
import time

from graphflow._core import errors, log
from graphflow._files import checkpoint, replace
from graphflow._graph import collection_protos, eager_graph, keys, protos, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import variable
from graphflow._train import global_step as global_step_lib
from graphflow._train.saving import eager_values, meta_graph, object_names, saveable, saver_graph, state_file


def all_saveables(scope=None):
    """The variables and saveable objects of the default graph."""
    graph = graph_lib.get_default_graph()
    return [
        *graph.get_collection(keys.GraphKeys.GLOBAL_VARIABLES, scope),
        *graph.get_collection(keys.GraphKeys.SAVEABLE_OBJECTS, scope),
    ]


class Saver:
    """Saves and restores variables.

    Making one adds nodes to the graph, so it is made once, before the training loop.

    Args:
        var_list: variables, or {name in the checkpoint: variable}; all saveable objects of the graph when None.
        reshape: restored values take the shapes of the variables.
        sharded: variables on different devices go to different files.
        max_to_keep: older checkpoints than so many are deleted; None or 0 keeps all.
        keep_checkpoint_every_n_hours: one checkpoint in so many hours is kept nevertheless.
        name: the name scope of the nodes, `save` when None.
        restore_sequentially: without effect: restoring is one step here.
        saver_def: a SaverDef that names the nodes of a Saver in the graph, in place of new ones.
        builder: a `BaseSaverBuilder` that makes the nodes.
        defer_build: leaves making the nodes to `build`, or to the first use.
        allow_empty: without any variables, saves and restores nothing, where it would be an error.
        write_version: kept for old scripts; version 2 is written, which everything reads that reads version 1.
        pad_step_number: steps in names have eight digits.
        save_relative_paths: the state file names checkpoints relative to its folder.
        filename: the name used when none is given.

    Raises:
        ValueError: there is nothing to save, or two variables have one name. TypeError: something is no variable.
    """

    def __init__(
        self, var_list=None, reshape=False, sharded=False, max_to_keep=5, keep_checkpoint_every_n_hours=10000.0, name=None,
        restore_sequentially=False, saver_def=None, builder=None, defer_build=False, allow_empty=False,
        write_version=saver_graph.V2, pad_step_number=False, save_relative_paths=False, filename=None,
    ):  # fmt: skip
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set defer_build=False or var_list=None."
            )
        self._var_list, self._reshape, self._sharded = var_list, reshape, sharded
        self._max_to_keep, self._keep_hours = max_to_keep, keep_checkpoint_every_n_hours
        self._name, self._restore_sequentially = name, restore_sequentially
        self._builder, self._allow_empty, self._filename = builder, allow_empty, filename
        self._pad_step_number, self._relative = pad_step_number, save_relative_paths
        self._is_built = self._is_empty = False
        self._last_checkpoints = []  # (prefix, time)
        self._to_delete = []
        self._by_object_names = None
        self._named = None  # with eager execution: name -> variable
        self._next_checkpoint_time = time.time() + keep_checkpoint_every_n_hours * 3600
        self.saver_def = saver_def
        if write_version != saver_graph.V2:
            log.warning("Checkpoints of version 1 are read; version 2 is written.")
        if saver_def is not None:
            self._adopt(saver_def)
        elif not defer_build:
            self.build()

    def _adopt(self, saver_def):
        """Takes the nodes that a SaverDef names; `name` is the scope they were imported into."""
        if getattr(saver_def, "DESCRIPTOR", None) is None or saver_def.DESCRIPTOR.name != "SaverDef":
            raise ValueError("saver_def must be a SaverDef proto")
        self.saver_def = protos.SaverDef.FromString(saver_def.SerializeToString())
        for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
            setattr(self.saver_def, field, variable.prepended(getattr(saver_def, field), self._name))
        self._check_saver_def()
        self._sharded = saver_def.sharded
        self._is_built = True
        self._next_checkpoint_time = time.time() + saver_def.keep_checkpoint_every_n_hours * 3600

    def _check_saver_def(self):
        for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
            if not getattr(self.saver_def, field):
                raise ValueError(f"saver_def must specify the {field}: {self.saver_def}")

    def build(self):
        """Makes the nodes, if that was put off."""
        if self._is_built:
            return
        self._is_built = True
        var_list = all_saveables() if self._var_list is None else self._var_list
        if eager_graph.executing_eagerly():
            self._build_eagerly(var_list)
            return
        if not var_list:
            if not self._allow_empty:
                raise ValueError("No variables to save")
            self._is_empty = True
            return
        self._var_list = var_list
        builder = self._builder or saver_graph.BulkSaverBuilder()
        self.saver_def = builder.build(
            var_list, reshape=self._reshape, sharded=self._sharded, max_to_keep=self._max_to_keep,
            keep_checkpoint_every_n_hours=self._keep_hours, name=self._name,
            restore_sequentially=self._restore_sequentially, filename=self._filename,
        )  # fmt: skip
        self._check_saver_def()

    def _build_eagerly(self, var_list):
        """Remembers the variables, whose values are written and read without nodes."""
        if self._var_list is None:
            raise RuntimeError(
                "When eager execution is enabled, `var_list` must specify a list or dict of variables to save"
            )
        self._named = eager_values.by_name(var_list)
        self.saver_def = protos.SaverDef(
            max_to_keep=self._max_to_keep or 0, keep_checkpoint_every_n_hours=self._keep_hours, version=saver_graph.V2
        )

    def _check_built(self):
        if not self._is_built:
            raise RuntimeError("`build()` should be called before save if defer_build==True")

    # -- saving ----------------------------------------------------------------------------------------------------------

    def save(
        self, sess, save_path, global_step=None, latest_filename=None, meta_graph_suffix="meta", write_meta_graph=True,
        write_state=True, strip_default_attrs=False, save_debug_info=False,
    ):  # fmt: skip
        """Writes a checkpoint.

        At every moment, what the state file names as the latest checkpoint is complete: data and index come first, then the meta
        graph, then the state file, and at last older checkpoints go.

        Args:
            sess: a session on the graph, in which the variables have values; None with eager execution.
            save_path: the name, to which `global_step` (a number, tensor, variable or tensor's name) is added behind a dash.
            latest_filename: the name of the state file, `checkpoint` when None.
            meta_graph_suffix: what the meta graph's name ends in.
            write_meta_graph, write_state: whether to write the meta graph, and the state file.

        Returns:
            the name of the checkpoint, for `restore`; None for an empty Saver.

        Raises:
            ValueError: the folder does not exist, or `latest_filename` will not do. TypeError: `sess` is no session.
        """
        self._check_built()
        sess = eager_values.session_or_values(sess)
        prefix = self._prefix(sess, save_path, global_step, latest_filename)
        if self._named is None and not (hasattr(sess, "run") and hasattr(sess, "graph")):
            raise TypeError(f"'sess' must be a Session; {sess}")
        if not self._is_empty:
            prefix = self._write(sess, prefix)
        if write_meta_graph and self._named is None:
            with sess.graph.as_default():
                path = state_file.meta_graph_filename(prefix, meta_graph_suffix)
                self.export_meta_graph(path, strip_default_attrs=strip_default_attrs)
        if self._is_empty:
            return None
        if write_state:
            self._record(prefix)
            state_file.update(
                os.path.dirname(save_path), prefix, self.last_checkpoints, latest_filename, self._relative
            )
            self._delete_old(meta_graph_suffix)
        return prefix

    def _prefix(self, sess, save_path, step, latest_filename):
        """The name of a checkpoint with the step in it."""
        latest_filename = latest_filename or "checkpoint"
        if os.path.split(latest_filename)[0]:
            raise ValueError("'latest_filename' must not contain path components")
        if step is not None:
            if isinstance(step, (tensor.TensorLike, str)):
                step = global_step_lib.global_step(sess, step)
            return f"{save_path}-{int(step):08d}" if self._pad_step_number else f"{save_path}-{int(step)}"
        if os.path.basename(save_path) == latest_filename and not self._sharded:
            raise ValueError(f"'latest_filename' collides with 'save_path': '{latest_filename}' and '{save_path}'")
        return os.fspath(save_path)

    def _write(self, sess, prefix):
        folder = os.path.dirname(prefix)
        replace.clean(folder)
        if self._named is not None:
            eager_values.write(prefix, self._named)
            return prefix
        try:
            written = sess.run(self.saver_def.save_tensor_name, {self.saver_def.filename_tensor_name: prefix})
        except (errors.FailedPreconditionError, errors.NotFoundError) as error:
            if not os.path.isdir(folder or "."):
                raise ValueError(f"Parent directory of {prefix} doesn't exist, can't save.") from error
            raise
        return written.decode()

    def _record(self, prefix):
        if not self.saver_def.max_to_keep:
            return
        self._last_checkpoints = [pair for pair in self._last_checkpoints if pair[0] != prefix]
        self._last_checkpoints.append((prefix, time.time()))
        if len(self._last_checkpoints) > self.saver_def.max_to_keep:
            self._to_delete.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix):
        if not self._to_delete:
            return
        prefix, written_at = self._to_delete.pop(0)
        if written_at > self._next_checkpoint_time:
            self._next_checkpoint_time += self.saver_def.keep_checkpoint_every_n_hours * 3600
            return
        state_file.remove_quietly(prefix, meta_graph_suffix)

    # -- restoring -------------------------------------------------------------------------------------------------------

    def restore(self, sess, save_path):
        """Gives the variables the values of a checkpoint: all of them or, after an error, none.

        Args:
            sess: a session on the graph. The variables need not be initialised.
            save_path: what `save` returned, or `latest_checkpoint`; the name of one of its files will do.

        Raises:
            ValueError: there is no such checkpoint. DataLossError: it is damaged. NotFoundError: it lacks variables; all are
            named. InvalidArgumentError: shapes or types differ; all of these are named.
        """
        self._check_built()
        if self._is_empty:
            return
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        prefix = checkpoint.prefix_of(save_path)
        if not checkpoint.exists(prefix):
            raise _not_valid(prefix)
        log.info("Restoring parameters from %s", prefix)
        try:
            self._read(sess, prefix)
        except errors.NotFoundError as error:
            if self._named is not None or not self._read_object_based(sess, prefix):
                raise _wrapped(error, "a Variable name or other graph key that is missing") from error
        except errors.InvalidArgumentError as error:
            raise _wrapped(error, "a mismatch between the current graph and the graph") from error

    def _read(self, sess, prefix):
        if self._named is not None:
            eager_values.read(prefix, self._named)
            return
        sess.run(self.saver_def.restore_op_name, {self.saver_def.filename_tensor_name: prefix})

    def _read_object_based(self, sess, prefix):
        """Restores from a checkpoint of TensorFlow 2, which knows our names by heart; False where it is none."""
        names = object_names.key_by_name(prefix)
        if names is None:
            return False
        log.warning(
            "Restoring an object-based checkpoint using a name-based saver. This may be somewhat fragile, and will re-build the "
            "Saver. Instead, consider loading object-based checkpoints using tf.train.Checkpoint()."
        )
        if self._by_object_names is None:
            with sess.graph.as_default():
                items = saveable.saveables_of(all_saveables() if self._var_list is None else self._var_list)
                object_names.rename(items, names)
                self._by_object_names = Saver(items)
        self._by_object_names._read(sess, prefix)
        return True

    # -- the checkpoints so far ------------------------------------------------------------------------------------------

    @property
    def last_checkpoints(self):
        """The checkpoints that are kept, oldest first."""
        return [prefix for prefix, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints):
        """Says which checkpoints count as those written so far."""
        assert isinstance(last_checkpoints, list)
        self._last_checkpoints = [(prefix, float("inf")) for prefix in last_checkpoints]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time):
        """As `set_last_checkpoints`, for pairs (name, time)."""
        assert isinstance(last_checkpoints_with_time, list)
        self._last_checkpoints = last_checkpoints_with_time

    def recover_last_checkpoints(self, checkpoint_paths):
        """Counts those of `checkpoint_paths` that exist as written so far: after a restart, they are deleted in their turn."""
        found = [(path, state_file.get_checkpoint_mtimes([path])) for path in checkpoint_paths]
        self.set_last_checkpoints_with_time([(path, times[0]) for path, times in found if times])

    # -- as a message ----------------------------------------------------------------------------------------------------

    def as_saver_def(self):
        """The SaverDef that names the nodes."""
        return self.saver_def

    def to_proto(self, export_scope=None):
        """The SaverDef without the scope's name, or None outside `export_scope`."""
        if export_scope is None:
            return self.saver_def
        scope = export_scope.rstrip("/") + "/"
        if not self.saver_def.filename_tensor_name.startswith(scope):
            return None
        message = protos.SaverDef()
        message.CopyFrom(self.saver_def)
        for field in ("filename_tensor_name", "save_tensor_name", "restore_op_name"):
            setattr(message, field, variable.stripped(getattr(message, field), export_scope))
        return message

    @staticmethod
    def from_proto(saver_def, import_scope=None):
        """The Saver whose nodes a SaverDef names."""
        return Saver(saver_def=saver_def, name=import_scope)

    def export_meta_graph(
        self, filename=None, collection_list=None, as_text=False, export_scope=None, clear_devices=False,
        clear_extraneous_savers=False, strip_default_attrs=False, save_debug_info=False,
    ):  # fmt: skip
        """The MetaGraphDef of the default graph with this Saver; see `tf.train.export_meta_graph`."""
        return meta_graph.export_meta_graph(
            filename=filename, graph_def=graph_lib.get_default_graph().as_graph_def(add_shapes=True),
            saver_def=self.saver_def, collection_list=collection_list, as_text=as_text, export_scope=export_scope,
            clear_devices=clear_devices, clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
        )  # fmt: skip


collection_protos.register_proto_function(keys.GraphKeys.SAVERS, "SaverDef", Saver.to_proto, Saver.from_proto)


def _not_valid(prefix):
    """The error for a name that is no checkpoint's, of the class TensorFlow raises; or what is wrong with the file there is."""
    try:
        checkpoint.open_reader(prefix)
    except errors.NotFoundError as error:
        return ValueError(f"The passed save_path is not a valid checkpoint: {prefix}: {error.message}")
    except errors.OpError as error:
        return error
    return ValueError(f"The passed save_path is not a valid checkpoint: {prefix}")


def _wrapped(error, what):
    return type(error)(
        error.node_def, error.op,
        f"Restoring from checkpoint failed. This is most likely due to {what} from the checkpoint. Please ensure that you have "
        f"not altered the graph expected based on the checkpoint. Original error:\n\n{error.message}",
    )  # fmt: skip


def import_meta_graph(meta_graph_or_file, clear_devices=False, import_scope=None, **kwargs):
    """Adds the nodes and collections of a meta graph to the default graph.

    Args:
        meta_graph_or_file: a MetaGraphDef, or the name of a `.meta` file.
        clear_devices: leaves out the devices of its nodes.
        import_scope: a name scope to put everything in.
        kwargs: `input_map`, `restore_collections_predicate`, `return_elements`.

    Returns:
        a Saver for the nodes it brought, or for its variables; None where there are none.

    Raises:
        OSError: there is no such file. ValueError: it holds something else.
    """
    return import_with_elements(meta_graph_or_file, clear_devices, import_scope, **kwargs)[0]


def import_with_elements(meta_graph_or_file, clear_devices=False, import_scope=None, return_elements=None, **kwargs):
    """(Saver, the elements named); see `import_meta_graph`."""
    meta = meta_graph_or_file
    if getattr(meta, "DESCRIPTOR", None) is None:
        meta = meta_graph.read_meta_graph_file(meta)
    variables, elements = meta_graph.import_scoped(
        meta, clear_devices=clear_devices, import_scope=import_scope, return_elements=return_elements, **kwargs
    )
    return _saver_of(meta, import_scope, variables), elements


def _saver_of(meta, scope, variables):
    if meta.HasField("saver_def"):
        for name, found in variables.items():  # the scope that was given may have been taken
            scope = found.name.removesuffix(name)
            break
        return Saver(saver_def=meta.saver_def, name=scope)
    if all_saveables(scope):
        return Saver()
    log.info("Saver not created because there are no variables in the graph to restore")
    return None
