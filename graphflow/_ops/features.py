"""What is to be found in an Example, and under which key."""

from __future__ import annotations

import collections

from graphflow._core import dtypes, shapes


class VarLenFeature(collections.namedtuple("VarLenFeature", ["dtype"])):
    """A list of any length; it becomes a SparseTensor."""


class SparseFeature(
    collections.namedtuple("SparseFeature", ["index_key", "value_key", "dtype", "size", "already_sorted"])
):
    """A SparseTensor whose indices and values are lists under keys of their own.

    Args:
        index_key: the key of the indices, or a list of one key a dimension.
        value_key: the key of the values.
        size: the size of the dimension, or of each of them.
        already_sorted: whether the indices are in order.
    """

    def __new__(cls, index_key, value_key, dtype, size, already_sorted=False):
        return super().__new__(cls, index_key, value_key, dtype, size, already_sorted)


class FixedLenFeature(collections.namedtuple("FixedLenFeature", ["shape", "dtype", "default_value"])):
    """A tensor of a fixed shape; an Example without it is an error where there is no default."""

    def __new__(cls, shape, dtype, default_value=None):
        return super().__new__(cls, shape, dtype, default_value)


class FixedLenSequenceFeature(
    collections.namedtuple("FixedLenSequenceFeature", ["shape", "dtype", "allow_missing", "default_value"])
):
    """A tensor `[any length, *shape]`, padded with the default in a batch; empty when missing, if that is allowed."""

    def __new__(cls, shape, dtype, allow_missing=False, default_value=None):
        return super().__new__(cls, shape, dtype, allow_missing, default_value)


class Wanted:
    """The features by key in the form in which operations want them.

    Args:
        features: dict of features.
        kinds: the classes that may occur.
        as_rows: whether the shapes of sequences have their unknown first dimension, as in one Example.

    Attributes:
        sparse: key -> type. dense: key -> (type, plain shape). defaults: key -> default, None for a sequence that may be missing.

    Raises:
        ValueError: a feature is incomplete, or of another kind.
    """

    def __init__(self, features, kinds, as_rows=False):
        self.sparse, self.dense, self.defaults = {}, {}, {}
        for key in sorted(features or ()):
            feature = features[key]
            if not isinstance(feature, kinds):
                kind = type(feature).__name__
                known = isinstance(feature, tuple) and kind in globals()
                raise ValueError(f"Unsupported {kind} {feature}." if known else f"Invalid feature {key}:{feature}.")
            if not feature.dtype:
                raise ValueError(f"Missing type for feature {key}.")
            if isinstance(feature, VarLenFeature):
                self._add_sparse(key, feature.dtype)
            elif isinstance(feature, SparseFeature):
                self._add_parts(feature)
            else:
                self._add_dense(key, feature, as_rows)

    def _add_sparse(self, key, dtype):
        dtype = dtypes.as_dtype(dtype)
        known = self.sparse.setdefault(key, dtype)
        if known is not dtype:
            raise ValueError(f"Conflicting type {known} vs {dtype} for feature {key}.")

    def _add_parts(self, feature):
        if not feature.index_key:
            raise ValueError(f"Missing index_key for SparseFeature {feature}.")
        if not feature.value_key:
            raise ValueError(f"Missing value_key for SparseFeature {feature}.")
        keys = [feature.index_key] if isinstance(feature.index_key, str) else feature.index_key
        for key in sorted(keys):
            self._add_sparse(key, dtypes.int64)
        self._add_sparse(feature.value_key, feature.dtype)

    def _add_dense(self, key, feature, as_rows):
        if feature.shape is None:
            raise ValueError(f"Missing shape for feature {key}.")
        dims = shapes.as_dims(feature.shape)
        if isinstance(feature, FixedLenFeature):
            if dims and dims[0] is None:
                raise ValueError(
                    f"First dimension of shape for feature {key} unknown. Consider using FixedLenSequenceFeature."
                )
            if dims is None or None in dims:
                raise ValueError(
                    f"All dimensions of shape for feature {key} need to be known but received {feature.shape}."
                )
            if feature.default_value is not None:
                self.defaults[key] = feature.default_value
        else:
            if as_rows and not feature.allow_missing:
                raise ValueError("Unsupported: FixedLenSequenceFeature requires allow_missing to be True.")
            dims = (None, *dims) if as_rows else dims
            if feature.allow_missing or feature.default_value is not None:
                self.defaults[key] = feature.default_value
        self.dense[key] = dtypes.as_dtype(feature.dtype), dims
