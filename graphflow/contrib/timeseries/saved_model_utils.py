"""Filtering and predicting with exported models of time series."""

from graphflow._estimator.timeseries.saved_models import cold_start_filter as cold_start_filter
from graphflow._estimator.timeseries.saved_models import filter_continuation as filter_continuation
from graphflow._estimator.timeseries.saved_models import predict_continuation as predict_continuation
