"""Linear support vector machines."""

from __future__ import annotations

from graphflow._contrib import sdca_optimizer
from graphflow._estimator.learn import canned, estimator, heads, sdca


class SVM(estimator.Estimator):
    """A linear support vector machine for two classes, trained by dual coordinate ascent.

    Args:
        example_id_column: the key of a feature of texts `[batch]` that tell the examples apart.
        feature_columns: columns of `tf.contrib.layers`; weight_column_name: the key of a feature of weights.
        l1_regularization, l2_regularization: strengths, over all examples; the second counts as 1 at least.
        num_loss_partitions: how many solvers work at once.
        kernels: None, there are only linear ones.
        model_dir, config, feature_engineering_fn: as of Estimator.

    Raises:
        ValueError: `kernels` is given.
    """

    def __init__(
        self, example_id_column, feature_columns, weight_column_name=None, model_dir=None, l1_regularization=0.0,
        l2_regularization=0.0, num_loss_partitions=1, kernels=None, config=None, feature_engineering_fn=None,
    ):  # fmt: skip
        if kernels is not None:
            raise ValueError("Kernel SVMs are not currently supported.")
        optimizer = sdca_optimizer.SDCAOptimizer(
            example_id_column, num_loss_partitions=num_loss_partitions, symmetric_l1_regularization=l1_regularization,
            symmetric_l2_regularization=l2_regularization,
        )  # fmt: skip
        head = heads.binary_svm_head(weight_column_name=weight_column_name, enable_centered_bias=False)
        model_fn = sdca.linear(head, tuple(feature_columns), optimizer, weight_column_name)
        super().__init__(model_fn, model_dir, config, feature_engineering_fn=feature_engineering_fn)

    predict_classes = canned.Classifier.predict_classes
    predict_proba = canned.Classifier.predict_proba
    _one = canned.Classifier._one
