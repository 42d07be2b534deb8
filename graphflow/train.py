"""Training: optimizers, learning-rate schedules, moving averages, the global step."""

from graphflow._graph import protos as _protos
from graphflow._train.adadelta import AdadeltaOptimizer as AdadeltaOptimizer
from graphflow._train.adagrad import AdagradDAOptimizer as AdagradDAOptimizer
from graphflow._train.adagrad import AdagradOptimizer as AdagradOptimizer
from graphflow._train.adam import AdamOptimizer as AdamOptimizer
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
from graphflow._train.momentum import MomentumOptimizer as MomentumOptimizer
from graphflow._train.moving_averages import ExponentialMovingAverage as ExponentialMovingAverage
from graphflow._train.moving_averages import assign_moving_average as assign_moving_average
from graphflow._train.optimizer import Optimizer as Optimizer
from graphflow._train.proximal import ProximalAdagradOptimizer as ProximalAdagradOptimizer
from graphflow._train.proximal import ProximalGradientDescentOptimizer as ProximalGradientDescentOptimizer
from graphflow._train.rmsprop import RMSPropOptimizer as RMSPropOptimizer
from graphflow._train.saving.graph_util import write_graph as write_graph
from graphflow._train.saving.init_from import checkpoints_iterator as checkpoints_iterator
from graphflow._train.saving.init_from import init_from_checkpoint as init_from_checkpoint
from graphflow._train.saving.init_from import warm_start as warm_start
from graphflow._train.saving.meta_graph import export_meta_graph as export_meta_graph
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
