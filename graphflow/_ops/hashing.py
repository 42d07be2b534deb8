"""Buckets of texts, fingerprints, and crosses of columns: numbers that stand for texts."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build, op_def, sparse_tensor, static_value, tensor
from graphflow._ops import dispatch, elementwise, math, reduce

_DEFAULT_HASH_KEY = 0xDECAFCAFFE


@dispatch.ragged("unary")
def string_to_hash_bucket(string_tensor=None, num_buckets=None, name=None, input=None):
    """A bucket in [0, num_buckets) for each text, int64, by the oldest of the three hashes; `_fast` is the one to use."""
    text = reduce.either("string_tensor", string_tensor, "input", input)
    return build.apply("StringToHashBucket", text, num_buckets=num_buckets, name=name)


@dispatch.ragged("unary")
def string_to_hash_bucket_fast(input, num_buckets, name=None):
    """A bucket in [0, num_buckets) for each text, int64: its FarmHash fingerprint modulo `num_buckets`."""
    return build.apply("StringToHashBucketFast", input, num_buckets=num_buckets, name=name)


@dispatch.ragged("unary")
def string_to_hash_bucket_strong(input, num_buckets, key, name=None):
    """A bucket in [0, num_buckets) for each text, int64, by a keyed hash (SipHash), for texts that others choose.

    Args:
        key: two integers.
    """
    return build.apply("StringToHashBucketStrong", input, num_buckets=num_buckets, key=list(key), name=name)


op_def.shape_rule("StringToHashBucket", "StringToHashBucketFast", "StringToHashBucketStrong")(elementwise.same_shape)


def fingerprint(data, method="farmhash64", name=None):
    """The fingerprint of each row of `data`.

    Args:
        data: `[n, ...]` of any type; the bytes of a row, or the fingerprints of its texts, are hashed.
        method: "farmhash64", a text or a scalar tensor.

    Returns:
        uint8 `[n, 8]`, the lowest byte first.
    """
    return build.apply("Fingerprint", data, method, name=name)


@op_def.shape_rule("Fingerprint")
def _fingerprint_shape(op):
    dims = op.inputs[0]._dims
    if dims == ():
        raise build.shape_error(op, "Shape must be at least rank 1 but is rank 0")
    method = static_value.constant_value(op.inputs[1])
    if method is not None and method.item() != b"farmhash64":
        raise build.shape_error(op, f"Unsupported method: {method.item().decode()}; there is farmhash64")
    return [(None if dims is None else dims[0], 8)]


# -- crosses -------------------------------------------------------------------------------------------------------------


_CROSS = (
    "(indices: N*int64, values: *sparse_types, shapes: N*int64, dense: *dense_types) -> output_indices: int64, "
    "output_values: out_type, output_shape: int64 {N: int>=0; hashed_output: bool; num_buckets: int>=0; %s"
    "sparse_types: list(type)>=0 in [int64,string]; dense_types: list(type)>=0 in [int64,string]; "
    "out_type: type in [int64,string]; internal_type: type in [int64,string]}"
)
op_def.define("SparseFeatureCross" + _CROSS % "")
op_def.define("SparseFeatureCrossV2" + _CROSS % "hash_key: int; ")


def sparse_cross(inputs, name=None):
    """Every combination of a feature of each input, row by row, as texts: `a_X_b`.

    Args:
        inputs: a list of SparseTensors and tensors `[batch, features]`, of texts or integers.

    Returns:
        a SparseTensor `[batch, most combinations]` of texts; the last input varies fastest.

    Raises:
        TypeError: `inputs` is no list of tensors.
    """
    return _cross(inputs, False, 0, None, name)


def sparse_cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """Every combination of a feature of each input, row by row, as an int64: the joined fingerprints.

    Args:
        inputs: as for `sparse_cross`.
        num_buckets: the results are modulo this, or, when 0, any non-negative integers.
        hash_key: where joining begins.
    """
    return _cross(inputs, True, num_buckets, hash_key, name)


def sparse_feature_cross(inputs, hashed_output=False, num_buckets=0, hash_key=None, name=None):
    """`sparse_cross` or `sparse_cross_hashed` of contrib: without a `hash_key`, features are hashed in an older way."""
    op_type = "SparseFeatureCross" if hash_key is None else "SparseFeatureCrossV2"
    return _cross(inputs, hashed_output, num_buckets, hash_key, name, op_type)


def _cross(inputs, hashed, num_buckets, hash_key, name, op_type="SparseCross"):
    if not isinstance(inputs, list):
        raise TypeError(f"Inputs must be a list, got {type(inputs).__name__}")
    for item in inputs:
        if not isinstance(item, (sparse_tensor.SparseTensor, tensor.Tensor)):
            raise TypeError(f"All inputs must be SparseTensors or tensors, got {item!r}")
    sparse = [item for item in inputs if isinstance(item, sparse_tensor.SparseTensor)]
    values = [_text_or_int64(item.values) for item in sparse]
    dense = [_text_or_int64(item) for item in inputs if not isinstance(item, sparse_tensor.SparseTensor)]
    is_text = all(t.dtype is dtypes.string for t in (*values, *dense))
    key = {} if op_type == "SparseFeatureCross" else {"hash_key": hash_key or _DEFAULT_HASH_KEY}
    found = build.apply(
        op_type, [s.indices for s in sparse], values, [s.dense_shape for s in sparse], dense, hashed_output=hashed,
        num_buckets=num_buckets, out_type=dtypes.int64 if hashed else dtypes.string,
        internal_type=dtypes.string if is_text else dtypes.int64, name=name, **key,
    )  # fmt: skip
    return sparse_tensor.SparseTensor(*found)


def _text_or_int64(t):
    return t if t.dtype is dtypes.string else math.cast(t, dtypes.int64)


op_def.shape_rule("SparseCross", "SparseFeatureCross", "SparseFeatureCrossV2")(lambda op: [(None, 2), (None,), (2,)])
op_def.not_differentiable(
    "StringToHashBucket", "StringToHashBucketFast", "StringToHashBucketStrong", "Fingerprint", "SparseCross",
    "SparseFeatureCross", "SparseFeatureCrossV2", because="hashes do not vary smoothly",
)  # fmt: skip
