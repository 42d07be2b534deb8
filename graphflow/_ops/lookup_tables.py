"""Look-up tables that are filled once: keys to values."""

from __future__ import annotations

import uuid

from graphflow._core import dtypes
from graphflow._graph import build, op_def, sparse_tensor
from graphflow._ops import variable

_KINDS = ("HashTable", "MutableHashTable", "MutableHashTableOfTensors", "MutableDenseHashTable")
op_def.shape_rule(*_KINDS)(lambda op: [()])
op_def.shape_rule(*[f"{kind}V2" for kind in _KINDS])(lambda op: [()])
op_def.shape_rule("LookupTableSize", "LookupTableSizeV2")(lambda op: [()])
op_def.shape_rule("LookupTableInsert", "LookupTableInsertV2", "LookupTableRemoveV2")(lambda op: [])
op_def.not_differentiable(
    *_KINDS, *[f"{kind}V2" for kind in _KINDS], "LookupTableFind", "LookupTableFindV2", "LookupTableExport",
    "LookupTableExportV2", "LookupTableSize", "LookupTableSizeV2",
    because="keys do not vary smoothly, and what tables hold is no variable",
)  # fmt: skip


def _entry_dims(op):
    """The plain shapes of a key and a value where the table itself is at hand, else None."""
    table = op.inputs[0].op
    if table.type.removesuffix("V2") not in _KINDS:
        return None
    return (table.inputs[0]._dims if table.inputs else ()), table.attrs.get("value_shape", ())


@op_def.shape_rule("LookupTableFind", "LookupTableFindV2")
def _find_shape(op):
    dims, keys = _entry_dims(op), op.inputs[1]._dims
    if dims is None or keys is None or None in dims:
        return [None]
    key, value = dims
    return [(*keys[: len(keys) - len(key)], *value)]


@op_def.shape_rule("LookupTableExport", "LookupTableExportV2")
def _export_shape(op):
    dims = _entry_dims(op)
    return [None, None] if dims is None else [None if d is None else (None, *d) for d in dims]


class LookupInterface:
    """What all tables have in common.

    Args:
        key_dtype, value_dtype: the types of keys and values.
    """

    def __init__(self, key_dtype, value_dtype):
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)

    key_dtype = property(lambda self: self._key_dtype, doc="The type of the keys.")
    value_dtype = property(lambda self: self._value_dtype, doc="The type of the values.")

    @property
    def name(self):
        """The table's name."""
        raise NotImplementedError("Calling an abstract method: a table has a `name`.")

    def size(self, name=None):
        """The number of entries, an int64 scalar."""
        raise NotImplementedError("Calling an abstract method: a table defines `size`.")

    def lookup(self, keys, name=None):
        """The values of `keys`."""
        raise NotImplementedError("Calling an abstract method: a table defines `lookup`.")


class InitializableLookupTableBase(LookupInterface):
    """A table that an operation fills, once a session; until then look-ups are a FailedPreconditionError.

    Args:
        default_value: what keys that are not in the table have.
        initializer: a table initializer.
    """

    def __init__(self, default_value, initializer):
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        self._default_value = build.convert_to_tensor(default_value, dtype=self._value_dtype)
        self._default_value.get_shape().merge_with(())
        self._initializer = initializer
        with variable.init_scope():
            self._resource_handle = self._create_resource()
            self._init_op = initializer.initialize(self)

    def _create_resource(self):
        raise NotImplementedError("Calling an abstract method: a table defines `_create_resource`.")

    default_value = property(lambda self: self._default_value, doc="What keys that are not in the table have.")
    resource_handle = property(lambda self: self._resource_handle, doc="The handle of the table.")
    initializer = property(lambda self: self._init_op, doc="The operation that fills the table.")
    init = initializer

    def size(self, name=None):
        """The number of entries, an int64 scalar."""
        with build.name_scope(name, f"{self.name}_Size", [self.resource_handle]):
            return build.apply("LookupTableSizeV2", self.resource_handle)

    def lookup(self, keys, name=None):
        """The values of `keys`, a tensor or a SparseTensor; the default where a key is not in the table.

        Raises:
            TypeError: the keys are of another type.
        """
        is_sparse = isinstance(keys, sparse_tensor.SparseTensor)
        wanted = keys.values if is_sparse else keys
        if keys.dtype.base_dtype is not self._key_dtype:
            raise TypeError(f"Signature mismatch. Keys must be dtype {self._key_dtype}, got {keys.dtype}.")
        handles = [self.resource_handle, wanted, self._default_value]
        with build.name_scope(name, f"{self.name}_Lookup", handles):
            values = build.apply("LookupTableFindV2", *handles)
        values.set_shape(wanted.get_shape())
        return sparse_tensor.SparseTensor(keys.indices, values, keys.dense_shape) if is_sparse else values


class HashTable(InitializableLookupTableBase):
    """`tf.contrib.lookup.HashTable`: a table whose sessions share it by name.

    Args:
        initializer: a table initializer.
        default_value: what keys that are not in the table have.
        shared_name: tables of the same one are the same table.
        name: of the operation.
    """

    def __init__(self, initializer, default_value, shared_name=None, name=None):
        self._shared, self._op_name = shared_name, name or "hash_table"
        super().__init__(default_value, initializer)

    def _create_resource(self):
        return build.apply(
            "HashTableV2", shared_name=self._shared or "", key_dtype=self._key_dtype, value_dtype=self._value_dtype,
            name=self._op_name,
        )  # fmt: skip

    @property
    def name(self):
        return self._resource_handle.op.name.split("/")[-1]

    def export(self, name=None):
        """(keys, values): all entries, in no order."""
        with build.name_scope(name, f"{self.name}_Export", [self.resource_handle]) as scope:
            found = self._exported(scope)
        found[1].set_shape(found[0].get_shape().concatenate(self._default_value.get_shape()))
        return tuple(found)

    def _exported(self, scope):
        return build.apply(
            "LookupTableExportV2", self.resource_handle, Tkeys=self._key_dtype, Tvalues=self._value_dtype, name=scope
        )  # fmt: skip


class StaticHashTable(HashTable):
    """A table that is filled once: `tf.lookup.StaticHashTable`.

    Args:
        initializer: a table initializer.
        default_value: what keys that are not in the table have.
        name: of the operation.
    """

    def __init__(self, initializer, default_value, name=None):
        super().__init__(initializer, default_value, initializer._shared_name or f"hash_table_{uuid.uuid4()}", name)

    def _exported(self, scope):
        return super()._exported(None)
