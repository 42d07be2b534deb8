"""`tf.test`: unit tests of graphs."""

import unittest.mock as mock

from graphflow._core.refused import create_local_cluster as create_local_cluster
from graphflow._platform.gradient_checker import compute_gradient as compute_gradient
from graphflow._platform.gradient_checker import compute_gradient_error as compute_gradient_error
from graphflow._platform.test_case import TestCase as TestCase
from graphflow._platform.test_case import get_temp_dir as get_temp_dir
from graphflow._platform.test_case import main as main
from graphflow._platform.test_case import test_src_dir_path as test_src_dir_path
from graphflow._platform.test_tools import Benchmark as Benchmark
from graphflow._platform.test_tools import StubOutForTesting as StubOutForTesting
from graphflow._platform.test_tools import assert_equal_graph_def as assert_equal_graph_def
from graphflow._platform.test_tools import benchmark_config as benchmark_config
from graphflow._runtime.devices import gpu_device_name as gpu_device_name
from graphflow._runtime.devices import is_built_with_cuda as is_built_with_cuda
from graphflow._runtime.devices import is_built_with_gpu_support as is_built_with_gpu_support
from graphflow._runtime.devices import is_built_with_rocm as is_built_with_rocm
from graphflow._runtime.devices import is_gpu_available as is_gpu_available
