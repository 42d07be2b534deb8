"""`tf.test`: unit tests of graphs."""

import unittest.mock as mock

from graphflow._platform.gradient_checker import compute_gradient as compute_gradient
from graphflow._platform.gradient_checker import compute_gradient_error as compute_gradient_error
from graphflow._platform.test_case import TestCase as TestCase
from graphflow._platform.test_case import get_temp_dir as get_temp_dir
from graphflow._platform.test_case import main as main
from graphflow._platform.test_case import test_src_dir_path as test_src_dir_path
