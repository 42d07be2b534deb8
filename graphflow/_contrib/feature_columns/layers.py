"""From feature columns of `tf.contrib.layers` to the input of a network, and to linear models."""

from __future__ import annotations

from graphflow._contrib import model_variables
from graphflow._contrib.feature_columns import dense, numbers
from graphflow._core import dtypes
from graphflow._graph import sparse_tensor
from graphflow._layers.feature_columns import columns, layers
from graphflow._ops import (
    array,
    embedding_sparse,
    features,
    initializers,
    math,
    matmul,
    nn,
    parsing,
    sparse,
    variable_scope,
)


class Features(columns.Features):
    """Features whose lack is a KeyError, as it was with the columns of old."""

    def get(self, key):
        if isinstance(key, str) and key not in self._features:
            raise KeyError(f"{key}: there is no such feature, but {', '.join(map(str, self._features))}")
        return super().get(key)


def check_feature_columns(feature_columns):
    """ValueError where `feature_columns` is a dict, or two columns are the same."""
    if isinstance(feature_columns, dict):
        raise ValueError("Expected feature_columns to be iterable, found dict.")
    seen = set()
    for column in feature_columns:
        if column.key in seen:
            raise ValueError(f"Duplicate feature column key found for column: {column.name}. Drop one of the two.")
        seen.add(column.key)


def _ordered(feature_columns):
    check_feature_columns(feature_columns)
    return sorted(set(feature_columns), key=lambda column: column.key)


def create_feature_spec_for_parsing(feature_columns):
    """{key: feature} of columns, or of the values of a dict of columns, for `tf.parse_example`.

    Raises:
        TypeError: one is no column.
    """
    found = feature_columns.values() if isinstance(feature_columns, dict) else feature_columns
    spec = {}
    for column in found:
        if not isinstance(column, columns.FeatureColumn):
            raise TypeError(f"feature_columns should only contain feature columns. Given column is {column}")
        spec.update(column.parse_example_spec)
    return spec


def parse_feature_columns_from_examples(serialized, feature_columns, name=None, example_names=None):
    """The features of columns in a batch of Examples, and what the columns make of them.

    Returns:
        {key: tensor, column: tensor}.
    """
    check_feature_columns(feature_columns)
    spec = create_feature_spec_for_parsing(feature_columns)
    found = parsing.parse_example(serialized, spec, name=name, example_names=example_names)
    made = Features(found)
    return {**found, **{column: made.get(column) for column in _ordered(feature_columns)}}


def transform_features(features, feature_columns):
    """{column: what it makes of the features}."""
    made = Features(features)
    return {column: made.get(column) for column in _ordered(feature_columns)}


def make_place_holder_tensors_for_base_features(feature_columns):
    """{key: placeholder} for the features of columns."""
    made = {}
    for key, feature in create_feature_spec_for_parsing(feature_columns).items():
        if isinstance(feature, features.VarLenFeature):
            made[key] = sparse.sparse_placeholder(feature.dtype, name=f"Placeholder_{key}")
        else:
            made[key] = array.placeholder(feature.dtype, (None, feature.shape[0]), name=f"Placeholder_{key}")
    return made


def infer_real_valued_columns(features):
    """Real-valued columns for a tensor (of the name ""), or for a dict of tensors.

    Raises:
        ValueError: a sparse tensor, or one that holds no numbers.
    """
    named = features if isinstance(features, dict) else {"": features}
    return [_real_valued(name, feature) for name, feature in named.items()]


def _real_valued(name, feature):
    if isinstance(feature, sparse_tensor.SparseTensor) or not (feature.dtype.is_integer or feature.dtype.is_floating):
        raise ValueError(f"Only tensors of numbers are real-valued; define a feature column for {name!r}: {feature}")
    dimension = 1
    for size in feature.get_shape().as_list()[1:]:
        dimension *= size
    return numbers.real_valued_column(name, dimension=dimension, dtype=feature.dtype)


# -- layers --------------------------------------------------------------------------------------------------------------


def input_from_feature_columns(
    columns_to_tensors, feature_columns, weight_collections=None, trainable=True, scope=None, cols_to_outs=None
):  # fmt: skip
    """The numbers of all columns side by side, in the order of the columns' keys.

    Args:
        columns_to_tensors: {key: tensor or SparseTensor}.
        feature_columns: real-valued, bucketized, one-hot or embedding columns.
        weight_collections, trainable: of the variables.
        scope: of the variables.
        cols_to_outs: a dict that gets column -> its tensor.

    Returns:
        float32 `[batch, numbers of all columns]`.

    Raises:
        ValueError: a column is not dense, or two are the same.
    """
    ordered = _ordered(feature_columns)
    if cols_to_outs is not None and not isinstance(cols_to_outs, dict):
        raise ValueError("cols_to_outs must be a dict unless None")
    tensors = list(columns_to_tensors.values())
    with variable_scope.variable_scope(scope, default_name="input_from_feature_columns", values=tensors):
        made, outputs = Features(columns_to_tensors), []
        tables = layers.embedding_tables(trainable, weight_collections, model_variables.model_variable)
        for column in ordered:
            with variable_scope.variable_scope(None, default_name=column.name, values=tensors):
                if not isinstance(column, columns.DenseColumn):
                    raise ValueError(
                        f"Error creating input layer for column: {column.name}. A sparse column is no input of a network: "
                        "use embedding_column or one_hot_column"
                    )
                rows = column.dense_tensor(made, tables)
                outputs.append(rows if len(rows._dims or (0, 0)) == 2 else layers.flat_rows(column, rows))
            if cols_to_outs is not None:
                cols_to_outs[column] = outputs[-1]
        return array.concat(outputs, 1)


def weighted_sum_from_feature_columns(
    columns_to_tensors, feature_columns, num_outputs, weight_collections=None, trainable=True, scope=None
):  # fmt: skip
    """A linear function of all columns.

    Args:
        columns_to_tensors: {key: tensor or SparseTensor}.
        feature_columns: real-valued, bucketized, sparse or crossed columns.
        num_outputs: how many outputs.
        weight_collections, trainable, scope: of the variables.

    Returns:
        (outputs `[batch, num_outputs]`, {column: list of its variables}, the variable of the bias).

    Raises:
        ValueError: an embedding column, or two that are the same.
    """
    ordered = _ordered(feature_columns)
    tensors = list(columns_to_tensors.values())
    with variable_scope.variable_scope(scope, default_name="weighted_sum_from_feature_columns", values=tensors):
        made, outputs, owners = Features(columns_to_tensors), [], {}
        for column in ordered:
            found = made.get(column)
            with variable_scope.variable_scope(None, default_name=column.name, values=tensors):
                if isinstance(column, columns.CategoricalColumn):
                    ids, weights = column.sparse_tensors(made)
                    table = _zeros("weights", [column.num_buckets, num_outputs], trainable, weight_collections)
                    owners[column] = layers.parts_of(table)
                    rows = embedding_sparse.safe_embedding_lookup_sparse(
                        owners[column], ids, sparse_weights=weights, combiner=column.combiner,
                        name=f"{column.name}_weights",
                    )  # fmt: skip
                elif isinstance(column, numbers.RealValuedColumn):
                    table = _zeros("weight", [column.dimension, num_outputs], trainable, weight_collections)
                    owners[column] = layers.parts_of(table)
                    rows = matmul.matmul(layers.flat_rows(column, found), owners[column][0], name="matmul")
                else:
                    raise ValueError(
                        f"Error creating weighted sum for column: {column.name}. It is not supported in linear models: use "
                        "its sparse column"
                    )
            outputs.append(array.reshape(rows, (-1, num_outputs)))
        total = math.add_n(outputs)
        bias = _zeros("bias_weight", [num_outputs], trainable, weight_collections)
        return nn.bias_add(total, bias), owners, bias


def joint_weighted_sum_from_feature_columns(
    columns_to_tensors, feature_columns, num_outputs, weight_collections=None, trainable=True, scope=None
):  # fmt: skip
    """`weighted_sum_from_feature_columns` of sparse columns whose weights lie in one variable, one below the other.

    Returns:
        (outputs `[batch, num_outputs]`, list of the variables of the weights, the variable of the bias).

    Raises:
        ValueError: a column is not sparse, has weights, or joins other than by the sum.
    """
    ordered = _ordered(feature_columns)
    tensors = list(columns_to_tensors.values())
    with variable_scope.variable_scope(scope, default_name="joint_weighted_sum_from_feature_columns", values=tensors):
        made, shifted, size = Features(columns_to_tensors), [], 0
        for column in ordered:
            pair = column.sparse_tensors(made) if isinstance(column, columns.CategoricalColumn) else None
            if pair is None or pair.weight_tensor is not None or column.combiner != "sum":
                raise ValueError(
                    f"Joint sums are of sparse columns without weights that are summed; {column.name} is none. Use "
                    "weighted_sum_from_feature_columns instead"
                )
            ids = pair.id_tensor
            values = math.cast(ids.values, dtypes.int64) + size
            shifted.append(sparse_tensor.SparseTensor(ids.indices, values, ids.dense_shape))
            size += column.num_buckets
        joined = sparse.sparse_concat(1, shifted)
        with variable_scope.variable_scope(None, default_name="linear_weights", values=tensors):
            weights = layers.parts_of(_zeros("weights", [size, num_outputs], trainable, weight_collections))
            total = embedding_sparse.safe_embedding_lookup_sparse(weights, joined, combiner="sum", name="_weights")
        bias = _zeros("bias_weight", [num_outputs], trainable, weight_collections)
        return nn.bias_add(total, bias), weights, bias


def _zeros(name, shape, trainable, collections):
    return model_variables.model_variable(
        name, shape=shape, dtype=dtypes.float32, initializer=initializers.Zeros(), trainable=trainable,
        collections=collections,
    )  # fmt: skip
