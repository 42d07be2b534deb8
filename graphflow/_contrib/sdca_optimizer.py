"""`tf.contrib.linear_optimizer.SDCAOptimizer`: dual coordinate ascent for linear models of `tf.contrib.layers`' columns."""

from __future__ import annotations

from graphflow._contrib.feature_columns import categories, layers, numbers
from graphflow._core import dtypes
from graphflow._ops import array, choosing, compare, gather, math
from graphflow._train import sdca

_SPARSE = categories.SparseColumn, categories.WeightedSparseColumn, categories.CrossedColumn


class SDCAOptimizer:
    """The `optimizer` of linear estimators of `tf.contrib.learn`: stochastic dual coordinate ascent.

    Args:
        example_id_column: the key of a feature of texts `[batch]` that tell the examples apart.
        num_loss_partitions, num_table_shards, symmetric_l1_regularization, symmetric_l2_regularization, adaptive: as of
            `tf.contrib.linear_optimizer.SdcaModel`.
        partitioner: of the weights.
    """

    def __init__(
        self, example_id_column, num_loss_partitions=1, num_table_shards=None, symmetric_l1_regularization=0.0,
        symmetric_l2_regularization=1.0, adaptive=True, partitioner=None,
    ):  # fmt: skip
        self.example_id_column, self.num_loss_partitions = example_id_column, num_loss_partitions
        self.num_table_shards, self.adaptive, self.partitioner = num_table_shards, adaptive, partitioner
        self.symmetric_l1_regularization = symmetric_l1_regularization
        self.symmetric_l2_regularization = symmetric_l2_regularization

    def get_name(self):
        """Its name."""
        return "SDCAOptimizer"

    def get_train_step(self, columns_to_variables, weight_column_name, loss_type, features, targets, global_step):
        """(the SdcaModel, the operation of one step).

        Args:
            columns_to_variables: dict column -> list of the parts of its weights.
            weight_column_name: the key of a feature of weights, or None.
            loss_type: as of SdcaModel.
            features: dict of features by key and by column.
            targets: the labels `[batch]` or `[batch, 1]`.

        Raises:
            ValueError: a column that is neither sparse, nor real-valued, nor bucketized.
        """
        number, given = array.shape(targets)[0], layers.Features(features)
        sparse, dense = [], []
        for column in sorted(columns_to_variables, key=lambda column: column.key):
            parts = columns_to_variables[column]
            weights = parts[0] if len(parts) == 1 else parts
            if isinstance(column, numbers.RealValuedColumn):
                dense.append((array.reshape(given.get(column), [number, -1]), weights))
            elif isinstance(column, numbers.BucketizedColumn):
                sparse.append((_nonzero(column.dense_tensor(given, None)), weights))
            elif isinstance(column, _SPARSE):
                sparse.append((sdca.sparse_feature(*column.sparse_tensors(given)), weights))
            else:
                raise ValueError(f"SDCAOptimizer does not support column type {type(column).__name__}.")
        examples = {
            "sparse_features": [feature for feature, _ in sparse],
            "dense_features": [rows for rows, _ in dense],
            "example_labels": math.cast(array.reshape(targets, [-1]), dtypes.float32),
            "example_weights": array.reshape(features[weight_column_name], [-1])
            if weight_column_name
            else array.ones([number]),
            "example_ids": features[self.example_id_column],
        }
        variables = {
            "sparse_features_weights": [var for _, var in sparse], "dense_features_weights": [var for _, var in dense],
        }  # fmt: skip
        options = {
            "symmetric_l1_regularization": self.symmetric_l1_regularization,
            "symmetric_l2_regularization": self.symmetric_l2_regularization, "adaptive": self.adaptive,
            "num_loss_partitions": self.num_loss_partitions, "num_table_shards": self.num_table_shards, "loss_type": loss_type,
        }  # fmt: skip
        model = sdca.SdcaModel(examples, variables, options)
        return model, model.minimize(global_step=global_step)


def _nonzero(rows):
    """The SparseFeatureColumn of what is not 0 in `[batch, numbers]`."""
    places = choosing.where(compare.not_equal(rows, 0.0))
    return sdca.SparseFeatureColumn(places[:, 0], places[:, 1], gather.gather_nd(rows, places))
