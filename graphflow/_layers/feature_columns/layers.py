"""From feature columns to the input of a network, and to a linear model."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import graph as graph_lib
from graphflow._graph import keys
from graphflow._layers.feature_columns import columns
from graphflow._ops import array, embedding_sparse, initializers, math, matmul, nn, sparse, template, variable_scope

_GLOBAL, _MODEL = keys.GraphKeys.GLOBAL_VARIABLES, keys.GraphKeys.MODEL_VARIABLES


def make_parse_example_spec(feature_columns):
    """{key: feature} of all columns, for `tf.parse_example`.

    Raises:
        ValueError: one is no column, or two want a key differently.
    """
    spec = {}
    for column in feature_columns:
        if not isinstance(column, columns.FeatureColumn):
            raise ValueError(f"All feature_columns must be feature columns. Given: {column}")
        for key, feature in column.parse_example_spec.items():
            if spec.setdefault(key, feature) != feature:
                raise ValueError(
                    f"feature_columns contain different parse_spec for key {key}. Given {feature} and {spec[key]}"
                )
    return spec


def _with_defaults(weight_collections):
    given = list(weight_collections or ())
    return [*given, *(key for key in (_GLOBAL, _MODEL) if key not in given)]


def check_dense(feature_columns):
    """ValueError where a column is not dense."""
    for column in feature_columns:
        if not isinstance(column, columns.DenseColumn):
            raise ValueError(
                "Items of feature_columns must be dense columns. You can wrap a categorical column with an "
                f"embedding_column or indicator_column. Given: {column}"
            )


def flat_rows(column, rows):
    """The tensor of a dense column as `[batch, numbers of a row]`."""
    return array.reshape(rows, (array.shape(rows)[0], column.variable_shape.num_elements()))


# -- input_layer ---------------------------------------------------------------------------------------------------------


def input_layer(
    features, feature_columns, weight_collections=None, trainable=True, cols_to_vars=None, cols_to_output_tensors=None
):  # fmt: skip
    """The numbers of all columns side by side, in the order of the columns' names.

    Args:
        features: dict key -> tensor or SparseTensor.
        feature_columns: dense columns.
        weight_collections: collections for the variables, beside the usual ones.
        trainable: whether they are trained.
        cols_to_vars: a dict that gets column -> list of its variables.
        cols_to_output_tensors: a dict that gets column -> its tensor `[batch, numbers]`.

    Returns:
        float32 `[batch, numbers of all columns]`.

    Raises:
        ValueError: a column is not dense, two have the same name, or a feature is missing or does not fit.
    """
    found = columns.as_list(feature_columns)
    check_dense(found)
    with variable_scope.variable_scope(None, default_name="input_layer", values=list(features.values())):
        return _joined(features, found, weight_collections, trainable, cols_to_vars, cols_to_output_tensors)


def embedding_tables(trainable, collections, get_variable=variable_scope.get_variable):
    """The function that gives an embedding column its table, in the current variable scope."""

    def weights(column, shape, initializer, is_trained):
        return get_variable(
            column.table_name, shape=shape, dtype=dtypes.float32, initializer=initializer,
            trainable=is_trained and trainable, collections=collections,
        )  # fmt: skip

    return weights


def _joined(features, found, weight_collections, trainable, cols_to_vars=None, cols_to_output_tensors=None):
    collections = _with_defaults(weight_collections)
    made, ordered = columns.Features(features), sorted(found, key=lambda column: column.name)
    outputs, weights = [], embedding_tables(trainable, collections)
    for column in ordered:
        with variable_scope.variable_scope(None, default_name=column.scope_name) as scope:
            outputs.append(flat_rows(column, column.dense_tensor(made, weights)))
            if cols_to_vars is not None:
                cols_to_vars[column] = graph_lib.get_default_graph().get_collection(_GLOBAL, scope=scope.name)
            if cols_to_output_tensors is not None:
                cols_to_output_tensors[column] = outputs[-1]
    columns.check_same_batch(outputs, ordered)
    return array.concat(outputs, 1)


class InputLayer:
    """`input_layer` as an object: each call uses the same variables.

    Args:
        feature_columns, weight_collections, trainable: as for `input_layer`.
        name: of its scope.
        create_scope_now: whether that is made now, or at the first call.
    """

    def __init__(
        self, feature_columns, weight_collections=None, trainable=True, cols_to_vars=None,
        name="feature_column_input_layer", create_scope_now=True,
    ):  # fmt: skip
        self._name = name
        found = columns.as_list(feature_columns)
        check_dense(found)
        self._template = template.make_template(
            name,
            lambda features: _joined(features, found, weight_collections, trainable),
            create_scope_now_=create_scope_now,
        )

    def __call__(self, features):
        return self._template(features)

    name = property(lambda self: self._name, doc="Its name.")
    variables = property(lambda self: self._template.variables, doc="Its variables.")
    weights = variables
    trainable_variables = property(lambda self: self._template.trainable_variables, doc="Those that are trained.")
    trainable_weights = trainable_variables
    non_trainable_variables = property(lambda self: self._template.non_trainable_variables, doc="Those that are not.")
    non_trainable_weights = non_trainable_variables


# -- linear_model --------------------------------------------------------------------------------------------------------


def linear_model(
    features, feature_columns, units=1, sparse_combiner="sum", weight_collections=None, trainable=True, cols_to_vars=None
):  # fmt: skip
    """A linear function of all columns: each category has a weight, each number a factor.

    Args:
        features: dict key -> tensor or SparseTensor.
        feature_columns: categorical or dense columns.
        units: how many outputs.
        sparse_combiner: "sum", "mean" or "sqrtn": how the weights of a row's categories are joined.
        weight_collections, trainable: of the variables.
        cols_to_vars: a dict that gets column -> list of its variables, and "bias".

    Returns:
        float32 `[batch, units]`.

    Raises:
        ValueError: two columns have the same name, or a feature is missing or does not fit.
    """
    with variable_scope.variable_scope(None, "linear_model") as scope:
        name = scope.name.rsplit("/", 1)[-1]
    result, owners, bias = linear_model_of(
        features, feature_columns, name, units, sparse_combiner, weight_collections, trainable
    )
    if cols_to_vars is not None:
        cols_to_vars.update(owners, bias=bias)
    return result


def linear_model_of(
    features, feature_columns, name, units=1, sparse_combiner="sum", weight_collections=None, trainable=True
):  # fmt: skip
    """`linear_model` in the variable scope `name`.

    Returns:
        (outputs `[batch, units]`, {column: list of its variables}, list of the variables of the bias).
    """
    found = sorted(columns.as_list(feature_columns), key=lambda column: column.name)
    collections = _with_defaults(weight_collections)
    by_name = {}
    for column in found:
        check_linear(column)
        with variable_scope.variable_scope(None, default_name=column.scope_name) as scope:
            by_name[scope.name.rsplit("/", 1)[-1]] = column
    made, sums, owners = columns.Features(features), [], {}
    tables = embedding_tables(trainable, collections)
    # The model's scopes: one of operations around one of operations and variables, both with its name.
    with graph_lib.get_default_graph().name_scope(name), variable_scope.variable_scope(name):
        for column_name, column in sorted(by_name.items()):
            with variable_scope.variable_scope(None, default_name=column_name):
                weights = _variable("weights", (width(column), units), trainable, collections)
                sums.append(weighted_sum(column, made, weights, sparse_combiner, tables))
            owners[column] = parts_of(weights)
        columns.check_same_batch(sums, list(owners))
        total = math.add_n(sums, name="weighted_sum_no_bias")
        bias = _variable("bias_weights", [units], trainable, collections)
        return nn.bias_add(total, bias, name="weighted_sum"), owners, parts_of(bias)


def _variable(name, shape, trainable, collections):
    made = variable_scope.get_variable(
        name,
        shape=shape,
        dtype=dtypes.float32,
        initializer=initializers.Zeros(),
        trainable=trainable,
        use_resource=True,
    )
    graph = graph_lib.get_default_graph()
    for part in parts_of(made):
        for collection in collections:
            if collection != _GLOBAL:
                graph.add_to_collection(collection, part)
    return made


def parts_of(made):
    """A variable, or the parts of a partitioned one, as a list."""
    return list(made) if hasattr(made, "_get_variable_list") else [made]


def check_linear(column):
    """ValueError where a column is neither dense nor categorical."""
    if not isinstance(column, (columns.DenseColumn, columns.CategoricalColumn)):
        raise ValueError(f"Items of feature_columns must be either dense or categorical columns. Given: {column}")


def width(column):
    """How many weights a linear model has for a column and output."""
    if isinstance(column, columns.CategoricalColumn):
        return column.num_buckets
    return column.variable_shape.num_elements()


def weighted_sum(column, features, weights, sparse_combiner, tables):
    """What a column adds to a linear model, `[batch, units]`.

    Args:
        features: a `Features`.
        weights: its variable `[width, units]`.
        tables: the function that gives embedding columns their table.
    """
    if not isinstance(column, columns.CategoricalColumn):
        return matmul.matmul(flat_rows(column, column.dense_tensor(features, tables)), weights, name="weighted_sum")
    ids, id_weights = column.sparse_tensors(features)
    ids = _as_matrix(ids)
    return embedding_sparse.safe_embedding_lookup_sparse(
        weights, ids, sparse_weights=None if id_weights is None else _as_matrix(id_weights), combiner=sparse_combiner,
        name="weighted_sum",
    )  # fmt: skip


def _as_matrix(sp):
    return sparse.sparse_reshape(sp, [array.shape(sp)[0], -1])
