"""Time series: models, estimators and readers of `tf.contrib.timeseries`."""
