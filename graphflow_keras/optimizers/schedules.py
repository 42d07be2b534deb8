"""Learning rates that change with the step."""

from graphflow_keras._schedules import ExponentialDecay as ExponentialDecay
from graphflow_keras._schedules import InverseTimeDecay as InverseTimeDecay
from graphflow_keras._schedules import LearningRateSchedule as LearningRateSchedule
from graphflow_keras._schedules import PiecewiseConstantDecay as PiecewiseConstantDecay
from graphflow_keras._schedules import PolynomialDecay as PolynomialDecay
from graphflow_keras._schedules import deserialize as deserialize
from graphflow_keras._schedules import serialize as serialize
