"""`tf.contrib.graph_editor`: choosing, copying and rewiring parts of a graph."""

from graphflow._contrib.graph_editor.reroute import add_control_inputs as add_control_inputs
from graphflow._contrib.graph_editor.reroute import bypass as bypass
from graphflow._contrib.graph_editor.reroute import connect as connect
from graphflow._contrib.graph_editor.reroute import detach as detach
from graphflow._contrib.graph_editor.reroute import detach_control_inputs as detach_control_inputs
from graphflow._contrib.graph_editor.reroute import detach_control_outputs as detach_control_outputs
from graphflow._contrib.graph_editor.reroute import detach_inputs as detach_inputs
from graphflow._contrib.graph_editor.reroute import detach_outputs as detach_outputs
from graphflow._contrib.graph_editor.reroute import remove_control_inputs as remove_control_inputs
from graphflow._contrib.graph_editor.reroute import reroute_inputs as reroute_inputs
from graphflow._contrib.graph_editor.reroute import reroute_ios as reroute_ios
from graphflow._contrib.graph_editor.reroute import reroute_outputs as reroute_outputs
from graphflow._contrib.graph_editor.reroute import reroute_ts as reroute_ts
from graphflow._contrib.graph_editor.reroute import swap_inputs as swap_inputs
from graphflow._contrib.graph_editor.reroute import swap_ios as swap_ios
from graphflow._contrib.graph_editor.reroute import swap_outputs as swap_outputs
from graphflow._contrib.graph_editor.reroute import swap_ts as swap_ts
from graphflow._contrib.graph_editor.select import can_be_regex as can_be_regex
from graphflow._contrib.graph_editor.select import check_cios as check_cios
from graphflow._contrib.graph_editor.select import compute_boundary_ts as compute_boundary_ts
from graphflow._contrib.graph_editor.select import filter_ops as filter_ops
from graphflow._contrib.graph_editor.select import filter_ops_from_regex as filter_ops_from_regex
from graphflow._contrib.graph_editor.select import filter_ts as filter_ts
from graphflow._contrib.graph_editor.select import filter_ts_from_regex as filter_ts_from_regex
from graphflow._contrib.graph_editor.select import get_backward_walk_ops as get_backward_walk_ops
from graphflow._contrib.graph_editor.select import get_forward_walk_ops as get_forward_walk_ops
from graphflow._contrib.graph_editor.select import get_name_scope_ops as get_name_scope_ops
from graphflow._contrib.graph_editor.select import get_ops_ios as get_ops_ios
from graphflow._contrib.graph_editor.select import get_walks_intersection_ops as get_walks_intersection_ops
from graphflow._contrib.graph_editor.select import get_walks_union_ops as get_walks_union_ops
from graphflow._contrib.graph_editor.select import get_within_boundary_ops as get_within_boundary_ops
from graphflow._contrib.graph_editor.select import make_regex as make_regex
from graphflow._contrib.graph_editor.select import select_ops as select_ops
from graphflow._contrib.graph_editor.select import select_ops_and_ts as select_ops_and_ts
from graphflow._contrib.graph_editor.select import select_ts as select_ts
from graphflow._contrib.graph_editor.subgraph import SubGraphView as SubGraphView
from graphflow._contrib.graph_editor.subgraph import make_view as make_view
from graphflow._contrib.graph_editor.subgraph import make_view as sgv
from graphflow._contrib.graph_editor.subgraph import make_view_from_scope as make_view_from_scope
from graphflow._contrib.graph_editor.subgraph import make_view_from_scope as sgv_scope
from graphflow._contrib.graph_editor.transform import Transformer as Transformer
from graphflow._contrib.graph_editor.transform import TransformerInfo as TransformerInfo
from graphflow._contrib.graph_editor.transform import (
    assign_renamed_collections_handler as assign_renamed_collections_handler,
)
from graphflow._contrib.graph_editor.transform import copy as copy
from graphflow._contrib.graph_editor.transform import copy_op_handler as copy_op_handler
from graphflow._contrib.graph_editor.transform import copy_with_input_replacements as copy_with_input_replacements
from graphflow._contrib.graph_editor.transform import graph_replace as graph_replace
from graphflow._contrib.graph_editor.transform import keep_t_if_possible_handler as keep_t_if_possible_handler
from graphflow._contrib.graph_editor.transform import (
    replace_t_with_placeholder_handler as replace_t_with_placeholder_handler,
)
from graphflow._contrib.graph_editor.transform import transform_op_if_inside_handler as transform_op_if_inside_handler
from graphflow._contrib.graph_editor.util import ControlOutputs as ControlOutputs
from graphflow._contrib.graph_editor.util import get_consuming_ops as get_consuming_ops
from graphflow._contrib.graph_editor.util import get_generating_ops as get_generating_ops
from graphflow._contrib.graph_editor.util import get_tensors as get_tensors
from graphflow._contrib.graph_editor.util import make_list_of_op as make_list_of_op
from graphflow._contrib.graph_editor.util import make_list_of_t as make_list_of_t
from graphflow._contrib.graph_editor.util import (
    make_placeholder_from_dtype_and_shape as make_placeholder_from_dtype_and_shape,
)
from graphflow._contrib.graph_editor.util import make_placeholder_from_dtype_and_shape as ph
from graphflow._contrib.graph_editor.util import make_placeholder_from_tensor as make_placeholder_from_tensor
from graphflow._contrib.graph_editor.util import placeholder_name as placeholder_name
from graphflow.contrib.graph_editor import edit as edit
from graphflow.contrib.graph_editor import reroute as reroute
from graphflow.contrib.graph_editor import select as select
from graphflow.contrib.graph_editor import subgraph as subgraph
from graphflow.contrib.graph_editor import transform as transform
from graphflow.contrib.graph_editor import util as util
