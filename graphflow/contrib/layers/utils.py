"""`tf.contrib.layers.utils`: collections of named outputs, and sizes read from arguments."""

from graphflow._contrib.layer_tools import append_tensor_alias as append_tensor_alias
from graphflow._contrib.layer_tools import channel_dimension as channel_dimension
from graphflow._contrib.layer_tools import collect_named_outputs as collect_named_outputs
from graphflow._contrib.layer_tools import constant_value as constant_value
from graphflow._contrib.layer_tools import convert_collection_to_dict as convert_collection_to_dict
from graphflow._contrib.layer_tools import gather_tensors_aliases as gather_tensors_aliases
from graphflow._contrib.layer_tools import get_tensor_aliases as get_tensor_aliases
from graphflow._contrib.layer_tools import get_variable_collections as get_variable_collections
from graphflow._contrib.layer_tools import last_dimension as last_dimension
from graphflow._contrib.layer_tools import n_positive_integers as n_positive_integers
from graphflow._contrib.layer_tools import smart_cond as smart_cond
from graphflow._contrib.layer_tools import static_cond as static_cond
from graphflow._contrib.layer_tools import two_element_tuple as two_element_tuple
