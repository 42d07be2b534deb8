"""What `tf.contrib.learn` and `tf.estimator` have and this package has not: each says what to use in its place."""

from __future__ import annotations

from graphflow._core import errors


def _refused(name, instead):
    def refuse(self, *args, **kwargs):
        raise errors.UnimplementedError(None, None, f"{name} is not built: {instead}")

    return type(name, (), {"__init__": refuse, "__doc__": f"Refused: {instead}.", "__module__": __name__})


_SDCA = (
    "its solver, dual coordinate ascent, is a kernel of its own; tf.estimator.LinearClassifier or LinearRegressor with "
    "optimizer=tf.train.FtrlOptimizer(learning_rate, l1_regularization_strength=..., l2_regularization_strength=...) "
    "minimizes the same loss"
)
SVM = _refused(
    "SVM", f"{_SDCA}, and tf.contrib.learn.LinearEstimator(columns, tf.contrib.learn.binary_svm_head()) the hinge loss"
)
LinearSDCA = _refused("LinearSDCA", _SDCA)
SDCAOptimizer = _refused("SDCAOptimizer", _SDCA)
DynamicRnnEstimator = _refused(
    "DynamicRnnEstimator", "use tf.contrib.estimator.RNNClassifier or RNNEstimator with sequence columns"
)
SavedModelEstimator = _refused(
    "SavedModelEstimator",
    "start an Estimator of the same model_fn with warm_start_from=path, or ask tf.contrib.predictor",
)
