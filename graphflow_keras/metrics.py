"""Metrics: functions of what is true and what was predicted, and objects that gather them from batch to batch."""

from graphflow_keras import backend as K  # noqa: F401
from graphflow_keras._loss_functions import KLD as KLD
from graphflow_keras._loss_functions import MAE as MAE
from graphflow_keras._loss_functions import MAPE as MAPE
from graphflow_keras._loss_functions import MSE as MSE
from graphflow_keras._loss_functions import MSLE as MSLE
from graphflow_keras._loss_functions import binary_crossentropy as binary_crossentropy
from graphflow_keras._loss_functions import categorical_crossentropy as categorical_crossentropy
from graphflow_keras._loss_functions import cosine as cosine
from graphflow_keras._loss_functions import cosine_proximity as cosine_proximity
from graphflow_keras._loss_functions import cosine_similarity as cosine_similarity
from graphflow_keras._loss_functions import hinge as hinge
from graphflow_keras._loss_functions import kld as kld
from graphflow_keras._loss_functions import kullback_leibler_divergence as kullback_leibler_divergence
from graphflow_keras._loss_functions import logcosh as logcosh
from graphflow_keras._loss_functions import mae as mae
from graphflow_keras._loss_functions import mape as mape
from graphflow_keras._loss_functions import mean_absolute_error as mean_absolute_error
from graphflow_keras._loss_functions import mean_absolute_percentage_error as mean_absolute_percentage_error
from graphflow_keras._loss_functions import mean_squared_error as mean_squared_error
from graphflow_keras._loss_functions import mean_squared_logarithmic_error as mean_squared_logarithmic_error
from graphflow_keras._loss_functions import mse as mse
from graphflow_keras._loss_functions import msle as msle
from graphflow_keras._loss_functions import poisson as poisson
from graphflow_keras._loss_functions import sparse_categorical_crossentropy as sparse_categorical_crossentropy
from graphflow_keras._loss_functions import squared_hinge as squared_hinge
from graphflow_keras._metric_base import Mean as Mean
from graphflow_keras._metric_base import MeanMetricWrapper as MeanMetricWrapper
from graphflow_keras._metric_base import MeanRelativeError as MeanRelativeError
from graphflow_keras._metric_base import MeanTensor as MeanTensor
from graphflow_keras._metric_base import Metric as Metric
from graphflow_keras._metric_base import RootMeanSquaredError as RootMeanSquaredError
from graphflow_keras._metric_base import Sum as Sum
from graphflow_keras._metric_classes import Accuracy as Accuracy
from graphflow_keras._metric_classes import BinaryAccuracy as BinaryAccuracy
from graphflow_keras._metric_classes import BinaryCrossentropy as BinaryCrossentropy
from graphflow_keras._metric_classes import CategoricalAccuracy as CategoricalAccuracy
from graphflow_keras._metric_classes import CategoricalCrossentropy as CategoricalCrossentropy
from graphflow_keras._metric_classes import CategoricalHinge as CategoricalHinge
from graphflow_keras._metric_classes import CosineSimilarity as CosineSimilarity
from graphflow_keras._metric_classes import Hinge as Hinge
from graphflow_keras._metric_classes import KLDivergence as KLDivergence
from graphflow_keras._metric_classes import LogCoshError as LogCoshError
from graphflow_keras._metric_classes import MeanAbsoluteError as MeanAbsoluteError
from graphflow_keras._metric_classes import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from graphflow_keras._metric_classes import MeanSquaredError as MeanSquaredError
from graphflow_keras._metric_classes import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from graphflow_keras._metric_classes import Poisson as Poisson
from graphflow_keras._metric_classes import SparseCategoricalAccuracy as SparseCategoricalAccuracy
from graphflow_keras._metric_classes import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from graphflow_keras._metric_classes import SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy
from graphflow_keras._metric_classes import SquaredHinge as SquaredHinge
from graphflow_keras._metric_classes import TopKCategoricalAccuracy as TopKCategoricalAccuracy
from graphflow_keras._metric_confusion import AUC as AUC
from graphflow_keras._metric_confusion import FalseNegatives as FalseNegatives
from graphflow_keras._metric_confusion import FalsePositives as FalsePositives
from graphflow_keras._metric_confusion import MeanIoU as MeanIoU
from graphflow_keras._metric_confusion import Precision as Precision
from graphflow_keras._metric_confusion import Recall as Recall
from graphflow_keras._metric_confusion import SensitivityAtSpecificity as SensitivityAtSpecificity
from graphflow_keras._metric_confusion import SpecificityAtSensitivity as SpecificityAtSensitivity
from graphflow_keras._metric_confusion import TrueNegatives as TrueNegatives
from graphflow_keras._metric_confusion import TruePositives as TruePositives
from graphflow_keras._metric_functions import accuracy as accuracy
from graphflow_keras._metric_functions import binary_accuracy as binary_accuracy
from graphflow_keras._metric_functions import categorical_accuracy as categorical_accuracy
from graphflow_keras._metric_functions import sparse_categorical_accuracy as sparse_categorical_accuracy
from graphflow_keras._metric_functions import sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy
from graphflow_keras._metric_functions import top_k_categorical_accuracy as top_k_categorical_accuracy
from graphflow_keras.utils.generic_utils import deserialize_keras_object, serialize_keras_object


def serialize(metric):
    """The name of a metric function, or the config of a metric object."""
    return serialize_keras_object(metric)


def deserialize(config, custom_objects=None):
    """The metric of that name or config; a class by its name is made with no arguments.

    Raises:
        ValueError: there is none.
    """
    found = deserialize_keras_object(config, globals(), custom_objects, "metric function")
    return found() if isinstance(found, type) else found


def get(identifier):
    """The metric for a name or config; a callable itself.

    Raises:
        ValueError: anything else.
    """
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret metric function identifier: {identifier}")
