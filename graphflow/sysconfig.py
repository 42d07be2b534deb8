"""`tf.sysconfig`: asked by builds of TensorFlow's own C++ operations, which graphflow does not load."""

from graphflow._platform.installed import CXX11_ABI_FLAG as CXX11_ABI_FLAG
from graphflow._platform.installed import MONOLITHIC_BUILD as MONOLITHIC_BUILD
from graphflow._platform.installed import get_compile_flags as get_compile_flags
from graphflow._platform.installed import get_include as get_include
from graphflow._platform.installed import get_lib as get_lib
from graphflow._platform.installed import get_link_flags as get_link_flags
