"""Look-up tables that change while a program runs; a Saver saves what they hold."""

from __future__ import annotations

import functools

from graphflow._graph import build, keys
from graphflow._graph import graph as graph_lib
from graphflow._ops import lookup_tables
from graphflow._train.saving import saveable


class _MutableTable(lookup_tables.LookupInterface):
    """What both kinds have in common; a kind makes its handle in `_create_resource(shared)`."""

    def __init__(self, key_dtype, value_dtype, default_value, name, checkpoint):
        super().__init__(key_dtype, value_dtype)
        self._default_value, self._op_name = default_value, name
        self._resource_handle = self._create_resource(bool(checkpoint))
        if checkpoint:
            entry = _TableSaveable(self, name)
            graph_lib.get_default_graph().add_to_collection(keys.GraphKeys.SAVEABLE_OBJECTS, entry)

    def _create_resource(self, shared):
        raise NotImplementedError("Calling an abstract method: a table defines `_create_resource`.")

    default_value = property(lambda self: self._default_value, doc="What keys that are not in the table have.")
    resource_handle = property(lambda self: self._resource_handle, doc="The handle of the table.")

    @property
    def name(self):
        return self._resource_handle.op.name.split("/")[-1]

    def _scope(self, name, what, *values):
        return build.name_scope(name, f"{self.name}_{what}", [self._resource_handle, *values])

    def size(self, name=None):
        """The number of entries, an int64 scalar."""
        with self._scope(name, "Size"), _beside(self._resource_handle):
            return build.apply("LookupTableSizeV2", self._resource_handle)

    def lookup(self, keys, name=None):
        """The values of `keys`, the default where a key is not in the table."""
        with self._scope(name, "lookup_table_find", keys, self._default_value):
            wanted = build.convert_to_tensor(keys, dtype=self._key_dtype, name="keys")
            with _beside(self._resource_handle):
                return build.apply("LookupTableFindV2", self._resource_handle, wanted, self._default_value)

    def insert(self, keys, values, name=None):
        """An operation that puts `values` under `keys`, in place of what was there."""
        with self._scope(name, "lookup_table_insert", keys, values):
            found = build.convert_to_tensor(keys, dtype=self._key_dtype, name="keys")
            values = build.convert_to_tensor(values, dtype=self._value_dtype, name="values")
            with _beside(self._resource_handle):
                return build.apply("LookupTableInsertV2", self._resource_handle, found, values)

    def remove(self, keys, name=None):
        """An operation that takes `keys` out of the table; keys that are not in it do not matter.

        Raises:
            TypeError: the keys are of another type.
        """
        if keys.dtype is not self._key_dtype:
            raise TypeError(f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}.")
        with self._scope(name, "lookup_table_remove", keys, self._default_value):
            return build.apply("LookupTableRemoveV2", self._resource_handle, keys)

    def export(self, name=None):
        """(keys, values): all entries, in no order."""
        with self._scope(name, "lookup_table_export_values"), _beside(self._resource_handle):
            found = build.apply(
                "LookupTableExportV2", self._resource_handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype
            )
            return tuple(found)

    def _gather_saveables_for_checkpoint(self):
        return {"table": functools.partial(_TableSaveable, table=self, name=self._op_name)}


def _beside(handle):
    return graph_lib.get_default_graph().colocate_with(handle.op)


class _TableSaveable(saveable.SaveableObject):
    """Keys and values of a table as two tensors of a checkpoint."""

    def __init__(self, table, name):
        found = table.export()
        specs = [saveable.SaveSpec(t, "", f"{name}-{part}") for t, part in zip(found, ("keys", "values"))]
        super().__init__(table, specs, name)

    def restore(self, restored_tensors, restored_shapes, name=None):
        with build.name_scope(name, f"{self.name}_table_restore"), _beside(self.op.resource_handle):
            return build.apply("LookupTableImportV2", self.op.resource_handle, *restored_tensors)


class MutableHashTable(_MutableTable):
    """A table that starts empty.

    Args:
        key_dtype, value_dtype: the types of keys and values.
        default_value: what keys that are not in the table have; its shape is that of all values.
        name: of the operation, and in checkpoints.
        checkpoint: whether Savers save it.
    """

    def __init__(self, key_dtype, value_dtype, default_value, name="MutableHashTable", checkpoint=True):
        default_value = build.convert_to_tensor(default_value, dtype=value_dtype)
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)

    def _create_resource(self, shared):
        dims = self._default_value._dims
        of_tensors = {} if dims == () else {"value_shape": dims}
        return build.apply(
            "MutableHashTableOfTensorsV2" if of_tensors else "MutableHashTableV2", use_node_name_sharing=shared,
            key_dtype=self._key_dtype, value_dtype=self._value_dtype, name=self._op_name, **of_tensors,
        )  # fmt: skip


class DenseHashTable(_MutableTable):
    """A table that starts empty, with two keys set apart: `tf.contrib.lookup.MutableDenseHashTable`.

    Args:
        key_dtype, value_dtype, default_value, name, checkpoint: as for `MutableHashTable`.
        empty_key, deleted_key: keys that are never used; their shape is that of all keys.
        initial_num_buckets: a hint.
    """

    def __init__(
        self, key_dtype, value_dtype, default_value, empty_key, deleted_key, initial_num_buckets=None,
        name="MutableDenseHashTable", checkpoint=True,
    ):  # fmt: skip
        default_value = build.convert_to_tensor(default_value, dtype=value_dtype, name="default_value")
        self._set_apart = [
            build.convert_to_tensor(empty_key, dtype=key_dtype, name="empty_key"),
            build.convert_to_tensor(deleted_key, dtype=key_dtype, name="deleted_key"),
        ]
        self._hint = {} if initial_num_buckets is None else {"initial_num_buckets": initial_num_buckets}
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)

    def _create_resource(self, shared):
        return build.apply(
            "MutableDenseHashTableV2", *self._set_apart, use_node_name_sharing=shared,
            value_dtype=self._value_dtype, value_shape=self._default_value._dims, name=self._op_name, **self._hint,
        )  # fmt: skip

    def insert_or_assign(self, keys, values, name=None):
        """Another name of `insert`."""
        return self.insert(keys, values, name)

    def erase(self, keys, name=None):
        """Another name of `remove`."""
        return self.remove(keys, name)

    def lookup(self, keys, name=None):
        """The values of `keys`, the default where a key is not in the table."""
        with self._scope(name, "lookup_table_find", keys):
            wanted = build.convert_to_tensor(keys, dtype=self._key_dtype, name="keys")
            with _beside(self._resource_handle):
                return build.apply("LookupTableFindV2", self._resource_handle, wanted, self._default_value)
