"""Losses: one number for each sample, from what is true and what was predicted; as functions and as objects."""

from graphflow_keras import backend as K  # noqa: F401
from graphflow_keras._loss_classes import BinaryCrossentropy as BinaryCrossentropy
from graphflow_keras._loss_classes import CategoricalCrossentropy as CategoricalCrossentropy
from graphflow_keras._loss_classes import CategoricalHinge as CategoricalHinge
from graphflow_keras._loss_classes import CosineSimilarity as CosineSimilarity
from graphflow_keras._loss_classes import Hinge as Hinge
from graphflow_keras._loss_classes import Huber as Huber
from graphflow_keras._loss_classes import KLDivergence as KLDivergence
from graphflow_keras._loss_classes import LogCosh as LogCosh
from graphflow_keras._loss_classes import Loss as Loss
from graphflow_keras._loss_classes import LossFunctionWrapper as LossFunctionWrapper
from graphflow_keras._loss_classes import MeanAbsoluteError as MeanAbsoluteError
from graphflow_keras._loss_classes import MeanAbsolutePercentageError as MeanAbsolutePercentageError
from graphflow_keras._loss_classes import MeanSquaredError as MeanSquaredError
from graphflow_keras._loss_classes import MeanSquaredLogarithmicError as MeanSquaredLogarithmicError
from graphflow_keras._loss_classes import Poisson as Poisson
from graphflow_keras._loss_classes import Reduction as Reduction
from graphflow_keras._loss_classes import SparseCategoricalCrossentropy as SparseCategoricalCrossentropy
from graphflow_keras._loss_classes import SquaredHinge as SquaredHinge
from graphflow_keras._loss_functions import KLD as KLD
from graphflow_keras._loss_functions import MAE as MAE
from graphflow_keras._loss_functions import MAPE as MAPE
from graphflow_keras._loss_functions import MSE as MSE
from graphflow_keras._loss_functions import MSLE as MSLE
from graphflow_keras._loss_functions import binary_crossentropy as binary_crossentropy
from graphflow_keras._loss_functions import categorical_crossentropy as categorical_crossentropy
from graphflow_keras._loss_functions import categorical_hinge as categorical_hinge
from graphflow_keras._loss_functions import cosine as cosine
from graphflow_keras._loss_functions import cosine_proximity as cosine_proximity
from graphflow_keras._loss_functions import cosine_similarity as cosine_similarity
from graphflow_keras._loss_functions import hinge as hinge
from graphflow_keras._loss_functions import huber_loss as huber_loss
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
from graphflow_keras.utils.generic_utils import deserialize_keras_object, serialize_keras_object


def serialize(loss):
    """The name of a loss function, or the config of a loss object."""
    return serialize_keras_object(loss)


def deserialize(name, custom_objects=None):
    """The loss of that name or config; a class by its name is made with no arguments.

    Raises:
        ValueError: there is none.
    """
    found = deserialize_keras_object(name, globals(), custom_objects, "loss function")
    return found() if isinstance(found, type) else found


def get(identifier):
    """The loss for a name or config; a callable itself; None for None.

    Raises:
        ValueError: anything else.
    """
    if identifier is None:
        return None
    if isinstance(identifier, str | dict):
        return deserialize(identifier)
    if callable(identifier):
        return identifier
    raise ValueError(f"Could not interpret loss function identifier: {identifier}")


def function_of(loss):
    """The function that a loss object computes; any other loss itself."""
    return loss.fn if isinstance(loss, LossFunctionWrapper) else loss
