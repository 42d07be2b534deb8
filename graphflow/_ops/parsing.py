"""Examples, the records of TFRecord files, as tensors."""

from __future__ import annotations

import re

from graphflow._core import dtypes
from graphflow._graph import build, op_def, sparse_tensor
from graphflow._ops import array, sparse
from graphflow._ops import features as features_lib

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.\-/]")
EXAMPLE = (
    features_lib.VarLenFeature, features_lib.SparseFeature, features_lib.FixedLenFeature,
    features_lib.FixedLenSequenceFeature,
)  # fmt: skip
_CONTEXT = features_lib.VarLenFeature, features_lib.FixedLenFeature
_SEQUENCE = features_lib.VarLenFeature, features_lib.FixedLenSequenceFeature


def parse_example(serialized, features, name=None, example_names=None):
    """The features of a batch of Examples.

    Args:
        serialized: a string vector.
        features: key -> FixedLenFeature, FixedLenSequenceFeature, VarLenFeature or SparseFeature.
        example_names: names of the Examples, for nothing but debugging.

    Returns:
        key -> tensor `[batch, ...]` or SparseTensor.

    Raises:
        ValueError: a feature is incomplete. InvalidArgumentError: at run time, an Example lacks a feature or holds another type.
    """
    if not features:
        raise ValueError(f"Missing: features was {features}.")
    wanted = features_lib.Wanted(features, EXAMPLE, as_rows=True)
    with build.name_scope(name, "ParseExample", [serialized, example_names]):
        found = build.apply(
            "ParseExample", serialized, [] if example_names is None else example_names, list(wanted.sparse),
            list(wanted.dense), defaults_of(wanted), sparse_types=list(wanted.sparse.values()),
            dense_shapes=[dims for _, dims in wanted.dense.values()], name=name,
        )  # fmt: skip
        tensors = _by_key(wanted, *found)
    return merged(features, tensors)


def parse_single_example(serialized, features, name=None, example_names=None):
    """The features of one Example; `serialized` is a string scalar. Args, results and errors as `parse_example`."""
    if not features:
        raise ValueError("Missing features.")
    wanted = features_lib.Wanted(features, EXAMPLE, as_rows=True)
    with build.name_scope(name, "ParseSingleExample", [serialized, example_names]):
        serialized = _scalar(serialized, "serialized")
        found = build.apply(
            "ParseSingleExample", serialized, defaults_of(wanted), num_sparse=len(wanted.sparse),
            sparse_keys=list(wanted.sparse), sparse_types=list(wanted.sparse.values()), dense_keys=list(wanted.dense),
            dense_shapes=[dims for _, dims in wanted.dense.values()], name=name,
        )  # fmt: skip
        tensors = _by_key(wanted, *found)
    return merged(features, tensors)


def parse_single_sequence_example(
    serialized, context_features=None, sequence_features=None, example_name=None, name=None
):
    """The features of one SequenceExample, and those of its steps.

    Args:
        serialized: a string scalar.
        context_features: key -> FixedLenFeature or VarLenFeature.
        sequence_features: key -> FixedLenSequenceFeature or VarLenFeature.

    Returns:
        (context, sequences), each key -> tensor or SparseTensor; those of sequences have the steps as first axis.

    Raises:
        as `parse_example`.
    """
    if not (context_features or sequence_features):
        raise ValueError("Missing features.")
    context = features_lib.Wanted(context_features, _CONTEXT)
    steps = features_lib.Wanted(sequence_features, _SEQUENCE)
    with build.name_scope(name, "ParseSingleSequenceExample", [serialized, example_name]):
        defaults = defaults_of(context)
        found = build.apply(
            "ParseSingleSequenceExample", serialized, _may_miss(steps), list(context.sparse), list(context.dense),
            list(steps.sparse), list(steps.dense), defaults, "" if example_name is None else example_name, name=name,
            **_sequence_types(context, steps),
        )  # fmt: skip
        return _by_key(context, *found[:4]), _by_key(steps, *found[4:])


def parse_sequence_example(serialized, context_features=None, sequence_features=None, example_names=None, name=None):
    """The features of a batch of SequenceExamples; `serialized` is a string vector. Args and errors as for one.

    Returns:
        (context, sequences, lengths): sequences are padded to the longest, and lengths has the length of each dense one.
    """
    if not (context_features or sequence_features):
        raise ValueError("Missing features.")
    context = features_lib.Wanted(context_features, _CONTEXT)
    steps = features_lib.Wanted(sequence_features, _SEQUENCE)
    with build.name_scope(name, "ParseSequenceExample", [serialized, example_names]):
        defaults = defaults_of(context, shaped=False)
        found = build.apply(
            "ParseSequenceExample", serialized, [] if example_names is None else example_names, defaults,
            feature_list_dense_missing_assumed_empty=_may_miss(steps), context_sparse_keys=list(context.sparse),
            context_dense_keys=list(context.dense), feature_list_sparse_keys=list(steps.sparse),
            feature_list_dense_keys=list(steps.dense), Ncontext_sparse=len(context.sparse), Ncontext_dense=len(context.dense),
            Nfeature_list_sparse=len(steps.sparse), Nfeature_list_dense=len(steps.dense), name=name,
            **_sequence_types(context, steps),
        )  # fmt: skip
        lengths = dict(zip(steps.dense, found[8]))
        return _by_key(context, *found[:4]), _by_key(steps, *found[4:8]), lengths


def _sequence_types(context, steps):
    return {
        "context_sparse_types": list(context.sparse.values()),
        "context_dense_shapes": [dims for _, dims in context.dense.values()],
        "feature_list_sparse_types": list(steps.sparse.values()),
        "feature_list_dense_types": [dtype for dtype, _ in steps.dense.values()],
        "feature_list_dense_shapes": [dims for _, dims in steps.dense.values()],
    }


def _may_miss(steps):
    """The keys of the sequences that may be missing; no other default is possible."""
    for key, default in steps.defaults.items():
        if default is not None:
            raise ValueError(f"Value feature_list_dense_defaults[{key}] must be None")
    return list(steps.defaults)


def _scalar(value, what):
    value = build.convert_to_tensor(value, dtype=dtypes.string)
    if value._dims:
        raise ValueError(f"Input {what} must be a scalar")
    return value


def defaults_of(wanted, shaped=True):
    """A tensor for each dense feature: its default, an empty one where it has none, what pads it where its length varies."""
    return [_default(key, dtype, dims, wanted.defaults.get(key), shaped) for key, (dtype, dims) in wanted.dense.items()]


def _default(key, dtype, dims, default, shaped):
    if dtype not in (dtypes.float32, dtypes.int64, dtypes.string):
        raise TypeError(f"Feature {key} has type {dtype.name}; Examples hold float32, int64 and string")
    varies = bool(dims) and dims[0] is None
    if default is None:
        if varies:
            return build.convert_to_tensor("" if dtype is dtypes.string else 0, dtype=dtype)
        return build.constant([], dtype=dtype)
    default = build.convert_to_tensor(
        default, dtype=dtype, name=("padding_" if varies else "key_") + _NOT_IN_NAMES.sub("_", key)
    )
    return array.reshape(default, () if varies else dims) if shaped else default


def _by_key(wanted, indices, values, dense_shapes, dense):
    sparse_tensors = map(sparse_tensor.SparseTensor, indices, values, dense_shapes)
    return dict(zip([*wanted.sparse, *wanted.dense], [*sparse_tensors, *dense]))


def merged(features, tensors):
    """What was asked for: SparseFeatures are put together from their parts."""
    for key in sorted(features):
        feature = features[key]
        if isinstance(feature, features_lib.SparseFeature):
            one = isinstance(feature.index_key, str)
            ids = tensors[feature.index_key] if one else [tensors[k] for k in feature.index_key]
            tensors[key] = sparse.sparse_merge(
                ids, tensors[feature.value_key], vocab_size=feature.size, already_sorted=feature.already_sorted
            )
    return {key: t for key, t in tensors.items() if key in features}


# -- shapes --------------------------------------------------------------------------------------------------------------


def _joined(*parts):
    return None if any(p is None for p in parts) else tuple(d for p in parts for d in p)


@op_def.shape_rule("ParseExample")
def _example_shape(op):
    n, batch = op.attrs["Nsparse"], op.inputs[0]._dims
    dense = [_joined(batch, dims) for dims in op.attrs["dense_shapes"]]
    return [(None, 2)] * n + [(None,)] * n + [(2,)] * n + dense


@op_def.shape_rule("ParseSingleExample")
def _single_shape(op):
    n = op.attrs["num_sparse"]
    return [(None, 1)] * n + [(None,)] * n + [(1,)] * n + list(op.attrs["dense_shapes"])


@op_def.shape_rule("ParseSingleSequenceExample")
def _single_sequence_shape(op):
    n, m = op.attrs["Ncontext_sparse"], op.attrs["Nfeature_list_sparse"]
    context = [(None, 1)] * n + [(None,)] * n + [(1,)] * n + list(op.attrs["context_dense_shapes"])
    steps = [_joined((None,), dims) for dims in op.attrs["feature_list_dense_shapes"]]
    return context + [(None, 2)] * m + [(None,)] * m + [(2,)] * m + steps


@op_def.shape_rule("ParseSequenceExample")
def _sequence_shape(op):
    n, m, batch = op.attrs["Ncontext_sparse"], op.attrs["Nfeature_list_sparse"], op.inputs[0]._dims
    extra = 0 if batch is None else len(batch)
    dense = [_joined(batch, dims) for dims in op.attrs["context_dense_shapes"]]
    context = [(None, 1 + extra)] * n + [(None,)] * n + [(1 + extra,)] * n + dense
    steps = [_joined(batch, (None,), dims) for dims in op.attrs["feature_list_dense_shapes"]]
    sparse_steps = [(None, 2 + extra)] * m + [(None,)] * m + [(2 + extra,)] * m
    return context + sparse_steps + steps + [batch] * op.attrs["Nfeature_list_dense"]


op_def.not_differentiable(
    "ParseExample",
    "ParseSingleExample",
    "ParseSingleSequenceExample",
    "ParseSequenceExample",
    because="it reads records",
)
