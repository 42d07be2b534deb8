"""`tf.contrib.predictor`: served models as functions."""

from graphflow._contrib.predictor import Predictor as Predictor
from graphflow._contrib.predictor import from_saved_model as from_saved_model
from graphflow._estimator.predicting import from_contrib_estimator as from_contrib_estimator
from graphflow._estimator.predicting import from_estimator as from_estimator
