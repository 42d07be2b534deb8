"""From feature columns of `tf.contrib.layers` to the input of a recurrent network."""

from __future__ import annotations

from graphflow._contrib.feature_columns import categories, dense, layers, numbers
from graphflow._core import dtypes
from graphflow._graph import sparse_tensor
from graphflow._ops import array, joining, math, sparse, variable_scope

_SUPPORTED = dense.OneHotColumn, dense.EmbeddingColumn, numbers.RealValuedColumn


def sequence_input_from_feature_columns(
    columns_to_tensors, feature_columns, weight_collections=None, trainable=True, scope=None
):  # fmt: skip
    """The numbers of all columns side by side, step by step, in the order of the columns' keys.

    Args:
        columns_to_tensors: {key: tensor `[batch, time]` or `[batch, time, numbers]`, or SparseTensor of such a shape}.
        feature_columns: real-valued, one-hot or embedding columns.
        weight_collections, trainable, scope: of the variables.

    Returns:
        float32 `[batch, time, numbers of all columns]`.

    Raises:
        ValueError: another column, one made of buckets or crosses, or two that are the same.
    """
    for column in feature_columns:
        source = getattr(column, "sparse_id_column", column)
        source = getattr(source, "sparse_id_column", source)
        if not isinstance(column, _SUPPORTED) or isinstance(source, categories.CrossedColumn):
            raise ValueError(
                f"FeatureColumn type {type(source).__name__} is not currently supported for sequence data; real_valued_column, "
                "one_hot_column and embedding_column are."
            )
    layers.check_feature_columns(feature_columns)
    tensors = list(columns_to_tensors.values())
    with variable_scope.variable_scope(
        scope, default_name="sequence_input_from_feature_columns", values=tensors
    ) as opened:
        outputs = []
        for column in sorted(set(feature_columns), key=lambda column: column.key):
            flat, batch, time, known = {}, None, None, None
            for key in column.parse_example_spec:
                flat[key], batch, time, known = _flat_steps(columns_to_tensors[key])
            rows = layers.input_from_feature_columns(flat, [column], weight_collections, trainable, opened)
            steps = array.reshape(rows, joining.stack([batch, time, array.shape(rows)[1]]))
            steps.set_shape([*known, rows.get_shape()[1]])
            outputs.append(steps)
        return array.concat(outputs, 2)


def _flat_steps(feature):
    """(the feature with one row for each step of each sequence, batch, time, what is known of the two)."""
    if isinstance(feature, sparse_tensor.SparseTensor):
        shape = math.cast(feature.dense_shape, dtypes.int32)
        rank, known = feature.get_shape().ndims, feature.get_shape().as_list()[:2]
        width = array.ones([1], dtypes.int64) if rank == 2 else feature.dense_shape[2:]
        rows = array.expand_dims(feature.dense_shape[0] * feature.dense_shape[1], 0)
        return sparse.sparse_reshape(feature, array.concat([rows, width], 0)), shape[0], shape[1], known
    shape, known = array.shape(feature), feature.get_shape().as_list()
    width = 1 if len(known) == 2 else known[2]
    return array.reshape(feature, [-1, width]), shape[0], shape[1], known[:2]
