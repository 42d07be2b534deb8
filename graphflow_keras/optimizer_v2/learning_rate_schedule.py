"""Learning rates that change with the step, at the place where TensorFlow keeps them."""

from graphflow_keras._schedules import CosineDecay as CosineDecay
from graphflow_keras._schedules import CosineDecayRestarts as CosineDecayRestarts
from graphflow_keras._schedules import ExponentialDecay as ExponentialDecay
from graphflow_keras._schedules import InverseTimeDecay as InverseTimeDecay
from graphflow_keras._schedules import LearningRateSchedule as LearningRateSchedule
from graphflow_keras._schedules import LinearCosineDecay as LinearCosineDecay
from graphflow_keras._schedules import NoisyLinearCosineDecay as NoisyLinearCosineDecay
from graphflow_keras._schedules import PiecewiseConstantDecay as PiecewiseConstantDecay
from graphflow_keras._schedules import PolynomialDecay as PolynomialDecay
from graphflow_keras._schedules import deserialize as deserialize
from graphflow_keras._schedules import serialize as serialize
