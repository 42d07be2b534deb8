"""Reading SavedModels."""

from __future__ import annotations

import os

from graphflow._core import errors
from graphflow._files import os_errors
from graphflow._graph import graph as graph_lib
from graphflow._graph import graph_files, protos
from graphflow._ops import variable
from graphflow._train.saving import saver as saver_lib
from graphflow._train.saving.models import constants, signatures


def _files(export_dir):
    return [
        os.path.join(export_dir, name)
        for name in (constants.SAVED_MODEL_FILENAME_PB, constants.SAVED_MODEL_FILENAME_PBTXT)
    ]


def maybe_saved_model_directory(export_dir):
    """Whether there is a SavedModel in a folder."""
    return any(map(os.path.exists, _files(export_dir)))


def parse_saved_model(export_dir):
    """The SavedModel message of a folder.

    Raises:
        OSError: there is none. ValueError: the file holds something else.
    """
    for path in _files(export_dir):
        if os.path.exists(path):
            with os_errors.told(path), open(path, "rb") as file:
                return graph_files.parse(file.read(), "SavedModel", path)
    raise OSError(
        f"SavedModel file does not exist at: {export_dir}/{{{constants.SAVED_MODEL_FILENAME_PBTXT}|"
        f"{constants.SAVED_MODEL_FILENAME_PB}}}"
    )


class SavedModelLoader:
    """The meta graphs of a SavedModel, to be loaded into sessions.

    Args:
        export_dir: its folder.
    """

    def __init__(self, export_dir):
        self.export_dir = os.fspath(export_dir) if not isinstance(export_dir, bytes) else export_dir.decode()
        self.variables_path = os.path.join(self.export_dir, constants.VARIABLES_DIRECTORY, constants.VARIABLES_FILENAME)
        self.saved_model = parse_saved_model(self.export_dir)

    def get_meta_graph_def_from_tags(self, tags):
        """The MetaGraphDef that has exactly these tags; RuntimeError where there is none."""
        found = [set(meta.meta_info_def.tags) for meta in self.saved_model.meta_graphs]
        for meta, own in zip(self.saved_model.meta_graphs, found):
            if own == set(tags):
                return meta
        raise RuntimeError(
            f"MetaGraphDef associated with tags {str(tags).strip('[]')} could not be found in SavedModel. To inspect available "
            f"tag-sets in the SavedModel, please use the SavedModel CLI: `saved_model_cli`\navailable_tags: {found}"
        )

    def load_graph(self, graph, tags, import_scope=None, **saver_kwargs):
        """Adds the nodes and collections to a graph; (Saver or None, the elements asked for)."""
        meta = self.get_meta_graph_def_from_tags(tags)
        with graph.as_default():
            return saver_lib.import_with_elements(meta, import_scope=import_scope, **saver_kwargs)

    def restore_variables(self, sess, saver, import_scope=None):
        """Gives the variables of a session their values."""
        with sess.graph.as_default():
            if saver is None and not saver_lib.all_saveables(import_scope):
                return
            if not isinstance(saver, saver_lib.Saver):
                raise ValueError(
                    "No tf.train.Saver object was passed to the function SavedModelLoader.restore_variables. Since there are "
                    "variables in the graph, a saver is required."
                )
            saver.restore(sess, self.variables_path)

    def run_init_ops(self, sess, tags, import_scope=None):
        """Runs what the SavedModel wants to be run after loading, fed with the paths of its assets."""
        meta = self.get_meta_graph_def_from_tags(tags)
        with sess.graph.as_default():
            op = _init_op(meta, import_scope)
            if op is not None:
                sess.run([op], self._asset_paths(meta, import_scope))

    def _asset_paths(self, meta, import_scope):
        """{name of a tensor: path of an asset}; a path that leads out of the folder is refused."""
        assets = list(meta.asset_file_def)
        if not assets and constants.ASSETS_KEY in meta.collection_def:
            values = meta.collection_def[constants.ASSETS_KEY].any_list.value
            assets = [protos.AssetFileDef.FromString(value.value) for value in values]
        found = {}
        folder = os.path.join(self.export_dir, constants.ASSETS_DIRECTORY)
        for asset in assets:
            if os.path.isabs(asset.filename) or os.pardir in asset.filename.replace("\\", "/").split("/"):
                raise errors.InvalidArgumentError(
                    None, None, f"{self.export_dir}: the asset {asset.filename!r} lies outside of the SavedModel"
                )
            found[variable.prepended(asset.tensor_info.name, import_scope)] = os.path.join(folder, asset.filename)
        return found

    def load(self, sess, tags, import_scope=None, **saver_kwargs):
        """Does all of it; returns the MetaGraphDef."""
        with sess.graph.as_default():
            saver, _ = self.load_graph(sess.graph, tags, import_scope, **saver_kwargs)
            self.restore_variables(sess, saver, import_scope)
            self.run_init_ops(sess, tags, import_scope)
        return self.get_meta_graph_def_from_tags(tags)


def _init_op(meta, import_scope):
    key = constants.INIT_OP_SIGNATURE_KEY
    if key in meta.signature_def:
        return signatures.load_op_from_signature_def(meta.signature_def[key], key, import_scope)
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        names = meta.collection_def[key].node_list.value if key in meta.collection_def else []
        if len(names) > 1:
            raise RuntimeError(f"Expected exactly one SavedModel init op. Found: {list(names)}")
        if names:
            return graph_lib.get_default_graph().as_graph_element(variable.prepended(names[0], import_scope))
    return None


def load(sess, tags, export_dir, import_scope=None, **saver_kwargs):
    """Loads a SavedModel into a session.

    Args:
        sess: its graph gets the nodes, and the session the values of the variables.
        tags: of the meta graph that is wanted.
        export_dir: the folder.
        import_scope: a name scope to put everything in.

    Returns:
        the MetaGraphDef, whose `signature_def` names inputs and outputs.

    Raises:
        OSError: there is no SavedModel. RuntimeError: none of its meta graphs has these tags.
    """
    return SavedModelLoader(export_dir).load(sess, tags, import_scope, **saver_kwargs)
