"""`tf.contrib.predictor`: SavedModels as functions."""

from graphflow._contrib.predictor import from_saved_model as from_saved_model
