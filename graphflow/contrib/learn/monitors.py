"""Monitors: what hooks were before."""

from graphflow._estimator.learn.monitors import BaseMonitor as BaseMonitor
from graphflow._estimator.learn.monitors import CaptureVariable as CaptureVariable
from graphflow._estimator.learn.monitors import EveryN as EveryN
from graphflow._estimator.learn.monitors import LoggingTrainable as LoggingTrainable
from graphflow._estimator.learn.monitors import NanLoss as NanLoss
from graphflow._estimator.learn.monitors import PrintTensor as PrintTensor
from graphflow._estimator.learn.monitors import RunHookAdapterForMonitors as RunHookAdapterForMonitors
from graphflow._estimator.learn.monitors import StopAtStep as StopAtStep
from graphflow._estimator.learn.monitors import replace_monitors_with_hooks as replace_monitors_with_hooks
from graphflow._estimator.learn.validation_monitor import ValidationMonitor as ValidationMonitor
from graphflow._estimator.learn.writing_monitors import CheckpointSaver as CheckpointSaver
from graphflow._estimator.learn.writing_monitors import ExportMonitor as ExportMonitor
from graphflow._estimator.learn.writing_monitors import GraphDump as GraphDump
from graphflow._estimator.learn.writing_monitors import StepCounter as StepCounter
from graphflow._estimator.learn.writing_monitors import SummarySaver as SummarySaver
from graphflow._estimator.learn.writing_monitors import get_default_monitors as get_default_monitors
from graphflow._train.sessions.hooks import NanLossDuringTrainingError as NanLossDuringTrainingError
