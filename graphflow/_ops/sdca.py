"""Stochastic dual coordinate ascent for linear models: the solver, its proximal step, the fingerprints of examples."""

from __future__ import annotations

import collections

from graphflow._graph import build, op_def

SdcaOptimizer = collections.namedtuple(
    "SdcaOptimizer", ["out_example_state_data", "out_delta_sparse_weights", "out_delta_dense_weights"]
)
op_def.not_differentiable(
    "SdcaFprint",
    "SdcaOptimizer",
    "SdcaOptimizerV2",
    "SdcaShrinkL1",
    because="it solves, and is no function to train through",
)


def sdca_fprint(input, name=None):
    """The fingerprints int64 `[n, 2]` of texts `[n]`."""
    return build.apply("SdcaFprint", input, name=name)


def sdca_shrink_l1(weights, l1, l2, name=None):
    """The operation that moves the numbers of variables towards 0 by l1 / l2, and those nearer to it onto it."""
    return build.apply("SdcaShrinkL1", weights, l1=l1, l2=l2, name=name)


def sdca_optimizer(
    sparse_example_indices, sparse_feature_indices, sparse_feature_values, dense_features, example_weights, example_labels,
    sparse_indices, sparse_weights, dense_weights, example_state_data, loss_type, l1, l2, num_loss_partitions,
    num_inner_iterations, adaptative=False, name=None,
):  # fmt: skip
    """One pass over a batch: each example's dual variable is moved to where the dual objective is largest.

    The objective is the sum of the examples' losses of w x, plus l2 / 2 |w|^2 + l1 |w|_1.

    Args:
        sparse_example_indices, sparse_feature_indices, sparse_feature_values: lists of vectors, one a feature: the example, the
            feature and the value of each entry; values are 1 for features beyond the third list's end.
        dense_features: list of float32 `[examples, numbers]`.
        example_weights, example_labels: float32 `[examples]`.
        sparse_indices, sparse_weights: lists of vectors: the features that occur, and their weights.
        dense_weights: list of vectors.
        example_state_data: float32 `[examples, 4]`: dual variable, primal loss, dual loss and weight of each example.
        loss_type: "logistic_loss", "squared_loss", "hinge_loss", "smooth_hinge_loss" or "poisson_loss".
        num_loss_partitions: how many solvers work on the objective at once.
        num_inner_iterations: passes over the batch.
        adaptative: whether examples that are far from their best come more often.

    Returns:
        (new state, list of changes of the sparse weights, list of changes of the dense weights).

    Raises at run time:
        InvalidArgumentError: a label that the loss does not know, or features without weights.

    Source: Shalev-Shwartz, Zhang, "Proximal stochastic dual coordinate ascent" (2012), https://arxiv.org/abs/1211.2717.
    """
    return _solved(
        "SdcaOptimizer", sparse_example_indices, sparse_feature_indices, sparse_feature_values, dense_features, example_weights,
        example_labels, sparse_indices, sparse_weights, dense_weights, example_state_data, loss_type=loss_type, l1=l1, l2=l2,
        num_loss_partitions=num_loss_partitions, num_inner_iterations=num_inner_iterations, adaptative=adaptative, name=name,
    )  # fmt: skip


def sdca_optimizer_v2(
    sparse_example_indices, sparse_feature_indices, sparse_feature_values, dense_features, example_weights, example_labels,
    sparse_indices, sparse_weights, dense_weights, example_state_data, loss_type, l1, l2, num_loss_partitions,
    num_inner_iterations, adaptive=True, name=None,
):  # fmt: skip
    """`sdca_optimizer` with its last argument spelt right, and on."""
    return _solved(
        "SdcaOptimizerV2", sparse_example_indices, sparse_feature_indices, sparse_feature_values, dense_features, example_weights,
        example_labels, sparse_indices, sparse_weights, dense_weights, example_state_data, loss_type=loss_type, l1=l1, l2=l2,
        num_loss_partitions=num_loss_partitions, num_inner_iterations=num_inner_iterations, adaptive=adaptive, name=name,
    )  # fmt: skip


def _solved(op_type, *inputs, **attrs):
    state, *changes = build.operation(op_type, *inputs, **attrs).outputs
    sparse = len(inputs[0])
    return SdcaOptimizer(state, changes[:sparse], changes[sparse:])


@op_def.shape_rule("SdcaFprint")
def _fprint_shape(op):
    dims = op.inputs[0]._dims
    if dims is not None and len(dims) != 1:
        raise build.shape_error(op, f"input must be a vector of texts, and has rank {len(dims)}")
    return [(None if dims is None else dims[0], 2)]


@op_def.shape_rule("SdcaOptimizer", "SdcaOptimizerV2")
def _solver_shape(op):
    weights = len(op.outputs) - 1  # the last inputs but the state are the weights that the outputs change
    held = op.inputs[len(op.inputs) - 1 - weights : -1]
    return [(None, 4), *[t._dims for t in held]]


@op_def.shape_rule("SdcaShrinkL1")
def _no_outputs(op):
    return []
