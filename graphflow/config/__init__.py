"""`tf.config`: devices, and settings that are kept and given back."""

from graphflow._core.refused import experimental_connect_to_cluster as experimental_connect_to_cluster
from graphflow._core.refused import experimental_connect_to_host as experimental_connect_to_host
from graphflow._core.settings import get_soft_device_placement as get_soft_device_placement
from graphflow._core.settings import set_soft_device_placement as set_soft_device_placement
from graphflow._ops.traced_function import run_functions_eagerly as experimental_run_functions_eagerly
from graphflow._runtime.devices import experimental_list_devices as experimental_list_devices
from graphflow.config import experimental as experimental
from graphflow.config import optimizer as optimizer
from graphflow.config import threading as threading
