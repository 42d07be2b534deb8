"""`tf.contrib.timeseries`: autoregressive models of time series."""

from graphflow._estimator.timeseries.ar_model import ARModel as ARModel
from graphflow._estimator.timeseries.estimators import ARRegressor as ARRegressor
from graphflow._estimator.timeseries.estimators import StructuralEnsembleRegressor as StructuralEnsembleRegressor
from graphflow._estimator.timeseries.estimators import TimeSeriesRegressor as TimeSeriesRegressor
from graphflow._estimator.timeseries.feature_keys import FilteringResults as FilteringResults
from graphflow._estimator.timeseries.feature_keys import TrainEvalFeatures as TrainEvalFeatures
from graphflow._estimator.timeseries.heads import OneShotPredictionHead as OneShotPredictionHead
from graphflow._estimator.timeseries.inputs import CSVReader as CSVReader
from graphflow._estimator.timeseries.inputs import NumpyReader as NumpyReader
from graphflow._estimator.timeseries.inputs import RandomWindowInputFn as RandomWindowInputFn
from graphflow._estimator.timeseries.inputs import WholeDatasetInputFn as WholeDatasetInputFn
from graphflow._estimator.timeseries.inputs import predict_continuation_input_fn as predict_continuation_input_fn
from graphflow.contrib.timeseries import saved_model_utils as saved_model_utils
