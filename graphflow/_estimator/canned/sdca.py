"""Linear models trained by dual coordinate ascent."""

from __future__ import annotations

from graphflow._core import dtypes
from graphflow._estimator import model_fn
from graphflow._estimator.canned import heads
from graphflow._layers.feature_columns import columns
from graphflow._ops import array, math
from graphflow._train import global_step, sdca
from graphflow._train.sessions import hook


class UpdateWeightsHook(hook.SessionRunHook):
    """Gives the variables the weights that the solver found, in each step."""

    def __init__(self, model, train_op):
        self._model, self._train_op, self._update = model, train_op, None

    def begin(self):
        self._update = self._model.update_weights(self._train_op)

    def before_run(self, run_context):
        return hook.SessionRunArgs(self._update)


class _Model(sdca.SdcaModel):
    """As contrib's, with the names that checkpoints of these estimators have."""

    _slot_suffix = "_unshrunk"


class LinearSDCA:
    """The `optimizer` of a linear estimator of one output: stochastic dual coordinate ascent.

    Args:
        example_id_column: the key of a feature of texts `[batch]` that tell the examples apart.
        num_loss_partitions, num_table_shards, symmetric_l1_regularization, symmetric_l2_regularization, adaptive: as of
            `tf.contrib.linear_optimizer.SdcaModel`.

    Source: Shalev-Shwartz, Zhang, "Proximal stochastic dual coordinate ascent" (2012), https://arxiv.org/abs/1211.2717.
    """

    def __init__(
        self, example_id_column, num_loss_partitions=1, num_table_shards=None, symmetric_l1_regularization=0.0,
        symmetric_l2_regularization=1.0, adaptive=False,
    ):  # fmt: skip
        self.example_id_column = example_id_column
        self._options = {
            "num_loss_partitions": num_loss_partitions, "num_table_shards": num_table_shards, "adaptive": adaptive,
            "symmetric_l1_regularization": symmetric_l1_regularization,
            "symmetric_l2_regularization": symmetric_l2_regularization,
        }  # fmt: skip

    def train_step(self, weights, bias, weight_column, loss_type, features, labels, step):
        """(the SdcaModel, the operation of one step) of a model with `weights`, dict column -> variable."""
        given, number = columns.Features(features), array.shape(labels)[0]
        sparse, dense = [], []
        for column in sorted(weights, key=lambda column: column.name):
            if isinstance(column, columns.CategoricalColumn):
                sparse.append((sdca.sparse_feature(*column.sparse_tensors(given)), weights[column]))
            elif isinstance(column, columns.DenseColumn) and column.variable_shape.ndims == 1:
                dense.append((column.dense_tensor(given, None), weights[column]))
            else:
                raise ValueError(
                    f"LinearSDCA does not support column {column.name}: it takes categories, and vectors of numbers"
                )
        dense.append((array.ones([number, 1]), bias))
        examples = {
            "sparse_features": [feature for feature, _ in sparse],
            "dense_features": [rows for rows, _ in dense],
            "example_labels": math.cast(array.reshape(labels, [-1]), dtypes.float32),
            "example_weights": array.reshape(features[weight_column], [-1]) if weight_column else array.ones([number]),
            "example_ids": features[self.example_id_column],
        }
        variables = {
            "sparse_features_weights": [var for _, var in sparse], "dense_features_weights": [var for _, var in dense],
        }  # fmt: skip
        model = _Model(examples, variables, {**self._options, "loss_type": loss_type})
        return model, model.minimize(global_step=step)


def check(head, sparse_combiner):
    """ValueError where a head or a combiner cannot be trained this way."""
    if sparse_combiner != "sum":
        raise ValueError('sparse_combiner must be "sum" when optimizer is a LinearSDCA object.')
    if isinstance(head, heads.MultiClassHead):
        raise ValueError("LinearSDCA cannot be used in a multi-class setting.")
    if not isinstance(head, (heads.BinaryClassHead, heads.RegressionHead)):
        raise ValueError(f"Unsupported head type: {head}")
    if head.logits_dimension != 1:
        raise ValueError("LinearSDCA can only be used with one-dimensional label.")


def spec(features, labels, mode, head, optimizer, logits, bias, weights):
    """The EstimatorSpec of a linear model."""
    if mode != model_fn.ModeKeys.TRAIN:
        return head.create_estimator_spec(features, mode, logits, labels)
    loss_type = "squared_loss" if isinstance(head, heads.RegressionHead) else "logistic_loss"
    model, train_op = optimizer.train_step(
        weights, bias[0], head._weight_column, loss_type, features, labels, global_step.get_global_step()
    )
    made = head.create_estimator_spec(features, mode, logits, labels, train_op_fn=lambda loss: train_op)
    return made._replace(training_chief_hooks=(*made.training_chief_hooks, UpdateWeightsHook(model, train_op)))
