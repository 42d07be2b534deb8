"""`graph_editor.util`."""

from graphflow._contrib.graph_editor.util import ControlOutputs as ControlOutputs
from graphflow._contrib.graph_editor.util import check_graphs as check_graphs
from graphflow._contrib.graph_editor.util import concatenate_unique as concatenate_unique
from graphflow._contrib.graph_editor.util import find_corresponding as find_corresponding
from graphflow._contrib.graph_editor.util import find_corresponding_elem as find_corresponding_elem
from graphflow._contrib.graph_editor.util import flatten_tree as flatten_tree
from graphflow._contrib.graph_editor.util import get_consuming_ops as get_consuming_ops
from graphflow._contrib.graph_editor.util import get_generating_ops as get_generating_ops
from graphflow._contrib.graph_editor.util import get_predefined_collection_names as get_predefined_collection_names
from graphflow._contrib.graph_editor.util import get_tensors as get_tensors
from graphflow._contrib.graph_editor.util import get_unique_graph as get_unique_graph
from graphflow._contrib.graph_editor.util import is_iterable as is_iterable
from graphflow._contrib.graph_editor.util import make_list_of_op as make_list_of_op
from graphflow._contrib.graph_editor.util import make_list_of_t as make_list_of_t
from graphflow._contrib.graph_editor.util import (
    make_placeholder_from_dtype_and_shape as make_placeholder_from_dtype_and_shape,
)
from graphflow._contrib.graph_editor.util import make_placeholder_from_tensor as make_placeholder_from_tensor
from graphflow._contrib.graph_editor.util import placeholder_name as placeholder_name
from graphflow._contrib.graph_editor.util import scope_basename as scope_basename
from graphflow._contrib.graph_editor.util import scope_dirname as scope_dirname
from graphflow._contrib.graph_editor.util import scope_finalize as scope_finalize
from graphflow._contrib.graph_editor.util import transform_tree as transform_tree
