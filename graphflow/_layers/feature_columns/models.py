"""Feature columns as layers that make their variables once: what the ready-made estimators stand on."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._graph import build
from graphflow._layers import base
from graphflow._layers.feature_columns import columns, dense, layers
from graphflow._ops import array, initializers, math, nn, variable_scope


def are_layers_possible(feature_columns):
    """Whether columns may be used by the layers here; shared embeddings may not, they need `InputLayer`."""
    return not any(isinstance(column, dense.SharedEmbeddingColumn) for column in feature_columns)


class _ColumnLayer:
    """A layer that makes its variables at the first call, in the variable scope `name`.

    Args:
        feature_columns: the columns.
        trainable: whether the variables are trained.
        name: its name; made of the class where None.
    """

    def __init__(self, feature_columns, trainable=True, name=None):
        self._columns = sorted(columns.as_list(feature_columns), key=lambda column: column.name)
        self._trainable, self._name = trainable, name or base.snake_case(type(self).__name__)
        self._variables, self._tables = None, {}

    name = property(lambda self: self._name, doc="Its name.")

    @property
    def variables(self):
        """Its variables, in the order in which they were made."""
        return list(self._variables or ())

    weights = variables

    def _add(self, name, shape, initializer=None, trainable=True):
        made = variable_scope.get_variable(
            name, shape=shape, dtype=dtypes.float32, initializer=initializer, trainable=self._trainable and trainable,
            use_resource=True,
        )  # fmt: skip
        self._variables.append(made)
        return made

    def _add_table(self, column):
        """Makes the table of an embedding column."""
        if isinstance(column, dense.EmbeddingColumn):
            self._tables[column] = self._add(
                "embedding_weights", column.table_shape, column.initializer, column.trainable
            )  # fmt: skip

    def _table_of(self, column, shape, initializer, trainable):
        return self._tables[column]

    def _built(self):
        if self._variables is None:
            self._variables = []
            self._build()


class DenseFeatures(_ColumnLayer):
    """The numbers of all dense columns side by side, in the order of the columns' names; each call uses the same variables."""

    def __init__(self, feature_columns, trainable=True, name=None):
        super().__init__(feature_columns, trainable, name)
        layers.check_dense(self._columns)

    def _build(self):
        for column in self._columns:
            with variable_scope.PureVariableScope(self.name), variable_scope.PureVariableScope(column.name):
                self._add_table(column)

    def __call__(self, features, cols_to_output_tensors=None):
        """float32 `[batch, numbers of all columns]` of a dict of features.

        Raises:
            ValueError: `features` is no dict, or a feature is missing or does not fit.
        """
        _check_dict(features)
        with build.graph_lib.get_default_graph().name_scope(self.name):
            self._built()
            made, outputs = columns.Features(features), []
            for column in self._columns:
                with build.graph_lib.get_default_graph().name_scope(column.name):
                    outputs.append(layers.flat_rows(column, column.dense_tensor(made, self._table_of)))
                if cols_to_output_tensors is not None:
                    cols_to_output_tensors[column] = outputs[-1]
            columns.check_same_batch(outputs, self._columns)
            return array.concat(outputs, -1)


class LinearModel(_ColumnLayer):
    """A linear function of all columns; each call uses the same variables.

    Args:
        units: how many outputs.
        sparse_combiner: "sum", "mean" or "sqrtn": how the weights of a row's categories are joined.
        others: as for `DenseFeatures`.
    """

    def __init__(self, feature_columns, units=1, sparse_combiner="sum", trainable=True, name=None):
        super().__init__(feature_columns, trainable, name)
        for column in self._columns:
            layers.check_linear(column)
        self._units, self._combiner, self._of_column, self.bias = units, sparse_combiner, {}, None

    def _build(self):
        with variable_scope.PureVariableScope(self.name):
            for column in self._columns:
                with variable_scope.PureVariableScope(column.name):
                    self._add_table(column)
                    shape = layers.width(column), self._units
                    self._of_column[column] = self._add("weights", shape, initializers.Zeros())
            self.bias = self._add("bias_weights", [self._units], initializers.Zeros())

    def __call__(self, features):
        """float32 `[batch, units]` of a dict of features. Errors as of `DenseFeatures`."""
        _check_dict(features)
        graph, sums = build.graph_lib.get_default_graph(), []
        # Three scopes of the same name: TensorFlow's model holds a layer, which opens one for its operations.
        with graph.name_scope(self.name), graph.name_scope(self.name):
            self._built()
            with graph.name_scope(self.name):
                made = columns.Features(features)
                for column in self._columns:
                    with graph.name_scope(column.name):
                        weights = self._of_column[column]
                        sums.append(layers.weighted_sum(column, made, weights, self._combiner, self._table_of))
                columns.check_same_batch(sums, self._columns)
                return nn.bias_add(math.add_n(sums, name="weighted_sum_no_bias"), self.bias, name="weighted_sum")


def _check_dict(features):
    if not isinstance(features, dict):
        raise ValueError(f"Features must be a dict from keys to tensors, got {features!r}")
