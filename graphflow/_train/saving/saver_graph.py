"""The nodes of a Saver: the same as TensorFlow's, since exported graphs name them."""

from __future__ import annotations

import uuid

from graphflow._core import dtypes
from graphflow._graph import build, device, protos
from graphflow._graph import graph as graph_lib
from graphflow._ops import array, grouping, partitioned_variable, saving, strings
from graphflow._train.saving import saveable

V1, V2 = 1, 2


class BaseSaverBuilder:
    """Adds the nodes that save and restore; subclasses may change `save_op`, `bulk_restore` and the steps between."""

    SaveSpec = saveable.SaveSpec
    SaveableObject = saveable.SaveableObject
    VariableSaveable = saveable.ReferenceVariableSaveable
    ResourceVariableSaveable = saveable.ResourceVariableSaveable

    def __init__(self, write_version=V2):
        self._write_version = write_version

    def build(
        self, names_to_saveables, reshape=False, sharded=False, max_to_keep=5, keep_checkpoint_every_n_hours=10000.0,
        name=None, restore_sequentially=False, filename="model",
    ):  # fmt: skip
        """Adds the nodes for a list or dict of variables; returns the SaverDef that names them."""
        saveables = saveable.saveables_of(names_to_saveables)
        with build.name_scope(name, "save", [s.op for s in saveables]):
            path = array.placeholder_with_default(filename or "model", shape=(), name="filename")
            path = array.placeholder_with_default(path, shape=(), name="Const")
            if sharded:
                groups = saveable.by_device(saveables)
                saved = self._add_sharded_save(path, groups)
                restored = self._add_sharded_restore(path, groups, restore_sequentially, reshape)
            else:
                saved = self._add_save(path, saveables)
                restored = self._add_restore(path, saveables, restore_sequentially, reshape)
        _join_partitioned_variables()
        return protos.SaverDef(
            filename_tensor_name=path.name, save_tensor_name=saved.name, restore_op_name=restored.name,
            max_to_keep=max_to_keep or 0, sharded=sharded, keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            version=self._write_version,
        )  # fmt: skip

    # -- saving ----------------------------------------------------------------------------------------------------------

    def save_op(self, filename_tensor, saveables):
        """The operation that writes `saveables`."""
        specs = [spec for s in saveables for spec in s.specs]
        names, pieces, tensors = zip(*[(spec.name, spec.slice_spec, spec.tensor) for spec in specs], strict=True)
        return saving.save_v2(filename_tensor, list(names), list(pieces), list(tensors))

    def _add_save(self, path, saveables):
        return grouping.with_dependencies([self.save_op(path, saveables)], path)

    def sharded_filename(self, filename_tensor, shard, num_shards):
        """The name of one shard, a string tensor."""
        return saving.sharded_filename(filename_tensor, shard, num_shards)

    def _add_sharded_save(self, path, groups):
        """Every device's variables go to files of their own in a folder beside; a last operation joins them."""
        graph = graph_lib.get_default_graph()
        beside = strings.string_join([path, f"_temp_{uuid.uuid4().hex}/part"])
        count = build.constant(len(groups), name="num_shards")
        prefixes, saves = [], []
        for shard, (place, saveables) in enumerate(groups):
            with graph.device(_cpu_of(place)):
                prefixes.append(self.sharded_filename(beside, shard, count))
                saves.append(self._add_save(prefixes[-1], saveables))
        with graph.control_dependencies([s.op for s in saves]), graph.device(_cpu_of(groups[-1][0])):
            merged = saving.merge_v2_checkpoints(prefixes, path)
            with graph.control_dependencies([merged]):
                return array.identity(path)

    # -- restoring -------------------------------------------------------------------------------------------------------

    def restore_op(self, filename_tensor, saveable, preferred_shard):
        """The tensors of one saveable, each read by an operation of its own."""
        return [self._read(filename_tensor, [spec])[0] for spec in saveable.specs]

    def bulk_restore(self, filename_tensor, saveables, preferred_shard, restore_sequentially):
        """The tensors of all specs, one behind the other, read by one operation."""
        with graph_lib.get_default_graph().device("cpu:0"):
            return self._read(filename_tensor, [spec for s in saveables for spec in s.specs])

    def _read(self, path, specs):
        types = [dtypes.as_dtype(spec.dtype).base_dtype for spec in specs]
        return saving.restore_v2(path, [spec.name for spec in specs], [spec.slice_spec for spec in specs], types)

    def _add_restore(self, path, saveables, restore_sequentially, reshape, preferred_shard=-1, name="restore_all"):
        tensors = self.bulk_restore(path, saveables, preferred_shard, restore_sequentially)
        assigns, at = [], 0
        for item in saveables:
            shapes = [_shape_of(spec.tensor) for spec in item.specs] if reshape else None
            assigns.append(item.restore(tensors[at : at + len(item.specs)], shapes))
            at += len(item.specs)
        return grouping.group(*assigns, name=name)

    def _add_sharded_restore(self, path, groups, restore_sequentially, reshape):
        graph, shards = graph_lib.get_default_graph(), []
        for shard, (place, saveables) in enumerate(groups):
            with graph.device(place):
                shards.append(
                    self._add_restore(path, saveables, restore_sequentially, reshape, shard, name="restore_shard")
                )
        return grouping.group(*shards, name="restore_all")


class BulkSaverBuilder(BaseSaverBuilder):
    """The builder that Saver uses."""


def _cpu_of(place):
    return device.DeviceSpec.from_string(place).replace(device_type="CPU", device_index=0).to_string()


def _shape_of(t):
    shape = t.get_shape()
    return shape if shape.is_fully_defined() else array.shape(t)


def _join_partitioned_variables():
    """A partitioned variable in a collection is named in exported graphs, so the node that joins its parts must exist."""
    graph = graph_lib.get_default_graph()
    for key in graph.get_all_collection_keys():
        for item in graph.get_collection(key):
            if isinstance(item, partitioned_variable.PartitionedVariable) and item.name not in graph._by_name:
                item.as_tensor()
