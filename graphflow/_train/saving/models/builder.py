"""Writing SavedModels."""

from __future__ import annotations

import filecmp
import os
import shutil

from graphflow._files import os_errors
from graphflow._graph import build, operation, protos, static_value, tensor
from graphflow._graph import graph as graph_lib
from graphflow._ops import grouping, variables
from graphflow._train.saving import meta_graph, saver
from graphflow._train.saving.models import constants, signatures


class SavedModelBuilder:
    """Collects meta graphs, with the variables of the first one, for a SavedModel.

    Args:
        export_dir: the folder, which must be empty or not exist.

    Raises:
        AssertionError: there is something in the folder.
    """

    def __init__(self, export_dir):
        self._export_dir = os.fspath(export_dir) if not isinstance(export_dir, bytes) else export_dir.decode()
        self._saved_model = protos.SavedModel(saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION)
        self._has_saved_variables = False
        if os.path.isdir(self._export_dir) and os.listdir(self._export_dir):
            raise AssertionError(
                "Export directory already exists, and isn't empty. Please choose a different export directory, or delete all "
                f"the contents of the specified directory: {self._export_dir}"
            )
        with os_errors.told(self._export_dir):
            os.makedirs(self._export_dir, exist_ok=True)

    def add_meta_graph_and_variables(
        self, sess, tags, signature_def_map=None, assets_collection=None, legacy_init_op=None, clear_devices=False,
        main_op=None, strip_default_attrs=False, saver=None,
    ):  # fmt: skip
        """Adds the default graph, and writes the variables of a session.

        Args:
            tags: what the meta graph is found by.
            signature_def_map: {name: SignatureDef}.
            assets_collection: string constants that hold paths of files to be copied into the SavedModel.
            main_op, legacy_init_op: an operation that loading runs.
            saver: what writes the variables; a new Saver when None.
        """
        if self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has already been saved. Please invoke `add_meta_graph()` instead."
            )
        signature_def_map = self._prepare(signature_def_map, assets_collection, main_op or legacy_init_op)
        folder = os.path.join(self._export_dir, constants.VARIABLES_DIRECTORY)
        os.makedirs(folder, exist_ok=True)
        saver = saver or _new_saver()
        saver.save(sess, os.path.join(folder, constants.VARIABLES_FILENAME), write_meta_graph=False, write_state=False)
        self._add(saver, tags, signature_def_map, clear_devices, strip_default_attrs)
        self._has_saved_variables = True

    def add_meta_graph(
        self, tags, signature_def_map=None, assets_collection=None, legacy_init_op=None, clear_devices=False, main_op=None,
        strip_default_attrs=False, saver=None,
    ):  # fmt: skip
        """Adds the default graph, which uses the variables that were written with another one before."""
        if not self._has_saved_variables:
            raise AssertionError(
                "Graph state including variables and assets has not been saved yet. Please invoke "
                "`add_meta_graph_and_variables()` first."
            )
        signature_def_map = self._prepare(signature_def_map, assets_collection, main_op or legacy_init_op)
        self._add(saver or _new_saver(), tags, signature_def_map, clear_devices, strip_default_attrs)

    def save(self, as_text=False):
        """Writes the file that names everything; returns its path as bytes."""
        name = constants.SAVED_MODEL_FILENAME_PBTXT if as_text else constants.SAVED_MODEL_FILENAME_PB
        path = os.path.join(self._export_dir, name)
        meta_graph.write(path, self._saved_model, as_text)
        return path.encode()

    # -- parts -----------------------------------------------------------------------------------------------------------

    def _prepare(self, signature_def_map, assets, main_op):
        signature_def_map = signature_def_map or {}
        _check_signatures(signature_def_map)
        self._copy_assets(assets or [])
        _add_main_op(main_op)
        return signature_def_map

    def _add(self, saver, tags, signature_def_map, clear_devices, strip_default_attrs):
        meta = saver.export_meta_graph(clear_devices=clear_devices, strip_default_attrs=strip_default_attrs)
        meta.meta_info_def.tags.extend(tags)
        for key, signature in signature_def_map.items():
            meta.signature_def[key].MergeFromString(signature.SerializeToString())
        self._saved_model.meta_graphs.append(meta)

    def _copy_assets(self, tensors):
        """Copies files, and names them in a collection of the graph."""
        sources = {}
        for t in tensors:
            path = _path_in(t)
            name = _free_name(path, sources)
            sources[name] = path
            asset = protos.AssetFileDef(filename=name, tensor_info=protos.TensorInfo(name=t.name))
            graph_lib.get_default_graph().add_to_collection(constants.ASSETS_KEY, _packed(asset))
        folder = os.path.join(self._export_dir, constants.ASSETS_DIRECTORY)
        with os_errors.told(folder):
            if sources:
                os.makedirs(folder, exist_ok=True)
            for name, path in sources.items():
                shutil.copyfile(path, os.path.join(folder, name))


def _new_saver():
    return saver.Saver(saver.all_saveables(), sharded=True, allow_empty=True)


def _check_signatures(signature_def_map):
    for signature in signature_def_map.values():
        for info in [*signature.inputs.values(), *signature.outputs.values()]:
            _check_tensor_info(info)
    for key, what in (
        (constants.INIT_OP_SIGNATURE_KEY, "initialization"),
        (constants.TRAIN_OP_SIGNATURE_KEY, "the train op"),
    ):
        if key in signature_def_map:
            raise KeyError(f'SignatureDef map key "{key}" is reserved for {what}. Please use a different key.')


def _check_tensor_info(info):
    encoding = info.WhichOneof("encoding")
    if encoding is None:
        raise AssertionError(
            "All TensorInfo protos used in the SignatureDefs must have one of the 'encoding' fields (e.g., name or coo_sparse) "
            f"set: {info}"
        )
    if encoding != "composite_tensor" and info.dtype == 0:
        raise AssertionError(f"All TensorInfo protos used in the SignatureDefs must have the dtype field set: {info}")


def _add_main_op(op):
    if op is None:
        return
    if not isinstance(op, operation.Operation):
        raise TypeError(f"main_op needs to be an Operation: {op!r}")
    graph = graph_lib.get_default_graph()
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        if graph.get_collection(key):
            raise ValueError(f"Graph already contains one or more main ops under the collection {key}.")
    graph.add_to_collection(constants.MAIN_OP_KEY, op)


def _path_in(asset):
    """The path that a string constant holds; ValueError for anything else."""
    if not isinstance(asset, tensor.Tensor):
        raise ValueError(f"Unknown asset filepath tensor {asset}.")
    value = static_value.constant_value(asset)
    if value is None or value.dtype != object or not value.item():
        raise ValueError(f"Invalid asset filepath tensor {asset}")
    return value.item().decode()


def _free_name(path, sources):
    """A name in the folder of assets: the file's own, with a number where another file has it."""
    name, count = os.path.basename(path), 1
    while name in sources and sources[name] != path and not filecmp.cmp(path, sources[name], shallow=False):
        name, count = f"{os.path.basename(path)}_{count}", count + 1
    return name


def _packed(message):
    """An Any message around another one."""
    any_type = protos.CollectionDef.AnyList().value.add().__class__
    return any_type(
        type_url="type.googleapis.com/tensorflow." + message.DESCRIPTOR.name, value=message.SerializeToString()
    )


def main_op():
    """An operation that initialises all variables and tables."""
    tables = graph_lib.get_default_graph().get_collection("table_initializer")
    return grouping.group(
        variables.global_variables_initializer(), variables.local_variables_initializer(), grouping.group(*tables)
    )


def main_op_with_restore(restore_op_name):
    """An operation that restores, and initialises what is not restored."""
    with build.graph_lib.get_default_graph().control_dependencies([main_op()]):
        return grouping.group(graph_lib.get_default_graph().as_graph_element(restore_op_name))


def simple_save(session, export_dir, inputs, outputs, legacy_init_op=None):
    """Writes a SavedModel for serving.

    Args:
        session: its graph and variables are written.
        export_dir: the folder, which must not exist or be empty.
        inputs, outputs: {name: tensor}.
        legacy_init_op: an operation that loading runs.
    """
    with session.graph.as_default():
        signature = signatures.predict_signature_def(inputs, outputs)
        builder = SavedModelBuilder(export_dir)
        builder.add_meta_graph_and_variables(
            session,
            tags=[constants.SERVING],
            signature_def_map={constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signature},
            assets_collection=graph_lib.get_default_graph().get_collection("asset_filepaths"),
            main_op=legacy_init_op,
            clear_devices=True,
        )
        builder.save()
