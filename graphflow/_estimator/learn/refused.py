"""What `tf.contrib.learn` and `tf.estimator` have and this package has not: each says what to use in its place."""

from __future__ import annotations

from graphflow._core import errors


def _refused(name, instead):
    def refuse(self, *args, **kwargs):
        raise errors.UnimplementedError(None, None, f"{name} is not built: {instead}")

    return type(name, (), {"__init__": refuse, "__doc__": f"Refused: {instead}.", "__module__": __name__})


SavedModelEstimator = _refused(
    "SavedModelEstimator",
    "start an Estimator of the same model_fn with warm_start_from=path, or ask tf.contrib.predictor",
)
