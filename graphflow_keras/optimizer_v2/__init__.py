"""The optimizers of tf.keras, one a module, where TensorFlow has them."""

from graphflow_keras.optimizer_v2.adadelta import Adadelta as Adadelta
from graphflow_keras.optimizer_v2.adagrad import Adagrad as Adagrad
from graphflow_keras.optimizer_v2.adam import Adam as Adam
from graphflow_keras.optimizer_v2.adamax import Adamax as Adamax
from graphflow_keras.optimizer_v2.ftrl import Ftrl as Ftrl
from graphflow_keras.optimizer_v2.gradient_descent import SGD as SGD
from graphflow_keras.optimizer_v2.nadam import Nadam as Nadam
from graphflow_keras.optimizer_v2.optimizer_v2 import OptimizerV2 as OptimizerV2
from graphflow_keras.optimizer_v2.rmsprop import RMSprop as RMSprop
