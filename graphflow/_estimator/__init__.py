"""Estimators: a model function, and all the training, evaluation and serving that follows from it."""
