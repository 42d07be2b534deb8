"""What served models take and give."""

from graphflow._estimator.export_outputs import ClassificationOutput as ClassificationOutput
from graphflow._estimator.export_outputs import ExportOutput as ExportOutput
from graphflow._estimator.export_outputs import PredictOutput as PredictOutput
from graphflow._estimator.export_outputs import RegressionOutput as RegressionOutput
from graphflow._estimator.receivers import ServingInputReceiver as ServingInputReceiver
from graphflow._estimator.receivers import TensorServingInputReceiver as TensorServingInputReceiver
from graphflow._estimator.receivers import (
    build_parsing_serving_input_receiver_fn as build_parsing_serving_input_receiver_fn,
)
from graphflow._estimator.receivers import build_raw_serving_input_receiver_fn as build_raw_serving_input_receiver_fn
