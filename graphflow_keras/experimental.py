"""`tf.keras.experimental`."""

from graphflow_keras._premade import LinearModel as LinearModel
from graphflow_keras._premade import WideDeepModel as WideDeepModel
from graphflow_keras._schedules import CosineDecay as CosineDecay
from graphflow_keras._schedules import CosineDecayRestarts as CosineDecayRestarts
from graphflow_keras._schedules import LinearCosineDecay as LinearCosineDecay
from graphflow_keras._schedules import NoisyLinearCosineDecay as NoisyLinearCosineDecay
from graphflow_keras.engine._checkpoints import export_saved_model as export_saved_model
from graphflow_keras.engine._checkpoints import load_from_saved_model as load_from_saved_model
from graphflow_keras.layers.dense_features import SequenceFeatures as SequenceFeatures
from graphflow_keras.layers.recurrent import PeepholeLSTMCell as PeepholeLSTMCell
from graphflow_keras.utils._enqueue import (
    terminate_keras_multiprocessing_pools as terminate_keras_multiprocessing_pools,
)
