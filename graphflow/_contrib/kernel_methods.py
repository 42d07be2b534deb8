"""Kernels by explicit features: a linear model over random waves comes near one with a Gaussian kernel."""

from __future__ import annotations

import math as python_math

import numpy as np

from graphflow._core import dtypes
from graphflow._graph import build, current, keys
from graphflow._layers import losses
from graphflow._ops import array, asserts, choosing, gather, math, matmul, nn, reduce, unary


class InvalidShapeError(Exception):
    """A tensor of a shape that cannot be mapped."""


class RandomFourierFeatureMapper:
    """Maps vectors so that their products are near exp(-|x - y|^2 / 2 stddev^2).

    Args:
        input_dim, output_dim: sizes of the vectors and of the features.
        seed: of the waves; the same one gives the same features.

    Source: Rahimi, Recht, "Random features for large-scale kernel machines" (2007).
    """

    def __init__(self, input_dim, output_dim, stddev=1.0, seed=1, name=None):
        self._input_dim, self._output_dim, self._stddev, self._seed, self._name = (
            input_dim,
            output_dim,
            stddev,
            seed,
            name,
        )

    name = property(lambda self: self._name or str(id(self)))
    input_dim = property(lambda self: self._input_dim)
    output_dim = property(lambda self: self._output_dim)

    def map(self, input_tensor):
        """`[batch, input_dim]` -> `[batch, output_dim]`.

        Raises:
            InvalidShapeError: the input has another shape.
        """
        dims = input_tensor.get_shape()
        if len(dims) != 2:
            raise InvalidShapeError(f"The shape of the tensor should be 2. Got {len(dims)} instead.")
        if dims[1] != self._input_dim:
            raise InvalidShapeError(
                f"Invalid dimension: expected {self._input_dim} input features, got {dims[1]} instead."
            )
        np.random.seed(self._seed)  # NumPy's own stream, as TensorFlow: scripts draw from it afterwards
        waves = np.random.normal(scale=1.0 / self._stddev, size=[self._input_dim, self._output_dim])
        waves = build.constant(waves, dtype=dtypes.float32)
        phases = build.constant(np.random.uniform(0.0, 2 * np.pi, size=[self._output_dim]), dtype=dtypes.float32)
        angles = math.add(matmul.matmul(input_tensor, waves), phases)
        return python_math.sqrt(2.0 / self._output_dim) * unary.cos(angles)


def sparse_multiclass_hinge_loss(
    labels, logits, weights=1.0, scope=None, loss_collection=keys.GraphKeys.LOSSES,
    reduction=losses.Reduction.SUM_BY_NONZERO_WEIGHTS,
):  # fmt: skip
    """How far the largest other logit, and 1, is above the right one.

    Args:
        labels: int32 or int64 `[batch]` or `[batch, 1]`.
        logits: `[batch, classes]`.
        weights: a number, `[batch]` or `[batch, 1]`.

    Raises:
        ValueError: other shapes or types.

    Source: Crammer, Singer, "On the algorithmic implementation of multiclass kernel-based vector machines" (2001).
    """
    with build.name_scope(scope, "sparse_multiclass_hinge_loss", [logits, labels]) as scope:
        if logits.get_shape().ndims != 2:
            raise ValueError(
                f"logits should have rank 2 ([batch_size, num_classes]). Given rank is {logits.get_shape().ndims}"
            )
        dims = array.shape(logits)
        batch, classes = dims[0], dims[1]
        logits = math.cast(logits, dtypes.float32)
        if labels.dtype not in (dtypes.int32, dtypes.int64):
            raise ValueError(f"Invalid dtype for labels: {labels.dtype}. Acceptable dtypes: int32 and int64")
        if labels.get_shape().ndims not in (1, 2):
            raise ValueError(
                f"labels should have rank 1 or 2 ([batch_size, 1]). Given rank is {labels.get_shape().ndims}"
            )
        with current.control_dependencies([asserts.assert_less(labels, math.cast(classes, labels.dtype))]):
            labels = array.reshape(labels, shape=[-1])
        weights = build.convert_to_tensor(weights)
        if weights.get_shape().ndims not in (0, 1, 2):
            raise ValueError(f"non-scalar weights should have rank 1 or 2. Given rank is {weights.get_shape().ndims}")
        if weights.get_shape().ndims:
            weights = array.reshape(weights, shape=[-1])
            weights.get_shape().assert_is_compatible_with(labels.get_shape())
        rows = array.reshape(math.range(batch), shape=[batch, 1])
        places = array.concat([rows, array.reshape(math.cast(labels, rows.dtype), shape=[batch, 1])], axis=1)
        right = array.reshape(gather.gather_nd(logits, places), shape=[batch, 1])
        others = choosing.one_hot(labels, depth=classes, on_value=0.0, off_value=1.0)
        loss = reduce.reduce_max(nn.relu(logits - right + others), axis=1)
        return losses.compute_weighted_loss(loss, weights, scope, loss_collection, reduction=reduction)
