"""Training: optimizers, learning-rate schedules, moving averages, the global step."""

from graphflow._core.refused import do_quantize_training_on_graphdef as do_quantize_training_on_graphdef
from graphflow._graph import protos as _protos
from graphflow._ops.sdca import sdca_fprint as sdca_fprint
from graphflow._ops.sdca import sdca_optimizer as sdca_optimizer
from graphflow._ops.sdca import sdca_shrink_l1 as sdca_shrink_l1
from graphflow._train import queue_runner as queue_runner
from graphflow._train.adadelta import AdadeltaOptimizer as AdadeltaOptimizer
from graphflow._train.adagrad import AdagradDAOptimizer as AdagradDAOptimizer
from graphflow._train.adagrad import AdagradOptimizer as AdagradOptimizer
from graphflow._train.adam import AdamOptimizer as AdamOptimizer
from graphflow._train.batching import batch as batch
from graphflow._train.batching import batch_join as batch_join
from graphflow._train.batching import maybe_batch as maybe_batch
from graphflow._train.batching import maybe_batch_join as maybe_batch_join
from graphflow._train.batching import maybe_shuffle_batch as maybe_shuffle_batch
from graphflow._train.batching import maybe_shuffle_batch_join as maybe_shuffle_batch_join
from graphflow._train.batching import shuffle_batch as shuffle_batch
from graphflow._train.batching import shuffle_batch_join as shuffle_batch_join
from graphflow._train.coordinator import Coordinator as Coordinator
from graphflow._train.coordinator import LooperThread as LooperThread
from graphflow._train.file_writer import FileWriter as SummaryWriter  # its name before TensorFlow 1.0
from graphflow._train.file_writer import FileWriterCache as SummaryWriterCache
from graphflow._train.file_writer import summary_iterator as summary_iterator
from graphflow._train.ftrl import FtrlOptimizer as FtrlOptimizer
from graphflow._train.global_step import assert_global_step as assert_global_step
from graphflow._train.global_step import create_global_step as create_global_step
from graphflow._train.global_step import get_global_step as get_global_step
from graphflow._train.global_step import get_or_create_global_step as get_or_create_global_step
from graphflow._train.global_step import global_step as global_step
from graphflow._train.gradient_descent import GradientDescentOptimizer as GradientDescentOptimizer
from graphflow._train.input_producers import input_producer as input_producer
from graphflow._train.input_producers import limit_epochs as limit_epochs
from graphflow._train.input_producers import match_filenames_once as match_filenames_once
from graphflow._train.input_producers import range_input_producer as range_input_producer
from graphflow._train.input_producers import slice_input_producer as slice_input_producer
from graphflow._train.input_producers import string_input_producer as string_input_producer
from graphflow._train.momentum import MomentumOptimizer as MomentumOptimizer
from graphflow._train.moving_averages import ExponentialMovingAverage as ExponentialMovingAverage
from graphflow._train.moving_averages import assign_moving_average as assign_moving_average
from graphflow._train.optimizer import Optimizer as Optimizer
from graphflow._train.proximal import ProximalAdagradOptimizer as ProximalAdagradOptimizer
from graphflow._train.proximal import ProximalGradientDescentOptimizer as ProximalGradientDescentOptimizer
from graphflow._train.queue_runner import QueueRunner as QueueRunner
from graphflow._train.queue_runner import add_queue_runner as add_queue_runner
from graphflow._train.queue_runner import start_queue_runners as start_queue_runners
from graphflow._train.rmsprop import RMSPropOptimizer as RMSPropOptimizer
from graphflow._train.saving.graph_util import write_graph as write_graph
from graphflow._train.saving.init_from import VocabInfo as VocabInfo
from graphflow._train.saving.init_from import checkpoints_iterator as checkpoints_iterator
from graphflow._train.saving.init_from import init_from_checkpoint as init_from_checkpoint
from graphflow._train.saving.init_from import warm_start as warm_start
from graphflow._train.saving.meta_graph import export_meta_graph as export_meta_graph
from graphflow._train.saving.object_checkpoint import Checkpoint as Checkpoint
from graphflow._train.saving.object_checkpoint import CheckpointManager as CheckpointManager
from graphflow._train.saving.reader import NewCheckpointReader as NewCheckpointReader
from graphflow._train.saving.reader import list_variables as list_variables
from graphflow._train.saving.reader import load_checkpoint as load_checkpoint
from graphflow._train.saving.reader import load_variable as load_variable
from graphflow._train.saving.saver import Saver as Saver
from graphflow._train.saving.saver import import_meta_graph as import_meta_graph
from graphflow._train.saving.state_file import checkpoint_exists as checkpoint_exists
from graphflow._train.saving.state_file import generate_checkpoint_state_proto as generate_checkpoint_state_proto
from graphflow._train.saving.state_file import get_checkpoint_mtimes as get_checkpoint_mtimes
from graphflow._train.saving.state_file import get_checkpoint_state as get_checkpoint_state
from graphflow._train.saving.state_file import latest_checkpoint as latest_checkpoint
from graphflow._train.saving.state_file import remove_checkpoint as remove_checkpoint
from graphflow._train.saving.state_file import update_checkpoint_state as update_checkpoint_state
from graphflow._train.schedules import cosine_decay as cosine_decay
from graphflow._train.schedules import cosine_decay_restarts as cosine_decay_restarts
from graphflow._train.schedules import exponential_decay as exponential_decay
from graphflow._train.schedules import inverse_time_decay as inverse_time_decay
from graphflow._train.schedules import linear_cosine_decay as linear_cosine_decay
from graphflow._train.schedules import natural_exp_decay as natural_exp_decay
from graphflow._train.schedules import noisy_linear_cosine_decay as noisy_linear_cosine_decay
from graphflow._train.schedules import piecewise_constant as piecewise_constant
from graphflow._train.schedules import piecewise_constant_decay as piecewise_constant_decay
from graphflow._train.schedules import polynomial_decay as polynomial_decay
from graphflow._train.sessions.cluster import ClusterSpec as ClusterSpec
from graphflow._train.sessions.cluster import Server as Server
from graphflow._train.sessions.cluster import replica_device_setter as replica_device_setter
from graphflow._train.sessions.hook import SessionRunArgs as SessionRunArgs
from graphflow._train.sessions.hook import SessionRunContext as SessionRunContext
from graphflow._train.sessions.hook import SessionRunHook as SessionRunHook
from graphflow._train.sessions.hook import SessionRunValues as SessionRunValues
from graphflow._train.sessions.hooks import CheckpointSaverHook as CheckpointSaverHook
from graphflow._train.sessions.hooks import CheckpointSaverListener as CheckpointSaverListener
from graphflow._train.sessions.hooks import FeedFnHook as FeedFnHook
from graphflow._train.sessions.hooks import FinalOpsHook as FinalOpsHook
from graphflow._train.sessions.hooks import GlobalStepWaiterHook as GlobalStepWaiterHook
from graphflow._train.sessions.hooks import LoggingTensorHook as LoggingTensorHook
from graphflow._train.sessions.hooks import NanLossDuringTrainingError as NanLossDuringTrainingError
from graphflow._train.sessions.hooks import NanTensorHook as NanTensorHook
from graphflow._train.sessions.hooks import SecondOrStepTimer as SecondOrStepTimer
from graphflow._train.sessions.hooks import StepCounterHook as StepCounterHook
from graphflow._train.sessions.hooks import StopAtStepHook as StopAtStepHook
from graphflow._train.sessions.hooks import SummarySaverHook as SummarySaverHook
from graphflow._train.sessions.manager import SessionManager as SessionManager
from graphflow._train.sessions.monitored import ChiefSessionCreator as ChiefSessionCreator
from graphflow._train.sessions.monitored import MonitoredSession as MonitoredSession
from graphflow._train.sessions.monitored import MonitoredTrainingSession as MonitoredTrainingSession
from graphflow._train.sessions.monitored import SessionCreator as SessionCreator
from graphflow._train.sessions.monitored import SingularMonitoredSession as SingularMonitoredSession
from graphflow._train.sessions.monitored import WorkerSessionCreator as WorkerSessionCreator
from graphflow._train.sessions.profiler_hook import ProfilerHook as ProfilerHook
from graphflow._train.sessions.scaffold import Scaffold as Scaffold
from graphflow._train.sessions.supervisor import Supervisor as Supervisor
from graphflow._train.sessions.supervisor import basic_train_loop as basic_train_loop
from graphflow._train.sync_replicas import SyncReplicasOptimizer as SyncReplicasOptimizer

# The protocol buffer messages, made when first asked for.
_MESSAGES = frozenset(
    """BytesList CheckpointState ClusterDef Example Feature FeatureList FeatureLists Features FloatList Int64List JobDef SaverDef
    SequenceExample ServerDef""".split()
)


def __getattr__(name):
    if name in _MESSAGES:
        return getattr(_protos, name)
    raise AttributeError(f"module 'graphflow.train' has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *_MESSAGES})
