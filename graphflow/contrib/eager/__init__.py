"""`tf.contrib.eager`: eager execution, and gradients of what was computed."""

from graphflow._autodiff.custom_gradient import custom_gradient as custom_gradient
from graphflow._autodiff.implicit import gradients_function as gradients_function
from graphflow._autodiff.implicit import implicit_gradients as implicit_gradients
from graphflow._autodiff.implicit import implicit_value_and_gradients as implicit_value_and_gradients
from graphflow._autodiff.implicit import value_and_gradients_function as value_and_gradients_function
from graphflow._autodiff.py_function import eager_py_func as py_func
from graphflow._autodiff.tape import GradientTape as GradientTape
from graphflow._contrib.eager.checkpoints import add_execution_callback as add_execution_callback
from graphflow._contrib.eager.checkpoints import clear_execution_callbacks as clear_execution_callbacks
from graphflow._contrib.eager.checkpoints import connect_to_remote_host as connect_to_remote_host
from graphflow._contrib.eager.checkpoints import enable_remote_eager_execution as enable_remote_eager_execution
from graphflow._contrib.eager.checkpoints import errstate as errstate
from graphflow._contrib.eager.checkpoints import inf_callback as inf_callback
from graphflow._contrib.eager.checkpoints import inf_nan_callback as inf_nan_callback
from graphflow._contrib.eager.checkpoints import nan_callback as nan_callback
from graphflow._contrib.eager.checkpoints import restore_network_checkpoint as restore_network_checkpoint
from graphflow._contrib.eager.checkpoints import restore_variables_on_create as restore_variables_on_create
from graphflow._contrib.eager.checkpoints import save_network_checkpoint as save_network_checkpoint
from graphflow._contrib.eager.checkpoints import set_server_def as set_server_def
from graphflow._contrib.eager.checkpoints import seterr as seterr
from graphflow._contrib.eager.modes import ASYNC as ASYNC
from graphflow._contrib.eager.modes import DEVICE_PLACEMENT_EXPLICIT as DEVICE_PLACEMENT_EXPLICIT
from graphflow._contrib.eager.modes import DEVICE_PLACEMENT_SILENT as DEVICE_PLACEMENT_SILENT
from graphflow._contrib.eager.modes import DEVICE_PLACEMENT_SILENT_FOR_INT32 as DEVICE_PLACEMENT_SILENT_FOR_INT32
from graphflow._contrib.eager.modes import DEVICE_PLACEMENT_WARN as DEVICE_PLACEMENT_WARN
from graphflow._contrib.eager.modes import SYNC as SYNC
from graphflow._contrib.eager.modes import EagerVariableStore as EagerVariableStore
from graphflow._contrib.eager.modes import Iterator as Iterator
from graphflow._contrib.eager.modes import Saver as Saver
from graphflow._contrib.eager.modes import Variable as Variable
from graphflow._contrib.eager.modes import async_clear_error as async_clear_error
from graphflow._contrib.eager.modes import async_wait as async_wait
from graphflow._contrib.eager.modes import execution_mode as execution_mode
from graphflow._contrib.eager.modes import get_optimizer_variables as get_optimizer_variables
from graphflow._contrib.eager.modes import list_devices as list_devices
from graphflow._contrib.eager.modes import num_gpus as num_gpus
from graphflow._contrib.eager.modes import (
    run_all_tests_in_graph_and_eager_modes as run_all_tests_in_graph_and_eager_modes,
)
from graphflow._contrib.eager.modes import run_test_in_graph_and_eager_modes as run_test_in_graph_and_eager_modes
from graphflow._contrib.eager.modes import set_execution_mode as set_execution_mode
from graphflow._contrib.eager.network import Network as Network
from graphflow._contrib.eager.network import Sequential as Sequential
from graphflow._graph.eager_graph import enable_eager_execution as enable_eager_execution
from graphflow._graph.eager_graph import executing_eagerly as executing_eagerly
from graphflow._graph.eager_graph import executing_eagerly as in_eager_mode
from graphflow._graph.symbolic_graph import SymbolicGraph as SymbolicGraph
from graphflow._ops.element_spec import TensorSpec as TensorSpec
from graphflow._ops.template import make_template as make_template
from graphflow._ops.traced_function import defun as defun
from graphflow._ops.traced_function import function as function
from graphflow._platform.flags import run as run
from graphflow._runtime.symbolic_session import SymbolicSession as SymbolicSession
from graphflow._train.saving.object_checkpoint import Checkpoint as Checkpoint
from graphflow.contrib.eager import metrics as metrics
