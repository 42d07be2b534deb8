"""`tf.contrib.autograph`: AutoGraph under its older names."""

from graphflow._autograph.api import convert as convert
from graphflow._autograph.api import converted_call as converted_call
from graphflow._autograph.api import do_not_convert as do_not_convert
from graphflow._autograph.api import set_loop_options as set_loop_options
from graphflow._autograph.api import to_code as to_code
from graphflow._autograph.api import to_graph as to_graph
from graphflow._autograph.options import ConversionOptions as ConversionOptions
from graphflow._autograph.options import Feature as Feature
from graphflow._autograph.source import ConversionError as AutoGraphError
from graphflow._autograph.tensor_lists import set_element_type as set_element_type
from graphflow._autograph.tensor_lists import stack as stack
from graphflow._autograph.tensor_lists import tensor_list as tensor_list
